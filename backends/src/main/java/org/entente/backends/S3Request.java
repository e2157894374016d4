package org.entente.backends;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
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

    @Override
    public String toString() {
        return operation.apiName() + " " + bucket + key.map(k -> "/" + k).orElse("");
    }
}
