package org.entente.gateway.replication;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.entente.backends.S3Body;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.util.concurrent.Queues;

/**
 * One body for several readers at once, none of whose bytes is copied. It flows as fast as the slowest reader takes it,
 * but for a reader who holds the others up for too long: that one is dropped while enough remain.
 */
final class Tee {
    /** How many buffers a reader may lag behind the fastest one. */
    private static final int WINDOW = 16;

    /** Looks per patience. */
    private static final int STRIKES = 4;

    private static final Duration AT_MOST = Duration.ofSeconds(1);

    /** A reader that held up the others for too long. */
    static final class Lagging extends RuntimeException {
        Lagging() {
            super("it takes its bytes too slowly", null, false, false);
        }
    }

    private final S3Body body;
    private final int enough;
    private final Duration patience;
    private final List<Branch> branches = new ArrayList<>();
    private final AtomicInteger subscribed = new AtomicInteger();
    private final Source source = new Source();

    /**
     * @param enough how many readers must remain, however slow
     * @param patience how long a reader may hold up others
     */
    Tee(S3Body body, int readers, int enough, Duration patience) {
        this.body = body;
        this.enough = enough;
        this.patience = patience;
        for (int i = 0; i < readers; i++) {
            branches.add(new Branch());
        }
    }

    /** The body for the reader of this number; to be subscribed once. */
    S3Body branch(int number) {
        return new S3Body(body.length(), branches.get(number).content(), body.trailer());
    }

    /** Tells that the reader of this number will never come, or come no more. */
    void forget(int number) {
        branches.get(number).gone();
    }

    /** Whether the reader of this number has been given the last byte. */
    boolean complete(int number) {
        return branches.get(number).delivered.get() >= body.length();
    }

    private long readers() {
        return branches.stream().filter(branch -> branch.open).count();
    }

    /** Lets more bytes come when no open reader has its window full. */
    private void flow() {
        if (readers() == 0) {
            source.stop();
        } else if (branches.stream().allMatch(branch -> !branch.open || branch.waiting.get() < WINDOW)) {
            source.more();
        }
    }

    private void dropLaggards() {
        List<Branch> open = branches.stream().filter(branch -> branch.open).toList();
        boolean somebodyStarves = open.stream().anyMatch(branch -> branch.waiting.get() == 0);
        long spare = (long) open.size() - enough;
        for (Branch branch : open) {
            boolean full = branch.waiting.get() >= WINDOW;
            branch.strikes = full && somebodyStarves ? branch.strikes + 1 : 0;
            if (branch.strikes >= STRIKES && spare > 0) {
                spare--;
                branch.drop(new Lagging());
            }
        }
    }

    private final class Branch {
        private final Sinks.Many<ByteBuf> sink = Sinks.many()
                .unicast()
                .onBackpressureBuffer(Queues.<ByteBuf>unboundedMultiproducer().get());
        private final AtomicInteger waiting = new AtomicInteger();
        private volatile boolean open = true;
        private final AtomicLong delivered = new AtomicLong();
        private int strikes;

        Flux<ByteBuf> content() {
            return sink.asFlux()
                    .doOnSubscribe(reader -> begin())
                    .doOnNext(this::taken)
                    .doOnCancel(this::gone)
                    .doOnDiscard(ByteBuf.class, ByteBuf::release);
        }

        private void begin() {
            if (subscribed.getAndIncrement() == 0) {
                body.content().subscribe(source);
            }
        }

        private void taken(ByteBuf buffer) {
            delivered.addAndGet(buffer.readableBytes());
            if (waiting.decrementAndGet() < WINDOW) {
                flow();
            }
        }

        void give(ByteBuf buffer) {
            if (open) {
                waiting.incrementAndGet();
                ByteBuf own = buffer.retainedDuplicate();
                if (sink.tryEmitNext(own).isFailure()) {
                    own.release();
                }
            }
        }

        void drop(Throwable why) {
            open = false;
            end(why);
            flow();
        }

        /** Readers are told from one thread, laggards dropped from another. */
        void end(@Nullable Throwable failure) {
            if (failure == null) {
                sink.emitComplete(Sinks.EmitFailureHandler.busyLooping(AT_MOST));
            } else {
                sink.emitError(failure, Sinks.EmitFailureHandler.busyLooping(AT_MOST));
            }
        }

        void gone() {
            if (open) {
                open = false;
                // Whoever never subscribed leaves what was kept for it.
                sink.asFlux().subscribe(ByteBuf::release, ignored -> {}).dispose();
                flow();
            }
        }
    }

    private final class Source implements CoreSubscriber<ByteBuf> {
        private volatile @Nullable Subscription subscription;
        private volatile Disposable watch = () -> {};
        private final AtomicInteger asked = new AtomicInteger();

        @Override
        public void onSubscribe(Subscription begun) {
            subscription = begun;
            long look = patience.toMillis() / STRIKES;
            watch = Schedulers.parallel()
                    .schedulePeriodically(Tee.this::dropLaggards, look, look, TimeUnit.MILLISECONDS);
            more();
        }

        void more() {
            Subscription begun = subscription;
            if (begun != null && asked.compareAndSet(0, 1)) {
                begun.request(1);
            }
        }

        void stop() {
            watch.dispose();
            Subscription begun = subscription;
            if (begun != null) {
                begun.cancel();
            }
        }

        @Override
        public void onNext(ByteBuf buffer) {
            branches.forEach(branch -> branch.give(buffer));
            buffer.release();
            asked.set(0);
            flow();
        }

        @Override
        public void onError(Throwable failure) {
            watch.dispose();
            branches.forEach(branch -> branch.end(failure));
        }

        @Override
        public void onComplete() {
            watch.dispose();
            branches.forEach(branch -> branch.end(null));
        }
    }
}
