package org.entente.backends;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Small bodies in memory. */
public final class Bytes {
    private Bytes() {}

    /**
     * All of a stream's bytes; empty when there are more than the limit, in which case the stream is cancelled.
     *
     * @param limit in bytes
     */
    public static Mono<byte[]> collect(Flux<ByteBuf> content, int limit) {
        return Mono.defer(() -> {
            ByteArrayOutputStream collected = new ByteArrayOutputStream();
            return content.map(buffer -> append(buffer, collected))
                    .takeUntil(size -> size > limit)
                    .then(Mono.fromSupplier(collected::toByteArray))
                    .filter(bytes -> bytes.length <= limit);
        });
    }

    private static int append(ByteBuf buffer, ByteArrayOutputStream collected) {
        try {
            collected.writeBytes(ByteBufUtil.getBytes(buffer));
            return collected.size();
        } finally {
            buffer.release();
        }
    }
}
