package org.entente.gateway.replication;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.entente.backends.S3Reply;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlWriter;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.replication.JointUpload.Part;

/** S3's documents about multipart uploads, as we answer them ourselves. */
final class UploadAnswers {
    private UploadAnswers() {}

    static S3Reply begun(JointUpload upload) {
        return S3Reply.xml(
                200,
                XmlWriter.s3("InitiateMultipartUploadResult")
                        .leaf("Bucket", upload.name().bucket())
                        .leaf("Key", upload.name().key())
                        .leaf("UploadId", upload.id())
                        .end("InitiateMultipartUploadResult"));
    }

    /** S3's answer to a completion. */
    static S3Reply completed(JointUpload upload, String etag) {
        S3Reply reply = S3Reply.xml(
                200,
                XmlWriter.s3("CompleteMultipartUploadResult")
                        .leaf(
                                "Location",
                                "/" + upload.name().bucket() + "/"
                                        + Rfc3986.encodePath(upload.name().key()))
                        .leaf("Bucket", upload.name().bucket())
                        .leaf("Key", upload.name().key())
                        .leaf("ETag", "\"" + Multipart.bare(etag) + "\"")
                        .end("CompleteMultipartUploadResult"));
        reply.headers().set(HttpHeaderNames.ETAG, "\"" + Multipart.bare(etag) + "\"");
        return reply;
    }

    static S3Reply parts(JointUpload upload, List<Part> all, Query query) {
        int marker = number(query, "part-number-marker", 0);
        int most = number(query, "max-parts", 1000);
        List<Part> rest = all.stream().filter(part -> part.number() > marker).toList();
        List<Part> page = rest.stream().limit(most).toList();
        XmlWriter xml = XmlWriter.s3("ListPartsResult")
                .leaf("Bucket", upload.name().bucket())
                .leaf("Key", upload.name().key())
                .leaf("UploadId", upload.id())
                .leaf("StorageClass", "STANDARD")
                .leaf("PartNumberMarker", String.valueOf(marker))
                .leaf("MaxParts", String.valueOf(most))
                .leaf("IsTruncated", String.valueOf(page.size() < rest.size()));
        if (!page.isEmpty()) {
            xml.leaf("NextPartNumberMarker", String.valueOf(page.getLast().number()));
        }
        page.forEach(part -> xml.open("Part")
                .leaf("PartNumber", String.valueOf(part.number()))
                .leaf("LastModified", DateTimeFormatter.ISO_INSTANT.format(part.modified()))
                .leaf("ETag", part.etag())
                .leaf("Size", String.valueOf(part.size()))
                .close("Part"));
        return S3Reply.xml(200, xml.end("ListPartsResult"));
    }

    private static int number(Query query, String name, int otherwise) {
        try {
            return query.first(name).map(Integer::parseInt).orElse(otherwise);
        } catch (NumberFormatException e) {
            throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "Provided " + name + " not an integer");
        }
    }

    /** All uploads of a bucket under way, in one page. */
    static S3Reply uploads(String bucket, List<JointUpload> all, String prefix) {
        XmlWriter xml = XmlWriter.s3("ListMultipartUploadsResult")
                .leaf("Bucket", bucket)
                .leaf("KeyMarker", "")
                .leaf("UploadIdMarker", "")
                .leaf("Prefix", prefix)
                .leaf("MaxUploads", "1000")
                .leaf("IsTruncated", "false");
        all.stream()
                .filter(upload -> upload.name().key().startsWith(prefix))
                .forEach(upload -> xml.open("Upload")
                        .leaf("Key", upload.name().key())
                        .leaf("UploadId", upload.id())
                        .leaf("StorageClass", "STANDARD")
                        .leaf("Initiated", DateTimeFormatter.ISO_INSTANT.format(upload.created()))
                        .close("Upload"));
        return S3Reply.xml(200, xml.end("ListMultipartUploadsResult"));
    }
}
