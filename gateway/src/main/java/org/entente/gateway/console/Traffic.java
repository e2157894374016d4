package org.entente.gateway.console;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.entente.gateway.metrics.Metric;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** What this gateway has sent to each site of late. */
final class Traffic implements AutoCloseable {
    private static final Duration EVERY = Duration.ofSeconds(2);

    /** A minute. */
    private static final int SAMPLES = 30;

    /**
     * Requests to one site.
     *
     * @param total since the gateway was started
     * @param perSecond over the last minute, or as long as the gateway has run
     * @param failed of the last minute
     */
    record Rate(long total, double perSecond, long failed) {}

    private record Count(long all, long failed) {
        private static final Count NONE = new Count(0, 0);

        Count plus(Count other) {
            return new Count(all + other.all, failed + other.failed);
        }
    }

    private final MeterRegistry registry;
    private final Disposable running;
    private final Deque<Map<String, Count>> samples = new ArrayDeque<>();

    Traffic(MeterRegistry registry) {
        this.registry = registry;
        this.running = Flux.interval(Duration.ZERO, EVERY).onBackpressureDrop().subscribe(tick -> sample());
    }

    private synchronized void sample() {
        samples.addLast(counts());
        if (samples.size() > SAMPLES + 1) {
            samples.removeFirst();
        }
    }

    private Map<String, Count> counts() {
        Map<String, Count> counts = new HashMap<>();
        for (Timer timer : registry.find(Metric.SITE_REQUESTS.text()).timers()) {
            String site = String.valueOf(timer.getId().getTag("site"));
            boolean failed = !"success".equals(timer.getId().getTag("outcome"))
                    && !"client_error".equals(timer.getId().getTag("outcome"));
            Count count = new Count(timer.count(), failed ? timer.count() : 0);
            counts.merge(site, count, Count::plus);
        }
        return counts;
    }

    synchronized Rate of(String site) {
        if (samples.size() < 2) {
            return new Rate(0, 0, 0);
        }
        Count first = samples.getFirst().getOrDefault(site, Count.NONE);
        Count last = samples.getLast().getOrDefault(site, Count.NONE);
        double seconds = (samples.size() - 1) * (double) EVERY.toSeconds();
        return new Rate(last.all(), (last.all() - first.all()) / seconds, last.failed() - first.failed());
    }

    @Override
    public void close() {
        running.dispose();
    }
}
