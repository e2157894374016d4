package org.entente.gateway.replication;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.entente.backends.S3Body;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Flux;

/** What it costs to hand one body to several sites: 1 MiB in buffers of 64 KiB, the sending left out. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
public class TeeBench {
    private static final int BUFFER = 64 << 10;
    private static final int BUFFERS = 16;

    private final ByteBuf bytes = Unpooled.directBuffer(BUFFER).writeZero(BUFFER);

    @Param({"1", "2", "3"})
    int sites;

    /** As it is done for objects with several copies. */
    @Benchmark
    public long tee() {
        Flux<ByteBuf> content = Flux.range(0, BUFFERS).map(i -> bytes.retainedDuplicate());
        Tee tee = new Tee(new S3Body(BUFFER * BUFFERS, content, Optional.empty()), sites, sites, Duration.ofSeconds(5));
        return Flux.merge(IntStream.range(0, sites)
                        .mapToObj(i -> tee.branch(i).content().map(TeeBench::counted))
                        .toList())
                .reduce(0L, Long::sum)
                .block();
    }

    private static long counted(ByteBuf buffer) {
        long length = buffer.readableBytes();
        buffer.release();
        return length;
    }
}
