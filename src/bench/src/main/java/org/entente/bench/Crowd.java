package org.entente.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.util.retry.Retry;

/** 512 transfers of 256 MiB at once, for a minute each way: none may fail, and memory is not to grow with them. */
public final class Crowd {
    private static final int TRANSFERS = 512;
    private static final int BYTES = 256 << 20;
    private static final int CHUNK = 256 << 10;
    private static final Duration LASTS = Duration.ofSeconds(60);
    /** As SDKs have it, somebody who is told to slow down, or is hung up on, asks again. */
    private static final int ATTEMPTS = 10;

    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final List<String> MEMORY = List.of("-Xmx512m", "-XX:MaxDirectMemorySize=1g");

    private final int port;
    private final Load load;
    private final HttpClient client;
    private final AtomicLongArray passed = new AtomicLongArray(TRANSFERS);
    private final AtomicInteger again = new AtomicInteger();
    private final AtomicReference<String> failed = new AtomicReference<>("");

    private Crowd(int port, Load load) {
        this.port = port;
        this.load = load;
        this.client = HttpClient.create(ConnectionProvider.create("crowd", TRANSFERS));
    }

    /** What was seen of one direction. */
    private record Seen(
            String name, int underWay, double gigabytes, long before, long most, int again, String failed) {}

    /** @param words the repository's root and S3Proxy's jar, as for {@link Comparison} */
    public static void main(String[] words) throws Exception {
        Path root = Path.of(words[0]);
        Path directory = Files.createTempDirectory("entente-bench");
        Seen get;
        Seen put;
        try (Contenders contenders = new Contenders(root, directory, Path.of(words[1]), false)) {
            Contender gateway = contenders.ours(MEMORY);
            Contender.leaveCore();
            get = new Crowd(gateway.port(), new Load("GET 256 MiB", "GET", "one", BYTES, TRANSFERS, 1)).run(gateway);
            gateway = contenders.again(gateway, MEMORY, () -> {});
            put = new Crowd(gateway.port(), new Load("PUT 256 MiB", "PUT", "one", BYTES, TRANSFERS, 1)).run(gateway);
        }
        write(root.resolve("src/docs/benchmarks/crowd.md"), List.of(get, put));
        boolean good =
                List.of(get, put).stream().allMatch(seen -> seen.failed().isEmpty() && seen.underWay() == TRANSFERS);
        System.exit(good ? 0 : 1);
    }

    private Seen run(Contender gateway) throws IOException, InterruptedException {
        long before = gateway.residentMebibytes();
        long most = before;
        Disposable all = Flux.fromStream(IntStream.range(0, TRANSFERS).boxed())
                .flatMap(this::transfer, TRANSFERS)
                .subscribe(done -> {}, error -> failed.compareAndSet("", error.toString()));
        long end = System.nanoTime() + LASTS.toNanos();
        while (System.nanoTime() < end && failed.get().isEmpty()) {
            Thread.sleep(500);
            most = Math.max(most, gateway.residentMebibytes());
        }
        String why = failed.get();
        all.dispose();
        int underWay = (int)
                IntStream.range(0, TRANSFERS).filter(i -> passed.get(i) > 0).count();
        long bytes = IntStream.range(0, TRANSFERS).mapToLong(passed::get).sum();
        return new Seen(load.name(), underWay, bytes / 1e9, before, most, again.get(), why);
    }

    private Mono<Void> transfer(int number) {
        return Mono.defer(() -> load.method().equals("GET") ? get(number) : put(number))
                .retryWhen(Retry.fixedDelay(ATTEMPTS - 1, PAUSE).doBeforeRetry(failure -> again.incrementAndGet()));
    }

    private Mono<Void> get(int number) {
        return client.headers(headers -> load.sign(headers, port))
                .get()
                .uri("http://127.0.0.1:" + port + load.path())
                .response((response, content) -> response.status().code() == 200
                        ? content.doOnNext(buffer -> passed.addAndGet(number, buffer.readableBytes()))
                        : Flux.error(new IOException(response.status().toString())))
                .then();
    }

    private Mono<Void> put(int number) {
        ByteBuf chunk = Unpooled.unreleasableBuffer(Unpooled.directBuffer(CHUNK).writeZero(CHUNK));
        Flux<ByteBuf> body = Flux.range(0, BYTES / CHUNK).map(i -> {
            passed.addAndGet(number, CHUNK);
            return chunk.duplicate();
        });
        return client.headers(headers -> {
                    load.sign(headers, port);
                    headers.set("content-length", BYTES);
                })
                .put()
                .uri("http://127.0.0.1:" + port + load.path())
                .send(body)
                .response()
                .flatMap(response -> response.status().code() == 200
                        ? Mono.empty()
                        : Mono.error(new IOException(response.status().toString())));
    }

    private static void write(Path file, List<Seen> all) throws IOException {
        StringBuilder page = new StringBuilder("""
                # 512 large transfers at once

                Made by `mvn -Pbench -pl src/bench package exec:exec@crowd` on %s, Java %s: a gateway with `%s` on one core, %d transfers of %d MiB at once for %d seconds, to and from one site that, as
                those who ask, has the other core.

                | | under way at once | bytes in that time, GB | resident before, MiB | at most, MiB | asked again | failed |
                |---|---|---|---|---|---|---|
                """.formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        Runtime.version(),
                        String.join(" ", MEMORY),
                        TRANSFERS,
                        BYTES >> 20,
                        LASTS.toSeconds()));
        all.forEach(seen -> page.append(String.format(
                Locale.ROOT,
                "| %s | %d | %.0f | %d | %d | %d | %s |%n",
                seen.name(),
                seen.underWay(),
                seen.gigabytes(),
                seen.before(),
                seen.most(),
                seen.again(),
                seen.failed().isEmpty() ? "none" : seen.failed())));
        Files.writeString(file, page);
        System.out.println(page);
    }
}
