package org.entente.gateway.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Set;
import org.entente.backends.xml.XmlReader;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.DocumentKind;
import org.entente.gateway.error.Refusals;

/**
 * How far the owner of a bucket has forbidden to make it public. Ignoring public ACLs needs not be said: there are none.
 *
 * @param blocksAcls whether it is an error to ask for one
 * @param blocksPolicies whether no public policy may be put
 * @param restrictsPublicBuckets whether a public policy lets in nobody
 */
public record PublicAccessBlock(boolean blocksAcls, boolean blocksPolicies, boolean restrictsPublicBuckets) {
    private static final String ROOT = "PublicAccessBlockConfiguration";
    private static final Set<String> PARTS =
            Set.of("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets");

    /** What was said of this bucket. */
    public static PublicAccessBlock of(Bucket bucket) {
        return bucket.document(DocumentKind.PUBLIC_ACCESS_BLOCK)
                .map(text -> read(text.getBytes(UTF_8)))
                .orElse(new PublicAccessBlock(false, false, false));
    }

    /** Of S3's document, or an {@link org.entente.gateway.error.S3Refusal} when it is none. */
    public static PublicAccessBlock read(byte[] document) {
        try {
            XmlReader.Element root = XmlReader.read(document);
            boolean right = root.name().equals(ROOT)
                    && root.children().stream()
                            .allMatch(part -> PARTS.contains(part.name())
                                    && Set.of("true", "false")
                                            .contains(part.text().strip()));
            if (!right) {
                throw Refusals.malformedXml();
            }
            return new PublicAccessBlock(
                    is(root, "BlockPublicAcls"), is(root, "BlockPublicPolicy"), is(root, "RestrictPublicBuckets"));
        } catch (XmlReader.MalformedXml e) {
            throw Refusals.malformedXml();
        }
    }

    private static boolean is(XmlReader.Element root, String part) {
        return root.textOf(part).filter(text -> text.strip().equals("true")).isPresent();
    }
}
