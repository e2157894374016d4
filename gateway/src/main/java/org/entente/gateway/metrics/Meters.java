package org.entente.gateway.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.resilience.SiteHealth;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Counts and times what happens, under the names of {@link Metric}. */
public final class Meters {
    /** Bounds that tell a near site from a far one and either from one that hangs. */
    private static final Duration[] BOUNDS = {
        Duration.ofMillis(5),
        Duration.ofMillis(20),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10)
    };

    private static final String UNKNOWN = "unknown";

    private final MeterRegistry registry;
    private final Traces traces;
    private final Meter.MeterProvider<Timer> requests;
    private final Counter received;
    private final Counter sent;
    private final Meter.MeterProvider<Counter> refusals;
    private final Meter.MeterProvider<Timer> siteRequests;
    private final Meter.MeterProvider<Counter> siteChanges;
    private final Counter settled;
    private final Meter.MeterProvider<Counter> reloads;

    public Meters(MeterRegistry registry, Traces traces) {
        this.registry = registry;
        this.traces = traces;
        this.requests = timer(Metric.REQUESTS);
        this.received = counter(Metric.RECEIVED).register(registry);
        this.sent = counter(Metric.SENT).register(registry);
        this.refusals = counter(Metric.REFUSALS).withRegistry(registry);
        this.siteRequests = timer(Metric.SITE_REQUESTS);
        this.siteChanges = counter(Metric.SITE_CHANGES).withRegistry(registry);
        this.settled = counter(Metric.SETTLED).register(registry);
        this.reloads = counter(Metric.POLICY_RELOADS).withRegistry(registry);
    }

    /** For where nobody looks. */
    public static Meters none() {
        return new Meters(new CompositeMeterRegistry(), Traces.off());
    }

    private Meter.MeterProvider<Timer> timer(Metric metric) {
        return Timer.builder(metric.text())
                .description(metric.help())
                .serviceLevelObjectives(BOUNDS)
                .withRegistry(registry);
    }

    private static Counter.Builder counter(Metric metric) {
        Counter.Builder builder = Counter.builder(metric.text()).description(metric.help());
        return metric.unit().isEmpty() ? builder : builder.baseUnit(metric.unit());
    }

    /** Has a value asked for whenever somebody looks. */
    public void gauge(Metric metric, Supplier<Number> value) {
        Gauge.builder(metric.text(), value).description(metric.help()).register(registry);
    }

    /** A value for each of a changing set of sites. */
    public MultiGauge gauges(Metric metric) {
        MultiGauge.Builder builder = MultiGauge.builder(metric.text()).description(metric.help());
        return (metric.unit().isEmpty() ? builder : builder.baseUnit(metric.unit())).register(registry);
    }

    /** Counts the bytes of what a client sends. */
    public Flux<ByteBuf> received(Flux<ByteBuf> bytes) {
        return bytes.doOnNext(buffer -> received.increment(buffer.readableBytes()));
    }

    /**
     * Takes note of an answer to a client.
     *
     * @param operation empty when it did not become known
     * @param nanos since the request's head was there
     * @return the same, whose bytes are counted
     */
    public S3Reply answered(Optional<Operation> operation, S3Reply reply, long nanos) {
        requests.withTags(Tags.of(
                        "operation",
                        operation.map(Operation::apiName).orElse(UNKNOWN),
                        "outcome",
                        outcome(reply.status())))
                .record(nanos, TimeUnit.NANOSECONDS);
        return reply.with(reply.body().doOnNext(buffer -> sent.increment(buffer.readableBytes())));
    }

    /** @param code the S3 error code */
    public void refused(String code) {
        refusals.withTag("code", code).increment();
    }

    /** Times one request to a site, and traces it. */
    public Mono<S3Reply> attempt(String site, Operation operation, Mono<S3Reply> work) {
        Mono<S3Reply> reply = traces.attempt(site, operation, work);
        return Mono.defer(() -> {
            long start = System.nanoTime();
            return reply.doOnNext(answer -> attempted(site, operation, outcome(answer.status()), start))
                    .doOnError(error -> attempted(site, operation, "fault", start));
        });
    }

    private void attempted(String site, Operation operation, String outcome, long start) {
        siteRequests
                .withTags(Tags.of("site", site, "operation", operation.apiName(), "outcome", outcome))
                .record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    }

    public void changed(SiteHealth.Change change) {
        siteChanges
                .withTags(Tags.of(
                        "site", change.site(), "state", change.to().name().toLowerCase(Locale.ROOT)))
                .increment();
    }

    public void settled(long keys) {
        settled.increment((double) keys);
    }

    public void reloaded(boolean applied) {
        reloads.withTag("outcome", applied ? "applied" : "rejected").increment();
    }

    private static String outcome(int status) {
        if (status < 400) {
            return "success";
        }
        return status < 500 ? "client_error" : "server_error";
    }
}
