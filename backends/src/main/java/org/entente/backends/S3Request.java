package org.entente.backends;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import org.entente.backends.uri.Query;

/**
 * A request to a site, unsigned and with its body bare: no chunk framing, nothing of the one who sent it to us.
 *
 * @param bucket the name that clients know
 * @param key exactly as it was meant, decoded; empty for operations on buckets
 * @param query what the operation takes, its subresource included
 * @param headers what the operation takes; whoever receives the request does not change them
 */
public record S3Request(
        Operation operation, String bucket, Optional<String> key, Query query, HttpHeaders headers, S3Body body) {

    public static S3Request of(Operation operation, String bucket) {
        return new S3Request(
                operation, bucket, Optional.empty(), Query.none(), new DefaultHttpHeaders(), S3Body.none());
    }

    public static S3Request of(Operation operation, String bucket, String key) {
        return new S3Request(
                operation, bucket, Optional.of(key), Query.none(), new DefaultHttpHeaders(), S3Body.none());
    }

    public S3Request with(Query changed) {
        return new S3Request(operation, bucket, key, changed, headers, body);
    }

    public S3Request with(HttpHeaders changed) {
        return new S3Request(operation, bucket, key, query, changed, body);
    }

    public S3Request with(S3Body changed) {
        return new S3Request(operation, bucket, key, query, headers, changed);
    }

    /** With a document for its body and the MD5 of it, which the oldest stores ask for and all understand. */
    public S3Request withDocument(byte[] document) {
        HttpHeaders described = new DefaultHttpHeaders()
                .add(headers)
                .set("content-md5", md5(document))
                .set("content-type", "application/xml");
        described.names().stream()
                .filter(name -> name.toLowerCase(Locale.ROOT).startsWith("x-amz-checksum-"))
                .toList()
                .forEach(described::remove);
        described.remove("x-amz-sdk-checksum-algorithm");
        return with(described).with(S3Body.of(document));
    }

    private static String md5(byte[] document) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(document));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return operation.apiName() + " " + bucket + key.map(k -> "/" + k).orElse("");
    }
}
