package org.entente.gateway.front;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** How late event loops are with what is due: looked at often, and told as the shortest delay of each while. */
final class LoopDelay implements AutoCloseable {
    /** How often each loop is looked at. */
    private static final Duration EVERY = Duration.ofMillis(10);

    /** How often what was seen is told. */
    static final Duration WHILE = Duration.ofMillis(500);

    private static final long NONE = Long.MAX_VALUE;

    private final List<ScheduledFuture<?>> looks = new ArrayList<>();
    private final List<AtomicLong> shortest = new ArrayList<>();

    /** @param told the delay of the loop that is the most behind */
    LoopDelay(Iterable<EventExecutor> loops, Consumer<Duration> told) {
        for (EventExecutor loop : loops) {
            AtomicLong least = new AtomicLong(NONE);
            shortest.add(least);
            looks.add(loop.scheduleWithFixedDelay(new Look(least), 0, EVERY.toNanos(), TimeUnit.NANOSECONDS));
        }
        EventExecutor first = loops.iterator().next();
        looks.add(first.scheduleWithFixedDelay(
                () -> told.accept(worst()), WHILE.toNanos(), WHILE.toNanos(), TimeUnit.NANOSECONDS));
    }

    private Duration worst() {
        long worst = 0;
        for (AtomicLong least : shortest) {
            long seen = least.getAndSet(NONE);
            // A loop that did not get to look at all is as late as can be told.
            worst = Math.max(worst, seen == NONE ? WHILE.toNanos() : seen);
        }
        return Duration.ofNanos(worst);
    }

    @Override
    public void close() {
        looks.forEach(look -> look.cancel(false));
    }

    /** Runs at the loop that it looks at. */
    private static final class Look implements Runnable {
        private final AtomicLong least;
        private long due = System.nanoTime();

        Look(AtomicLong least) {
            this.least = least;
        }

        @Override
        public void run() {
            long now = System.nanoTime();
            least.accumulateAndGet(Math.max(0, now - due), Math::min);
            due = now + EVERY.toNanos();
        }
    }
}
