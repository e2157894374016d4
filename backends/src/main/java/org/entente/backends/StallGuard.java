package org.entente.backends;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;

/**
 * Closes a connection whose other end owes us bytes for too long. Time in which nobody has asked for more does not
 * count: who reads slowly, or cannot pass on what he has, is not kept waiting but makes wait.
 */
public final class StallGuard {
    private final Channel channel;
    private final long limitNanos;
    private final AtomicLong owed = new AtomicLong();
    private volatile long owedSince;
    private volatile boolean stalled;

    /** @param limit how long bytes that were asked for may take to come */
    public StallGuard(Channel channel, Duration limit) {
        this.channel = channel;
        this.limitNanos = limit.toNanos();
    }

    /** The same bytes, guarded while they are subscribed. */
    public Flux<ByteBuf> watch(Flux<ByteBuf> arriving) {
        return Flux.defer(() -> {
            owedSince = System.nanoTime();
            Future<?> watch = channel.eventLoop()
                    .scheduleWithFixedDelay(this::look, limitNanos, limitNanos / 4, TimeUnit.NANOSECONDS);
            return arriving.doOnRequest(this::asked)
                    .doOnNext(arrived -> came())
                    .doFinally(signal -> watch.cancel(false));
        });
    }

    /** Whether the connection was closed for this reason. */
    public boolean stalled() {
        return stalled;
    }

    private void asked(long count) {
        if (owed.getAndUpdate(before -> before + count < 0 ? Long.MAX_VALUE : before + count) <= 0) {
            owedSince = System.nanoTime();
        }
    }

    private void came() {
        owed.decrementAndGet();
        owedSince = System.nanoTime();
    }

    private void look() {
        if (owed.get() > 0 && System.nanoTime() - owedSince > limitNanos) {
            stalled = true;
            ChannelFuture unused = channel.close();
        }
    }
}
