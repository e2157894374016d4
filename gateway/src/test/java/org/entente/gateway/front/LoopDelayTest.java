package org.entente.gateway.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopDelayTest {
    private static final Duration LONG = Duration.ofMillis(60);

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final BlockingQueue<Duration> told = new LinkedBlockingQueue<>();

    @AfterEach
    void stop() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static void work() {
        long end = System.nanoTime() + LONG.toNanos();
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    private static void rest() {
        LockSupport.parkNanos(LONG.toNanos());
    }

    /** Never done, and each step is long: what comes in between is late. */
    private static void keep(EventExecutor loop, Runnable step, CountDownLatch until) {
        loop.execute(() -> {
            step.run();
            if (until.getCount() > 0) {
                keep(loop, step, until);
            }
        });
    }

    @Test
    void oneLoopWithAQueueIsEnough() throws InterruptedException {
        CountDownLatch worked = new CountDownLatch(1);
        try (LoopDelay delay = new LoopDelay(loops, told::add)) {
            keep(loops.next(), LoopDelayTest::work, worked);
            // Others may have the processor for a while.
            await().atMost(Duration.ofMinutes(1))
                    .untilAsserted(() -> assertThat(told.take()).isGreaterThan(LONG.dividedBy(2)));
        } finally {
            worked.countDown();
        }
    }

    @Test
    void aLoopThatWaitsForTheProcessorHasNoQueueOfItsOwn() throws InterruptedException {
        CountDownLatch rested = new CountDownLatch(1);
        try (LoopDelay delay = new LoopDelay(loops, told::add)) {
            keep(loops.next(), LoopDelayTest::rest, rested);
            assertThat(told.take()).isZero();
            assertThat(told.take()).isZero();
        } finally {
            rested.countDown();
        }
    }

    @Test
    void aPauseIsNoQueue() throws InterruptedException {
        try (LoopDelay delay = new LoopDelay(loops, told::add)) {
            for (EventExecutor loop : loops) {
                loop.execute(LoopDelayTest::work);
            }
            assertThat(told.take()).isLessThan(LONG.dividedBy(2));
        }
    }
}
