package org.entente.gateway.wire.body;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import org.entente.backends.sigv4.Sha256;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.wire.auth.Payload;

/** What vouches for the chunks of a body. Each method fails with {@link S3Refusal} when it does not. */
interface ChunkSeal {
    String TRAILER_SIGNATURE = "x-amz-trailer-signature";

    /** Some of the current chunk's data, which is only looked at. */
    void update(ByteBuf data);

    /** The current chunk's end. */
    void closeChunk(String signature);

    /** The body's end. */
    void closeTrailer(Map<String, String> trailers);

    /** Chunks that nobody signed. */
    ChunkSeal NONE = new ChunkSeal() {
        @Override
        public void update(ByteBuf data) {}

        @Override
        public void closeChunk(String signature) {}

        @Override
        public void closeTrailer(Map<String, String> trailers) {}
    };

    /** Each chunk is signed, with the signature before it. */
    static ChunkSeal of(Payload.SignedChunks payload) {
        return new ChunkSeal() {
            private final MessageDigest digest = Sha256.digest();
            private String previous = payload.seed();

            @Override
            public void update(ByteBuf data) {
                Buffers.forEach(data, digest::update);
            }

            @Override
            public void closeChunk(String signature) {
                String hash = Sha256.hex(digest.digest());
                String expected = payload.key().signChunk(payload.timestamp(), previous, hash);
                check(expected, signature, "a chunk");
                previous = expected;
            }

            @Override
            public void closeTrailer(Map<String, String> trailers) {
                if (!payload.trailer()) {
                    return;
                }
                StringBuilder signed = new StringBuilder();
                trailers.forEach((name, value) -> {
                    if (!name.equals(TRAILER_SIGNATURE)) {
                        signed.append(name).append(':').append(value).append('\n');
                    }
                });
                String expected =
                        payload.key().signTrailer(payload.timestamp(), previous, Sha256.hex(signed.toString()));
                check(expected, trailers.getOrDefault(TRAILER_SIGNATURE, ""), "the trailer");
            }
        };
    }

    private static void check(String expected, String signature, String what) {
        boolean same = MessageDigest.isEqual(
                expected.getBytes(StandardCharsets.US_ASCII), signature.getBytes(StandardCharsets.ISO_8859_1));
        if (!same) {
            throw new S3Refusal(S3ErrorCode.SIGNATURE_DOES_NOT_MATCH, "The signature of " + what + " does not match.");
        }
    }
}
