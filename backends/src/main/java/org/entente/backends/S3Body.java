package org.entente.backends;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Optional;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;

/**
 * What a request carries.
 *
 * @param length in bytes, exactly
 * @param content each buffer is the subscriber's to release; to be subscribed once at most. It fails instead of
 *     delivering its last byte when the sender's digest, signature, checksum or length turns out wrong
 * @param trailer a checksum that the sender gives behind the content
 */
public record S3Body(long length, Flux<ByteBuf> content, Optional<Trailer> trailer) {
    private static final S3Body NONE = new S3Body(0, Flux.empty(), Optional.empty());

    /**
     * A checksum that is known only when the content has gone by.
     *
     * @param header its header's name in lower case, such as {@code x-amz-checksum-crc32}
     * @param value its value in base64; to be asked for once the content has ended
     */
    public record Trailer(String header, Supplier<String> value) {}

    public static S3Body none() {
        return NONE;
    }

    public static S3Body of(byte[] bytes) {
        return new S3Body(bytes.length, Flux.defer(() -> Flux.just(Unpooled.wrappedBuffer(bytes))), Optional.empty());
    }
}
