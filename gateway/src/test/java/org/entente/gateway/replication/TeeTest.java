package org.entente.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.entente.backends.S3Body;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class TeeTest {
    private static final int BUFFERS = 200;
    private static final Duration PATIENCE = Duration.ofMillis(200);

    private final List<ByteBuf> made = new ArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();

    private S3Body body() {
        return body(1);
    }

    private S3Body body(int bytes) {
        Flux<ByteBuf> content = Flux.range(0, BUFFERS)
                .map(i -> {
                    ByteBuf buffer = Unpooled.buffer(bytes).writeZero(bytes);
                    made.add(buffer);
                    return buffer;
                })
                .doOnRequest(more -> asked.addAndGet((int) more));
        return new S3Body((long) BUFFERS * bytes, content, Optional.empty());
    }

    /** Reads as much as it is told to, and lets go of what it reads. */
    private static final class Reader extends BaseSubscriber<ByteBuf> {
        private final long atOnce;
        private final AtomicInteger read = new AtomicInteger();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private volatile boolean complete;

        Reader(long atOnce) {
            this.atOnce = atOnce;
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            request(atOnce);
        }

        @Override
        protected void hookOnNext(ByteBuf buffer) {
            read.incrementAndGet();
            buffer.release();
        }

        @Override
        protected void hookOnComplete() {
            complete = true;
        }

        @Override
        protected void hookOnError(Throwable error) {
            failure.set(error);
        }
    }

    private void assertNothingIsKept() {
        assertThat(made).allMatch(buffer -> buffer.refCnt() == 0);
    }

    @Test
    void everyReaderGetsEveryByteAndNoBufferIsKept() {
        Tee tee = new Tee(body(), 3, 1, PATIENCE);
        List<Reader> readers =
                List.of(new Reader(Long.MAX_VALUE), new Reader(Long.MAX_VALUE), new Reader(Long.MAX_VALUE));
        for (int i = 0; i < 3; i++) {
            tee.branch(i).content().subscribe(readers.get(i));
        }
        assertThat(readers).allMatch(reader -> reader.read.get() == BUFFERS && reader.complete);
        assertThat(tee.complete(1)).isTrue();
        assertThat(made).hasSize(BUFFERS);
        assertNothingIsKept();
    }

    @Test
    void aReaderThatTakesNothingHoldsUpTheOthersWhileItIsNeeded() {
        Tee tee = new Tee(body(), 2, 2, Duration.ofHours(1));
        Reader fast = new Reader(Long.MAX_VALUE);
        Reader slow = new Reader(3);
        tee.branch(0).content().subscribe(fast);
        tee.branch(1).content().subscribe(slow);
        assertThat(slow.read).hasValue(3);
        assertThat(fast.read.get()).isBetween(3, 40);
        assertThat(asked.get()).isLessThan(40);
        slow.request(Long.MAX_VALUE);
        assertThat(slow.complete && fast.complete).isTrue();
        assertNothingIsKept();
    }

    @Test
    void theLargerTheBuffersTheFewerOfThemWait() {
        Tee tee = new Tee(body(256 << 10), 2, 2, Duration.ofHours(1));
        Reader fast = new Reader(Long.MAX_VALUE);
        Reader slow = new Reader(1);
        tee.branch(0).content().subscribe(fast);
        tee.branch(1).content().subscribe(slow);
        assertThat(slow.read).hasValue(1);
        assertThat(fast.read.get()).isBetween(2, 4);
        assertThat(asked.get()).isLessThan(6);
        slow.request(Long.MAX_VALUE);
        assertThat(slow.complete && fast.complete).isTrue();
        assertNothingIsKept();
    }

    @Test
    void aReaderThatHoldsUpTheOthersForTooLongIsDroppedWhenItIsNotNeeded() {
        Tee tee = new Tee(body(), 2, 1, PATIENCE);
        Reader fast = new Reader(Long.MAX_VALUE);
        Reader slow = new Reader(3);
        tee.branch(0).content().subscribe(fast);
        tee.branch(1).content().subscribe(slow);
        await().until(() -> fast.complete);
        assertThat(slow.failure.get()).isInstanceOf(Tee.Lagging.class);
        assertThat(tee.complete(1)).isFalse();
        assertNothingIsKept();
    }

    @Test
    void readersThatLeaveOrNeverComeLeaveNothingBehind() {
        Tee tee = new Tee(body(), 3, 1, PATIENCE);
        Reader stays = new Reader(Long.MAX_VALUE);
        Reader leaves = new Reader(2);
        tee.branch(1).content().subscribe(leaves);
        leaves.cancel();
        tee.branch(0).content().subscribe(stays);
        tee.forget(2);
        assertThat(stays.complete).isTrue();
        assertNothingIsKept();
    }

    @Test
    void whenNobodyIsLeftTheSenderIsTold() {
        Tee tee = new Tee(body(), 2, 1, PATIENCE);
        Reader first = new Reader(2);
        Reader second = new Reader(2);
        tee.branch(0).content().subscribe(first);
        tee.branch(1).content().subscribe(second);
        first.cancel();
        second.cancel();
        assertThat(made).hasSizeLessThan(BUFFERS);
        assertNothingIsKept();
    }

    @Test
    void theLastBufferWaitsForItsSignalAndIsLetGoIfThatNeverComes() {
        Sinks.Empty<Void> signal = Sinks.empty();
        Reader reader = new Reader(Long.MAX_VALUE);
        LastByte.follows(signal.asMono(), body()).subscribe(reader);
        assertThat(reader.read).hasValue(BUFFERS - 1);
        assertThat(reader.complete).isFalse();
        signal.tryEmitEmpty();
        assertThat(reader.read).hasValue(BUFFERS);
        assertThat(reader.complete).isTrue();

        Reader refused = new Reader(Long.MAX_VALUE);
        LastByte.follows(Mono.error(new IllegalStateException("no")), body()).subscribe(refused);
        assertThat(refused.failure.get()).hasMessage("no");
        Reader leaves = new Reader(Long.MAX_VALUE);
        LastByte.follows(Sinks.empty().asMono(), body()).subscribe(leaves);
        leaves.cancel();
        assertNothingIsKept();
    }
}
