package org.entente.gateway.journal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;

/** An object as clients name it; in the order of buckets and of the keys' UTF-8 bytes, which is S3's. */
public record ObjectName(String bucket, String key) implements Comparable<ObjectName> {
    private static final Comparator<ObjectName> ORDER = Comparator.comparing(ObjectName::bucket)
            .thenComparing((a, b) -> Arrays.compareUnsigned(a.bytes(), b.bytes()));

    /** The key's bytes. */
    byte[] bytes() {
        return key.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public int compareTo(ObjectName other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return bucket + "/" + key;
    }
}
