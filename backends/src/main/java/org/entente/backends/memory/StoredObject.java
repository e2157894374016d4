package org.entente.backends.memory;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * An object as a site holds it.
 *
 * @param etag with its quotes
 * @param headers what its writer said of it
 */
@SuppressWarnings("ArrayRecordComponent") // compared by entity tag only
record StoredObject(byte[] bytes, String etag, HttpHeaders headers, Instant modified) {
    /** S3 lists keys in the order of their bytes in UTF-8, which is not that of Java's characters. */
    static final Comparator<String> KEY_ORDER =
            (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

    private static final List<String> KEPT = List.of(
            "content-type", "content-encoding", "content-language", "content-disposition", "cache-control", "expires");

    static StoredObject of(byte[] bytes, HttpHeaders sent, Instant now) {
        return new StoredObject(bytes, "\"" + HexFormat.of().formatHex(md5(bytes)) + "\"", kept(sent), now);
    }

    static HttpHeaders kept(HttpHeaders sent) {
        HttpHeaders kept = new DefaultHttpHeaders();
        sent.forEach(header -> {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (KEPT.contains(name) || name.startsWith("x-amz-meta-")) {
                kept.add(name, header.getValue());
            }
        });
        return kept;
    }

    static byte[] md5(byte[] bytes) {
        try {
            return MessageDigest.getInstance("MD5").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    StoredObject with(HttpHeaders changed, Instant now) {
        return new StoredObject(bytes, etag, kept(changed), now);
    }

    HttpHeaders replyHeaders() {
        return new DefaultHttpHeaders()
                .add(headers)
                .set(HttpHeaderNames.ETAG, etag)
                .set(
                        HttpHeaderNames.LAST_MODIFIED,
                        DateTimeFormatter.RFC_1123_DATE_TIME
                                .withZone(ZoneOffset.UTC)
                                .format(modified))
                .set(HttpHeaderNames.ACCEPT_RANGES, "bytes");
    }
}
