package org.entente.gateway.replication;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.entente.backends.S3Body;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;

/**
 * One body for several readers at once, none of whose bytes is copied. It flows as fast as the slowest reader takes it,
 * but for a reader who holds the others up for too long: that one is dropped while enough remain.
 */
final class Tee {
    /** How many bytes a reader may lag behind the fastest one before that one waits for it. */
    private static final long WINDOW = 512 << 10;

    /** As how many bytes a small buffer counts, since it may keep more than it shows. */
    private static final int LEAST = 16 << 10;

    /** Looks per patience. */
    private static final int STRIKES = 4;

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
        return new S3Body(body.length(), branches.get(number), body.trailer());
    }

    /** Tells that the reader of this number will never come, or come no more. */
    void forget(int number) {
        branches.get(number).gone();
    }

    /** Whether the reader of this number has been given the last byte. */
    boolean complete(int number) {
        return branches.get(number).delivered.get() >= body.length();
    }

    private static long weight(ByteBuf buffer) {
        return Math.max(LEAST, buffer.readableBytes());
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

    /** One reader's part: what has come and the reader has not yet asked for. */
    private final class Branch extends Flux<ByteBuf> implements Subscription {
        private final Queue<ByteBuf> queue = new ConcurrentLinkedQueue<>();
        private final AtomicLong waiting = new AtomicLong();
        private final AtomicLong delivered = new AtomicLong();
        private final AtomicLong requested = new AtomicLong();
        private final AtomicInteger draining = new AtomicInteger();
        private final AtomicReference<@Nullable CoreSubscriber<? super ByteBuf>> reader = new AtomicReference<>();
        private volatile @Nullable Throwable failure;
        private volatile boolean ended;
        private volatile boolean open = true;
        private int strikes;

        @Override
        public void subscribe(CoreSubscriber<? super ByteBuf> subscriber) {
            if (!reader.compareAndSet(null, subscriber)) {
                Operators.error(subscriber, new IllegalStateException("a body is read once"));
                return;
            }
            subscriber.onSubscribe(this);
            if (subscribed.getAndIncrement() == 0) {
                body.content().subscribe(source);
            }
            drain();
        }

        @Override
        public void request(long more) {
            requested.updateAndGet(before -> Operators.addCap(before, more));
            drain();
        }

        @Override
        public void cancel() {
            gone();
        }

        void give(ByteBuf buffer) {
            if (open) {
                waiting.addAndGet(weight(buffer));
                queue.add(buffer.retainedDuplicate());
                drain();
            }
        }

        void end(@Nullable Throwable why) {
            failure = why;
            ended = true;
            drain();
        }

        void drop(Throwable why) {
            end(why);
            flow();
        }

        /** The reader comes no more, or never came. */
        void gone() {
            if (open) {
                open = false;
                drain();
                flow();
            }
        }

        /** One thread at a time hands on what it can, and looks again for those that came meanwhile. */
        private void drain() {
            if (draining.getAndIncrement() != 0) {
                return;
            }
            int rounds = 1;
            do {
                handOn();
                rounds = draining.addAndGet(-rounds);
            } while (rounds != 0);
        }

        private void handOn() {
            CoreSubscriber<? super ByteBuf> to = reader.get();
            while (open && to != null && requested.get() > 0) {
                ByteBuf next = queue.poll();
                if (next == null) {
                    break;
                }
                requested.decrementAndGet();
                long weight = weight(next);
                delivered.addAndGet(next.readableBytes());
                to.onNext(next);
                if (waiting.addAndGet(-weight) < WINDOW) {
                    flow();
                }
            }
            if (!open) {
                release();
            } else if (ended && to != null && (failure != null || queue.isEmpty())) {
                open = false;
                release();
                Throwable why = failure;
                if (why == null) {
                    to.onComplete();
                } else {
                    to.onError(why);
                }
            }
        }

        private void release() {
            ByteBuf left = queue.poll();
            while (left != null) {
                left.release();
                left = queue.poll();
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
