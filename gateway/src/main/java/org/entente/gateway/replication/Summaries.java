package org.entente.gateway.replication;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.entente.gateway.journal.PartSizes;
import org.entente.gateway.journal.Standing.Summary;

/** Makes of what sites say of an object what a listing says of it. */
public final class Summaries {
    private Summaries() {}

    /** @param head a HEAD's or a GET's */
    public static Summary of(HttpHeaders head, Optional<PartSizes> parts) {
        return new Summary(
                head.get(HttpHeaderNames.ETAG, ""),
                Long.parseLong(head.get(HttpHeaderNames.CONTENT_LENGTH, "0")),
                modified(head.get(HttpHeaderNames.LAST_MODIFIED, "")),
                parts);
    }

    private static Instant modified(String header) {
        try {
            return ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }
}
