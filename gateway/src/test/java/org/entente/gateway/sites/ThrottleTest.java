package org.entente.gateway.sites;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class ThrottleTest {
    private static final int SIZE = 8192;

    private final List<ByteBuf> made = new ArrayList<>();

    private Flux<ByteBuf> content(int buffers) {
        return Flux.fromStream(IntStream.range(0, buffers).mapToObj(i -> {
            ByteBuf buffer = Unpooled.wrappedBuffer(new byte[SIZE]);
            made.add(buffer);
            return buffer;
        }));
    }

    private static long bytes(Flux<ByteBuf> content) {
        Long total = content.map(buffer -> {
                    long length = buffer.readableBytes();
                    buffer.release();
                    return length;
                })
                .reduce(0L, Long::sum)
                .block(Duration.ofSeconds(30));
        return total == null ? 0 : total;
    }

    @Test
    void copiesTogetherKeepToTheRate() {
        Throttle throttle = Throttle.of("site", 400_000);
        Instant start = Instant.now();
        long copied = bytes(Flux.merge(throttle.limit(content(50)), throttle.limit(content(50))));
        Duration taken = Duration.between(start, Instant.now());
        assertThat(copied).isEqualTo(100L * SIZE);
        assertThat(taken).isBetween(Duration.ofMillis(1800), Duration.ofSeconds(10));
        assertThat(made).allSatisfy(buffer -> assertThat(buffer.refCnt()).isZero());
    }

    @Test
    void whatIsGivenUpWhileItWaitsIsLetGo() {
        Throttle throttle = Throttle.of("site", 20_480);
        Flux<ByteBuf> limited = throttle.limit(content(20)).doOnDiscard(ByteBuf.class, ByteBuf::release);
        assertThat(bytes(limited.take(Duration.ofMillis(500)))).isLessThan(20L * SIZE);
        assertThat(made)
                .isNotEmpty()
                .allSatisfy(buffer -> assertThat(buffer.refCnt()).isZero());
    }

    @Test
    void withoutARateNothingWaits() {
        assertThat(bytes(Throttle.NONE.limit(content(10_000)))).isEqualTo(10_000L * SIZE);
    }
}
