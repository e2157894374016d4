package org.entente.gateway.simulation;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.entente.backends.Backend;
import org.entente.backends.Bytes;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.memory.MemoryBackend;
import org.entente.backends.uri.Query;
import org.entente.backends.xml.XmlReader;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A site that plays its part of a script: well, gone, silent, or with every kind of failure by chance. */
final class SimulatedSite implements Backend {
    /** How it behaves for a while. */
    enum Phase {
        WELL,
        REFUSING,
        SILENT,
        FLAKY
    }

    private static final int MAX = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final String name;
    private final VirtualTimeScheduler time;
    private final Random random;
    private final MemoryBackend store;
    private final List<S3Request> stored = new ArrayList<>();
    private Phase phase = Phase.WELL;

    SimulatedSite(String name, VirtualTimeScheduler time, Clock clock, Random random) {
        this.name = name;
        this.time = time;
        this.random = random;
        this.store = new MemoryBackend(clock);
    }

    void become(Phase next) {
        phase = next;
    }

    /** Every request that brought bytes of an object here. */
    List<S3Request> stored() {
        return stored;
    }

    /** All objects of a bucket that lie here, whatever phase it is in. */
    SortedMap<String, String> objects(String bucket) {
        SortedMap<String, String> objects = new TreeMap<>();
        S3Reply listing = store.perform(
                        S3Request.of(Operation.LIST_OBJECTS_V2, bucket).with(Query.parse("list-type=2")))
                .block();
        if (listing == null || !listing.succeeded()) {
            return objects;
        }
        try {
            for (XmlReader.Element object : XmlReader.read(
                            listing.bytes(MAX).blockOptional().orElseThrow())
                    .children("Contents")) {
                String key = object.textOf("Key").orElseThrow();
                objects.put(key, text(store.perform(S3Request.of(Operation.GET_OBJECT, bucket, key))));
            }
        } catch (XmlReader.MalformedXml e) {
            throw new AssertionError(e);
        }
        return objects;
    }

    /** From now on, or from its making on, a bucket here keeps versions, whatever phase the site is in. */
    void keepVersions(String bucket) {
        store.perform(S3Request.of(Operation.PUT_BUCKET_VERSIONING, bucket)
                        .with(S3Body.of("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
                                .getBytes(StandardCharsets.UTF_8))))
                .block();
    }

    /** What the versions of a bucket's keys hold that lie here, in an order of their own; deletions as absent. */
    SortedMap<String, List<String>> versions(String bucket) {
        SortedMap<String, List<String>> versions = new TreeMap<>();
        try {
            for (XmlReader.Element version : XmlReader.read(
                            store.perform(S3Request.of(Operation.LIST_OBJECT_VERSIONS, bucket))
                                    .flatMap(reply -> reply.bytes(MAX))
                                    .blockOptional()
                                    .orElseThrow())
                    .children()) {
                if (version.child("Key").isEmpty()) {
                    continue;
                }
                String key = version.textOf("Key").orElseThrow();
                S3Request get = S3Request.of(Operation.GET_OBJECT, bucket, key)
                        .with(Query.of("versionId", version.textOf("VersionId").orElseThrow()));
                versions.computeIfAbsent(key, first -> new ArrayList<>())
                        .add(version.name().equals("DeleteMarker") ? History.ABSENT : text(store.perform(get)));
            }
        } catch (XmlReader.MalformedXml e) {
            throw new AssertionError(e);
        }
        versions.values().forEach(Collections::sort);
        return versions;
    }

    static String text(Mono<S3Reply> reply) {
        return new String(reply.flatMap(r -> r.bytes(MAX)).blockOptional().orElseThrow(), StandardCharsets.UTF_8);
    }

    @Override
    public Mono<S3Reply> perform(S3Request request) {
        return Mono.defer(() -> {
            if (request.operation().effect() == Operation.Effect.STORE) {
                stored.add(request);
            }
            return switch (phase) {
                case WELL -> served(request, latency(), latency());
                case REFUSING -> Mono.error(new Fault(name, new Fault.Unreachable(), "refuses"));
                case SILENT -> silent(request);
                case FLAKY -> flaky(request);
            };
        });
    }

    private Duration latency() {
        return Duration.ofMillis(1 + random.nextInt(20));
    }

    /** Once the body has come, what the site does is its own affair. */
    private Mono<S3Reply> served(S3Request request, Duration until, Duration back) {
        return whole(request)
                .flatMap(received -> Mono.create(sink -> after(
                        until,
                        () -> store.perform(received).subscribe(reply -> after(back, () -> sink.success(reply))))));
    }

    private static Mono<S3Request> whole(S3Request request) {
        return Bytes.collect(request.body().content(), MAX).map(bytes -> request.with(S3Body.of(bytes)));
    }

    private void after(Duration delay, Runnable task) {
        time.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Nothing is heard of the request, which takes effect at some time or never. */
    private Mono<S3Reply> silent(S3Request request) {
        return whole(request)
                .flatMap(received -> Mono.create(sink -> {
                    if (random.nextBoolean()) {
                        after(
                                Duration.ofMillis(random.nextInt(8000)),
                                () -> store.perform(received).subscribe());
                    }
                    fault(sink, PATIENCE, new Fault.Silent());
                }));
    }

    private void fault(MonoSink<S3Reply> sink, Duration delay, Fault.Cause cause) {
        after(delay, () -> sink.error(new Fault(name, cause, "of the script")));
    }

    private Mono<S3Reply> flaky(S3Request request) {
        return switch (random.nextInt(9)) {
            case 0 -> Mono.error(new Fault(name, new Fault.Unreachable(), "refuses"));
            case 1 ->
                whole(request)
                        .flatMap(received -> Mono.create(sink -> after(latency(), () -> {
                            store.perform(received).subscribe();
                            fault(sink, latency(), new Fault.Broken());
                        })));
            case 2 -> whole(request).map(received -> S3Reply.empty(503));
            case 3 ->
                whole(request).flatMap(received -> store.perform(received)).map(reply -> S3Reply.empty(500));
            case 4 ->
                request.body()
                        .content()
                        .doOnNext(ByteBuf::release)
                        .take(1)
                        .then(Mono.error(new Fault(name, new Fault.Broken(), "cuts the upload")));
            case 5 -> served(request, latency(), latency()).map(this::truncated);
            case 6 -> served(request, Duration.ofMillis(500 + random.nextInt(3000)), latency());
            case 7 -> silent(request);
            default -> served(request, latency(), latency());
        };
    }

    private S3Reply truncated(S3Reply reply) {
        return reply.with(reply.body()
                .map(buffer -> buffer.readSlice(buffer.readableBytes() / 2))
                .concatWith(Flux.error(new Fault(name, new Fault.Broken(), "breaks off"))));
    }
}
