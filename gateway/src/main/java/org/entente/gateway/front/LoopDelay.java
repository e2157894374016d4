package org.entente.gateway.front;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * How late event loops are with what is due, for all that they have to do themselves: looked at often, and told as the shortest
 * delay of each while. A loop that is late and not busy waits for the processor, which others have; nothing that it does less
 * would help.
 */
final class LoopDelay implements AutoCloseable {
    /** How often each loop is looked at. */
    private static final Duration EVERY = Duration.ofMillis(10);

    /** How often what was seen is told. */
    static final Duration WHILE = Duration.ofMillis(500);

    /** Of a processor's time, what a loop takes that is busy; a limit for the whole process may keep it from taking all. */
    private static final double BUSY = 0.4;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final List<ScheduledFuture<?>> jobs = new ArrayList<>();
    private final List<Look> looks = new ArrayList<>();

    /** @param told the delay of the loop that is the most behind */
    LoopDelay(Iterable<EventExecutor> loops, Consumer<Duration> told) {
        for (EventExecutor loop : loops) {
            Look look = new Look();
            looks.add(look);
            jobs.add(loop.scheduleWithFixedDelay(look, 0, EVERY.toNanos(), TimeUnit.NANOSECONDS));
        }
        EventExecutor first = loops.iterator().next();
        jobs.add(first.scheduleWithFixedDelay(
                () -> told.accept(worst()), WHILE.toNanos(), WHILE.toNanos(), TimeUnit.NANOSECONDS));
    }

    private Duration worst() {
        return Duration.ofNanos(looks.stream().mapToLong(Look::seen).max().orElse(0));
    }

    @Override
    public void close() {
        jobs.forEach(job -> job.cancel(false));
    }

    /** Runs at the loop that it looks at. */
    private static final class Look implements Runnable {
        private static final long NONE = Long.MAX_VALUE;

        private final AtomicLong shortest = new AtomicLong(NONE);
        private volatile long thread = -1;
        private long due = System.nanoTime();

        // Of whom it tells.
        private long told = System.nanoTime();
        private long worked;

        @Override
        public void run() {
            thread = Thread.currentThread().threadId();
            long now = System.nanoTime();
            shortest.accumulateAndGet(Math.max(0, now - due), Math::min);
            due = now + EVERY.toNanos();
        }

        /** Since it was last asked, in nanoseconds; a loop that did not get to look at all is as late as can be told. */
        long seen() {
            long delay = shortest.getAndSet(NONE);
            long now = System.nanoTime();
            long work = thread < 0 ? 0 : THREADS.getThreadCpuTime(thread);
            boolean busy = work - worked > BUSY * (now - told);
            worked = work;
            told = now;
            return !busy ? 0 : delay == NONE ? WHILE.toNanos() : delay;
        }
    }
}
