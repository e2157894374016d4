package org.entente.gateway.replication;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.entente.backends.S3Body;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Keeps the end of a body back until something durable stands behind it. */
final class LastByte {
    private LastByte() {}

    /**
     * The same body, whose last buffer follows only when a signal has completed. What has no bytes is not kept back.
     *
     * @param signal subscribed when nothing but the last buffer is left to be sent
     */
    static Flux<ByteBuf> follows(Mono<?> signal, S3Body body) {
        AtomicLong seen = new AtomicLong();
        return body.content()
                .concatMap(
                        buffer -> seen.addAndGet(buffer.readableBytes()) < body.length()
                                ? Mono.just(buffer)
                                : after(signal, buffer),
                        1)
                .doOnDiscard(ByteBuf.class, ByteBuf::release);
    }

    private static Mono<ByteBuf> after(Mono<?> signal, ByteBuf last) {
        AtomicBoolean handedOn = new AtomicBoolean();
        return signal.then(Mono.fromSupplier(() -> {
                    handedOn.set(true);
                    return last;
                }))
                .doFinally(end -> {
                    if (!handedOn.getAndSet(true)) {
                        last.release();
                    }
                });
    }
}
