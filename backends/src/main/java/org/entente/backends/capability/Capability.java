package org.entente.backends.capability;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Locale;
import java.util.Optional;
import org.entente.backends.S3Request;

/** Something that not every S3 server can do, and that some servers silently leave out. */
public enum Capability {
    VERSIONING,
    OBJECT_LOCK,
    OBJECT_TAGGING,
    /** PutObject looks at {@code If-Match} and {@code If-None-Match}. */
    CONDITIONAL_PUT,
    /** CompleteMultipartUpload does. */
    CONDITIONAL_COMPLETE,
    /** DeleteObject does. */
    CONDITIONAL_DELETE;

    /** What a site must be able to do so that this request means there what it says; empty where any site will do. */
    public static Optional<Capability> neededFor(S3Request request) {
        boolean conditional = request.headers().contains(HttpHeaderNames.IF_MATCH)
                || request.headers().contains(HttpHeaderNames.IF_NONE_MATCH);
        if (!conditional) {
            return Optional.empty();
        }
        return switch (request.operation()) {
            case PUT_OBJECT, COPY_OBJECT -> Optional.of(CONDITIONAL_PUT);
            case COMPLETE_MULTIPART_UPLOAD -> Optional.of(CONDITIONAL_COMPLETE);
            case DELETE_OBJECT -> Optional.of(CONDITIONAL_DELETE);
            default -> Optional.empty();
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
