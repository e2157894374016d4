package org.entente.gateway.federation;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.entente.backends.xml.XmlReader;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;

/**
 * The tags of a bucket.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html">PutBucketTagging</a>
 */
final class BucketTags {
    private static final int MOST = 50;
    private static final int LONGEST_KEY = 128;
    private static final int LONGEST_VALUE = 256;

    private BucketTags() {}

    /** @throws S3Refusal when S3 would not take them */
    static void check(byte[] document) {
        List<XmlReader.Element> tags;
        try {
            XmlReader.Element root = XmlReader.read(document);
            tags = root.child("TagSet").orElseThrow(Refusals::malformedXml).children("Tag");
            if (!root.name().equals("Tagging")) {
                throw Refusals.malformedXml();
            }
        } catch (XmlReader.MalformedXml e) {
            throw Refusals.malformedXml();
        }
        if (tags.size() > MOST) {
            throw new S3Refusal(S3ErrorCode.BAD_REQUEST, "Bucket tag count cannot be greater than " + MOST);
        }
        Set<String> keys = new HashSet<>();
        for (XmlReader.Element tag : tags) {
            String key = tag.textOf("Key").orElseThrow(Refusals::malformedXml);
            String value = tag.textOf("Value").orElseThrow(Refusals::malformedXml);
            if (key.isEmpty() || key.length() > LONGEST_KEY) {
                throw new S3Refusal(S3ErrorCode.INVALID_TAG, "The TagKey you have provided is invalid");
            }
            if (value.length() > LONGEST_VALUE) {
                throw new S3Refusal(S3ErrorCode.INVALID_TAG, "The TagValue you have provided is invalid");
            }
            if (!keys.add(key)) {
                throw new S3Refusal(S3ErrorCode.INVALID_TAG, "Cannot provide multiple Tags with the same key");
            }
        }
    }
}
