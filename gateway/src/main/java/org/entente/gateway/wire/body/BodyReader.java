package org.entente.gateway.wire.body;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.entente.backends.Checksum;
import org.entente.backends.S3Body;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.wire.auth.Payload;
import reactor.core.publisher.Flux;

/** Makes of what arrives, in whatever form it was signed, a bare body that fails if it is not what was meant. */
public final class BodyReader {
    /** S3's limit for one upload, in bytes. */
    public static final long LARGEST = 5L << 30;

    private BodyReader() {}

    /**
     * @param headers the client's
     * @param arriving each buffer is the subscriber's to release
     * @throws S3Refusal when the head alone shows that the body cannot be right
     */
    public static S3Body read(Payload payload, HttpHeaders headers, Flux<ByteBuf> arriving) {
        boolean chunked = payload instanceof Payload.SignedChunks || payload instanceof Payload.UnsignedChunks;
        long length = length(headers, chunked);
        List<Check> checks = headerChecks(payload, headers);
        Optional<S3Body.Trailer> trailer = Optional.empty();
        Optional<Checksum> announced = chunked ? announced(payload, headers) : Optional.empty();
        if (announced.isPresent()) {
            Check.TrailingChecksum check = Check.trailing(announced.get());
            checks.add(check);
            trailer = Optional.of(new S3Body.Trailer(announced.get().header(), check::value));
        }
        if (!chunked && checks.isEmpty()) {
            return new S3Body(length, arriving, Optional.empty());
        }
        Optional<ChunkDecoder> decoder = chunked ? Optional.of(new ChunkDecoder(seal(payload))) : Optional.empty();
        return new S3Body(length, new VerifiedContent(length, decoder, checks).of(arriving), trailer);
    }

    private static ChunkSeal seal(Payload payload) {
        return payload instanceof Payload.SignedChunks signed ? ChunkSeal.of(signed) : ChunkSeal.NONE;
    }

    private static long length(HttpHeaders headers, boolean chunked) {
        String name = chunked ? "x-amz-decoded-content-length" : HttpHeaderNames.CONTENT_LENGTH.toString();
        String text = headers.get(name);
        if (text == null && !chunked && !headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return 0;
        }
        if (text == null) {
            throw new S3Refusal(S3ErrorCode.MISSING_CONTENT_LENGTH, "You must provide the " + name + " HTTP header.");
        }
        if (!text.matches("\\d{1,18}")) {
            throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, name + " is no length.");
        }
        long length = Long.parseLong(text);
        if (length > LARGEST) {
            throw new S3Refusal(
                    S3ErrorCode.ENTITY_TOO_LARGE, "Your proposed upload exceeds the maximum allowed object size.");
        }
        return length;
    }

    private static List<Check> headerChecks(Payload payload, HttpHeaders headers) {
        List<Check> checks = new ArrayList<>();
        if (payload instanceof Payload.Hashed hashed) {
            checks.add(Check.sha256(hashed.sha256()));
        }
        String md5 = headers.get("content-md5");
        if (md5 != null) {
            checks.add(Check.md5(md5));
        }
        List<Checksum> sent = Arrays.stream(Checksum.values())
                .filter(c -> headers.contains(c.header()))
                .toList();
        if (sent.size() > 1) {
            throw new S3Refusal(S3ErrorCode.INVALID_REQUEST, "Expecting a single x-amz-checksum- header.");
        }
        sent.forEach(c -> checks.add(Check.checksum(c, headers.get(c.header()).strip())));
        return checks;
    }

    private static Optional<Checksum> announced(Payload payload, HttpHeaders headers) {
        String names = headers.get("x-amz-trailer");
        boolean signedWithout = payload instanceof Payload.SignedChunks signed && !signed.trailer();
        if (names == null || signedWithout) {
            return Optional.empty();
        }
        List<Checksum> checksums = Arrays.stream(names.toLowerCase(Locale.ROOT).split(",", -1))
                .map(String::strip)
                .map(name -> Checksum.ofHeader(name)
                        .orElseThrow(() -> new S3Refusal(
                                S3ErrorCode.INVALID_REQUEST,
                                "The value specified in the x-amz-trailer header is not supported")))
                .toList();
        if (checksums.size() != 1) {
            throw new S3Refusal(S3ErrorCode.INVALID_REQUEST, "Expecting a single x-amz-checksum- trailer.");
        }
        return Optional.of(checksums.getFirst());
    }
}
