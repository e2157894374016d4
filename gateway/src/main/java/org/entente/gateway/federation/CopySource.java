package org.entente.gateway.federation;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.Optional;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;

/**
 * What a copy is made of.
 *
 * @param suffix {@code ?versionId=...} as it came, or nothing
 */
record CopySource(String bucket, String key, String suffix) {
    static final String HEADER = "x-amz-copy-source";

    /** Empty where the request is no copy. */
    static Optional<CopySource> of(HttpHeaders headers) {
        return Optional.ofNullable(headers.get(HEADER)).map(CopySource::parse);
    }

    private static CopySource parse(String header) {
        String text = header.startsWith("/") ? header.substring(1) : header;
        int question = text.indexOf("?versionId=");
        String path = question < 0 ? text : text.substring(0, question);
        int slash = path.indexOf('/');
        try {
            if (slash > 0 && slash < path.length() - 1) {
                return new CopySource(
                        Rfc3986.decode(path.substring(0, slash)),
                        Rfc3986.decode(path.substring(slash + 1)),
                        question < 0 ? "" : text.substring(question));
            }
        } catch (IllegalArgumentException e) {
            // Refused below, like a source without a key.
        }
        throw new S3Refusal(
                S3ErrorCode.INVALID_ARGUMENT,
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
    }

    /** The one that is meant; the object as it is where empty. */
    Optional<String> version() {
        return suffix.isEmpty()
                ? Optional.empty()
                : Query.parse(suffix.substring(1)).first("versionId");
    }

    String header() {
        return "/" + Rfc3986.encode(bucket) + "/" + Rfc3986.encodePath(key) + suffix;
    }
}
