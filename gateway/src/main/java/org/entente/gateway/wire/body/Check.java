package org.entente.gateway.wire.body;

import io.netty.buffer.ByteBuf;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.function.Consumer;
import org.entente.backends.Checksum;
import org.entente.backends.sigv4.Sha256;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;

/** Something that must turn out right about a body's bytes. */
interface Check {
    /** Some of the bytes, which are only looked at. */
    void update(ByteBuf data);

    /**
     * The body's end.
     *
     * @param trailers what stood behind it
     * @throws S3Refusal when it is not the body that the sender meant
     */
    void close(Map<String, String> trailers);

    /** @param expected SHA-256 in lower-case hexadecimal, as the request's signature covers it */
    static Check sha256(String expected) {
        return digest("SHA-256", actual -> {
            if (!Sha256.hex(actual).equals(expected)) {
                throw new S3Refusal(
                        S3ErrorCode.X_AMZ_CONTENT_SHA256_MISMATCH,
                        "The provided 'x-amz-content-sha256' header does not match what was computed.");
            }
        });
    }

    /** @param expected in base64, as RFC 1864 has it */
    static Check md5(String expected) {
        byte[] wanted = decode(expected, 16);
        return digest("MD5", actual -> {
            if (!MessageDigest.isEqual(actual, wanted)) {
                throw new S3Refusal(
                        S3ErrorCode.BAD_DIGEST, "The Content-MD5 you specified did not match what we received.");
            }
        });
    }

    private static byte[] decode(String base64, int length) {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            if (bytes.length == length) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // Refused below, like a digest of the wrong length.
        }
        throw new S3Refusal(S3ErrorCode.INVALID_DIGEST, "The Content-MD5 you specified is not valid.");
    }

    private static Check digest(String algorithm, Consumer<byte[]> verdict) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        return new Check() {
            @Override
            public void update(ByteBuf data) {
                Buffers.forEach(data, digest::update);
            }

            @Override
            public void close(Map<String, String> trailers) {
                verdict.accept(digest.digest());
            }
        };
    }

    /** A checksum that stood in the head. */
    static Check checksum(Checksum checksum, String expected) {
        if (expected.length() != checksum.encodedLength()) {
            throw new S3Refusal(S3ErrorCode.INVALID_REQUEST, "Value for " + checksum.header() + " header is invalid.");
        }
        Checksum.Running running = checksum.start();
        return new Check() {
            @Override
            public void update(ByteBuf data) {
                Buffers.forEach(data, running::update);
            }

            @Override
            public void close(Map<String, String> trailers) {
                compare(checksum, running.base64(), expected);
            }
        };
    }

    /** A checksum that will stand behind the body. */
    static TrailingChecksum trailing(Checksum checksum) {
        return new TrailingChecksum(checksum);
    }

    private static void compare(Checksum checksum, String actual, String expected) {
        if (!actual.equals(expected)) {
            throw new S3Refusal(
                    S3ErrorCode.BAD_DIGEST,
                    "The " + checksum.name() + " you specified did not match the calculated checksum.");
        }
    }

    /** Knows its value once it was found right. */
    final class TrailingChecksum implements Check {
        private final Checksum checksum;
        private final Checksum.Running running;
        private volatile String value = "";

        private TrailingChecksum(Checksum checksum) {
            this.checksum = checksum;
            this.running = checksum.start();
        }

        @Override
        public void update(ByteBuf data) {
            Buffers.forEach(data, running::update);
        }

        @Override
        public void close(Map<String, String> trailers) {
            String expected = trailers.get(checksum.header());
            if (expected == null) {
                throw new S3Refusal(
                        S3ErrorCode.MALFORMED_TRAILER, "The trailer lacks the announced " + checksum.header() + ".");
            }
            String actual = running.base64();
            compare(checksum, actual, expected);
            value = actual;
        }

        String value() {
            return value;
        }
    }
}
