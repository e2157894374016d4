package org.entente.backends;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import software.amazon.awssdk.crt.checksums.CRC64NVME;

/**
 * The checksums that S3 knows.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html">Checking object
 *     integrity</a>
 */
public enum Checksum {
    CRC32(4, () -> new OfChecksum(new CRC32(), 4)),
    CRC32C(4, () -> new OfChecksum(new CRC32C(), 4)),
    CRC64NVME(8, () -> new OfChecksum(new CRC64NVME(), 8)),
    SHA1(20, () -> new OfDigest("SHA-1")),
    SHA256(32, () -> new OfDigest("SHA-256"));

    /** A checksum being computed. */
    public interface Running {
        void update(ByteBuffer bytes);

        /** The checksum in base64, as headers have it; to be called once, at the end. */
        String base64();
    }

    private final int bytes;
    private final Supplier<Running> start;

    Checksum(int bytes, Supplier<Running> start) {
        this.bytes = bytes;
        this.start = start;
    }

    /** The header that carries it, in lower case. */
    public String header() {
        return "x-amz-checksum-" + name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Checksum> ofHeader(String header) {
        return Arrays.stream(values())
                .filter(c -> c.header().equalsIgnoreCase(header))
                .findFirst();
    }

    /** How long its base64 is, in characters. */
    public int encodedLength() {
        return (bytes + 2) / 3 * 4;
    }

    public Running start() {
        return start.get();
    }

    private record OfChecksum(java.util.zip.Checksum checksum, int bytes) implements Running {
        @Override
        public void update(ByteBuffer buffer) {
            checksum.update(buffer);
        }

        @Override
        public String base64() {
            byte[] value =
                    ByteBuffer.allocate(Long.BYTES).putLong(checksum.getValue()).array();
            return Base64.getEncoder().encodeToString(Arrays.copyOfRange(value, Long.BYTES - bytes, Long.BYTES));
        }
    }

    private record OfDigest(MessageDigest digest) implements Running {
        OfDigest(String algorithm) {
            this(instance(algorithm));
        }

        private static MessageDigest instance(String algorithm) {
            try {
                return MessageDigest.getInstance(algorithm);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void update(ByteBuffer buffer) {
            digest.update(buffer);
        }

        @Override
        public String base64() {
            return Base64.getEncoder().encodeToString(digest.digest());
        }
    }
}
