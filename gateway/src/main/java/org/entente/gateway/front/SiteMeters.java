package org.entente.gateway.front;

import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import org.entente.backends.resilience.SiteHealth;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.metrics.Meters;
import org.entente.gateway.metrics.Metric;
import org.entente.gateway.reload.Reloader;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What is seen of the sites and what they owe, as metrics. */
final class SiteMeters implements AutoCloseable {
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final Reloader reloader;
    private final Journal journal;
    private final Clock clock;
    private final MultiGauge state;
    private final MultiGauge keys;
    private final MultiGauge bytes;
    private final MultiGauge age;
    private final Disposable running;

    SiteMeters(Reloader reloader, Journal journal, Clock clock, Meters meters) {
        this.reloader = reloader;
        this.journal = journal;
        this.clock = clock;
        this.state = meters.gauges(Metric.SITE_STATE);
        this.keys = meters.gauges(Metric.OWED_KEYS);
        this.bytes = meters.gauges(Metric.OWED_BYTES);
        this.age = meters.gauges(Metric.OWED_AGE);
        this.running = Flux.interval(Duration.ZERO, EVERY)
                .concatMap(tick -> look().onErrorResume(lost -> Mono.empty()))
                .subscribe();
    }

    private Mono<Void> look() {
        return journal.lags().doOnNext(this::show).then();
    }

    private void show(List<Journal.Lag> lags) {
        state.register(
                reloader.get().sites().health().entrySet().stream()
                        .flatMap(site -> List.of(SiteHealth.State.values()).stream()
                                .map(each -> MultiGauge.Row.of(
                                        Tags.of(
                                                "site",
                                                site.getKey(),
                                                "state",
                                                each.name().toLowerCase(Locale.ROOT)),
                                        site.getValue().state() == each ? 1 : 0)))
                        .toList(),
                true);
        keys.register(rows(lags, Journal.Lag::keys), true);
        bytes.register(rows(lags, Journal.Lag::bytes), true);
        age.register(
                rows(
                        lags,
                        lag -> lag.keys() == 0
                                ? 0
                                : Duration.between(lag.oldest(), clock.instant())
                                        .toSeconds()),
                true);
    }

    private Iterable<MultiGauge.Row<?>> rows(List<Journal.Lag> lags, ToLongFunction<Journal.Lag> value) {
        return reloader.get().sites().health().keySet().stream()
                .<MultiGauge.Row<?>>map(site -> MultiGauge.Row.of(
                        Tags.of("site", site),
                        lags.stream()
                                .filter(lag -> lag.site().equals(site))
                                .mapToLong(value)
                                .sum()))
                .toList();
    }

    @Override
    public void close() {
        running.dispose();
    }
}
