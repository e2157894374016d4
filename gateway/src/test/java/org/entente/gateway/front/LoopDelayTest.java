package org.entente.gateway.front;

import static org.assertj.core.api.Assertions.assertThat;

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

    /** Never done, and each step is long: what comes in between is late. */
    private static void keepBusy(EventExecutor loop, CountDownLatch until) {
        loop.execute(() -> {
            LockSupport.parkNanos(LONG.toNanos());
            if (until.getCount() > 0) {
                keepBusy(loop, until);
            }
        });
    }

    @Test
    void oneLoopWithAQueueIsEnough() throws InterruptedException {
        CountDownLatch worked = new CountDownLatch(1);
        try (LoopDelay delay = new LoopDelay(loops, told::add)) {
            keepBusy(loops.next(), worked);
            told.take();
            // The first while began before the work did.
            assertThat(told.take()).isGreaterThan(LONG.dividedBy(2));
        } finally {
            worked.countDown();
        }
    }

    @Test
    void aPauseIsNoQueue() throws InterruptedException {
        try (LoopDelay delay = new LoopDelay(loops, told::add)) {
            for (EventExecutor loop : loops) {
                loop.execute(() -> LockSupport.parkNanos(LONG.toNanos()));
            }
            assertThat(told.take()).isLessThan(LONG.dividedBy(2));
        }
    }
}
