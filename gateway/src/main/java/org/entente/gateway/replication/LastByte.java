package org.entente.gateway.replication;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicReference;
import org.entente.backends.S3Body;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Keeps the end of a body back until something durable stands behind it. An operator of its own, since every buffer must be
 * released once and by nobody else: a discard hook here would also reach those who made the buffers.
 */
final class LastByte implements CoreSubscriber<ByteBuf>, Subscription {
    private final CoreSubscriber<? super ByteBuf> reader;
    private final Mono<?> signal;
    private final long length;
    private final AtomicReference<@Nullable ByteBuf> held = new AtomicReference<>();
    private final Disposable.Swap waiting = Disposables.swap();
    private @Nullable Subscription source;
    private long seen;
    private boolean over;

    private LastByte(CoreSubscriber<? super ByteBuf> reader, Mono<?> signal, long length) {
        this.reader = reader;
        this.signal = signal;
        this.length = length;
    }

    /**
     * The same body, whose last buffer follows only when a signal has completed. What has no bytes is not kept back.
     *
     * @param signal subscribed when nothing but the last buffer is left to be sent
     */
    static Flux<ByteBuf> follows(Mono<?> signal, S3Body body) {
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super ByteBuf> reader) {
                body.content().subscribe(new LastByte(reader, signal, body.length()));
            }
        };
    }

    @Override
    public void onSubscribe(Subscription begun) {
        source = begun;
        reader.onSubscribe(this);
    }

    @Override
    public void onNext(ByteBuf buffer) {
        if (over) {
            buffer.release();
            return;
        }
        seen += buffer.readableBytes();
        if (seen < length) {
            reader.onNext(buffer);
            return;
        }
        over = true;
        held.set(buffer);
        waiting.update(signal.subscribe(ignored -> {}, this::refused, this::permitted));
    }

    private void permitted() {
        ByteBuf last = held.getAndSet(null);
        if (last != null) {
            reader.onNext(last);
            reader.onComplete();
        }
    }

    private void refused(Throwable why) {
        ByteBuf last = held.getAndSet(null);
        if (last != null) {
            last.release();
            reader.onError(why);
        }
    }

    @Override
    public void onError(Throwable failure) {
        // Once there is nothing more to come, nothing of the sender's matters any more.
        if (!over) {
            over = true;
            reader.onError(failure);
        }
    }

    @Override
    public void onComplete() {
        if (!over) {
            over = true;
            reader.onComplete();
        }
    }

    @Override
    public void request(long more) {
        Subscription begun = source;
        if (begun != null) {
            begun.request(more);
        }
    }

    @Override
    public void cancel() {
        Subscription begun = source;
        if (begun != null) {
            begun.cancel();
        }
        ByteBuf last = held.getAndSet(null);
        if (last != null) {
            last.release();
            waiting.dispose();
        }
    }
}
