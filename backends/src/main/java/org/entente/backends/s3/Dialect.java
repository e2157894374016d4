package org.entente.backends.s3;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** How a family of S3 servers differs from Amazon's: facts, which the one adapter reads. */
public enum Dialect {
    /** Nothing is known, so nothing beyond the oldest common ground is asked for. */
    GENERIC(false, true, true),
    /** Amazon S3. */
    AWS(true, true, true),
    /** MinIO. */
    MINIO(true, true, true),
    /** S3Proxy: takes trailers without looking at them; does not know parts once they are an object. */
    S3PROXY(true, true, false),
    /** Ceph's RADOS gateway up to 16: refuses trailers, keeps no checksums, compares If-Match with its quotes, ignores partNumber. */
    CEPH(false, false, false);

    private final boolean takesTrailers;
    private final boolean quotedIfMatch;
    private final boolean readsParts;

    Dialect(boolean takesTrailers, boolean quotedIfMatch, boolean readsParts) {
        this.takesTrailers = takesTrailers;
        this.quotedIfMatch = quotedIfMatch;
        this.readsParts = readsParts;
    }

    /** The one of this name as configurations write it: {@code aws}. */
    public static Optional<Dialect> named(String name) {
        return Arrays.stream(values()).filter(d -> d.toString().equals(name)).findFirst();
    }

    public static Set<String> names() {
        return Arrays.stream(values()).map(Dialect::toString).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Whether a checksum may follow the content ({@code STREAMING-UNSIGNED-PAYLOAD-TRAILER}) and is then kept. */
    boolean takesTrailers() {
        return takesTrailers;
    }

    /** Whether an entity tag in {@code If-Match} is understood in its quotes. */
    boolean quotedIfMatch() {
        return quotedIfMatch;
    }

    /** Whether one part of an object that was uploaded in parts can be read by its number. */
    boolean readsParts() {
        return readsParts;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
