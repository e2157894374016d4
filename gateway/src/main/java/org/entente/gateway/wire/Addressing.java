package org.entente.gateway.wire;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.entente.backends.uri.Rfc3986;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;

/**
 * Which bucket and key a request names: in its path, or the bucket in its host.
 *
 * @param domains under each of which {@code bucket.domain} names a bucket; lower case
 */
public record Addressing(List<String> domains) {
    private static final int MAX_KEY_BYTES = 1024;

    /** What a request speaks of; no bucket means the account. */
    public record Address(Optional<String> bucket, Optional<String> key) {}

    public Addressing {
        domains = domains.stream().map(d -> d.toLowerCase(Locale.ROOT)).toList();
    }

    /** @throws S3Refusal when the key is longer than S3 allows */
    public Address address(RequestHead head) {
        String path = head.path().substring(1);
        Optional<String> inHost = bucketInHost(head.host());
        if (inHost.isPresent()) {
            return new Address(inHost, key(path));
        }
        int slash = path.indexOf('/');
        String bucket = Rfc3986.decode(slash < 0 ? path : path.substring(0, slash));
        if (bucket.isEmpty()) {
            if (!path.isEmpty()) {
                throw new S3Refusal(S3ErrorCode.INVALID_BUCKET_NAME, "The request names no bucket.");
            }
            return new Address(Optional.empty(), Optional.empty());
        }
        return new Address(Optional.of(bucket), slash < 0 ? Optional.empty() : key(path.substring(slash + 1)));
    }

    private Optional<String> bucketInHost(String host) {
        String name = withoutPort(host).toLowerCase(Locale.ROOT);
        for (String domain : domains) {
            int dot = name.length() - domain.length() - 1;
            if (dot >= 0 && name.charAt(dot) == '.' && name.endsWith(domain)) {
                return Optional.of(name.substring(0, dot));
            }
        }
        return Optional.empty();
    }

    private static String withoutPort(String host) {
        int colon = host.length() - 1;
        while (colon >= 0 && Character.isDigit(host.charAt(colon))) {
            colon--;
        }
        return colon >= 0 && host.charAt(colon) == ':' ? host.substring(0, colon) : host;
    }

    private static Optional<String> key(String raw) {
        String key = Rfc3986.decode(raw);
        if (key.getBytes(StandardCharsets.UTF_8).length > MAX_KEY_BYTES) {
            throw new S3Refusal(S3ErrorCode.KEY_TOO_LONG, "Your key is too long.");
        }
        return key.isEmpty() ? Optional.empty() : Optional.of(key);
    }
}
