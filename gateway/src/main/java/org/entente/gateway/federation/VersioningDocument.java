package org.entente.gateway.federation;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlReader.Element;
import org.entente.backends.xml.XmlWriter;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;

/**
 * Whether a bucket keeps versions.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html">the reference</a>
 */
final class VersioningDocument {
    private static final String ROOT = "VersioningConfiguration";
    private static final String STATUS = "Status";

    /** It keeps them. */
    static final String ENABLED = of("Enabled");

    /** It does not any more. */
    static final String SUSPENDED = of("Suspended");

    private VersioningDocument() {}

    /** Nothing was ever said. */
    static byte[] nothing() {
        return XmlWriter.s3(ROOT).end(ROOT);
    }

    private static String of(String status) {
        return new String(XmlWriter.s3(ROOT).leaf(STATUS, status).end(ROOT), UTF_8);
    }

    /**
     * What a client asks for, in our words.
     *
     * @throws S3Refusal when S3 would not take it, or it asks for what is not there
     */
    static String read(byte[] document) {
        try {
            Element root = XmlReader.read(document);
            if (root.textOf("MfaDelete").filter("Enabled"::equals).isPresent()) {
                throw new S3Refusal(S3ErrorCode.NOT_IMPLEMENTED, "Deletions by a second factor are not there.");
            }
            return switch (root.textOf(STATUS).map(String::strip).orElse("")) {
                case "Enabled" -> ENABLED;
                case "Suspended" -> SUSPENDED;
                default -> throw Refusals.malformedXml();
            };
        } catch (XmlReader.MalformedXml e) {
            throw Refusals.malformedXml();
        }
    }
}
