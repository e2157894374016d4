package org.entente.gateway.replication;

import java.time.Duration;
import org.entente.gateway.journal.Gateways;
import org.entente.gateway.metrics.Meters;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Settles for as long as the gateway runs: when there is something to, and from time to time. */
public final class Settling implements AutoCloseable {
    /** How soon what another gateway was told, or has found out, is known here. */
    private static final Duration LOOK = Duration.ofMillis(500);

    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final Duration TIDY = Duration.ofHours(1);

    private final Settler settler;
    private final Gateways gateways;
    private final Mono<Void> following;
    private final Mono<Void> tidying;
    private final Sinks.Many<Boolean> wake;
    private final Meters meters;
    private final Disposable.Composite running = Disposables.composite();

    /**
     * @param following looks what others have commanded or told
     * @param tidying what is to be done from time to time
     * @param wake told when there is something to settle
     */
    public Settling(
            Settler settler,
            Gateways gateways,
            Mono<Void> following,
            Mono<Void> tidying,
            Sinks.Many<Boolean> wake,
            Meters meters) {
        this.settler = settler;
        this.gateways = gateways;
        this.following = following;
        this.tidying = tidying;
        this.wake = wake;
        this.meters = meters;
    }

    /** Begins; to be called once. */
    public void start() {
        running.add(Mono.defer(gateways::beat)
                .onErrorComplete()
                .then(Mono.delay(Gateways.BEAT))
                .repeat()
                .subscribe());
        running.add(following.onErrorComplete().then(Mono.delay(LOOK)).repeat().subscribe());
        running.add(tidying.onErrorComplete().then(Mono.delay(TIDY)).repeat().subscribe());
        running.add(Mono.defer(settler::round)
                .doOnNext(meters::settled)
                .flatMap(done -> done > 0
                        ? Mono.just(done)
                        : settler.tellCaughtUp()
                                .onErrorComplete()
                                .then(Mono.firstWithSignal(
                                        Mono.delay(IDLE), wake.asFlux().next().thenReturn(0L))))
                .repeat()
                .subscribe());
    }

    @Override
    public void close() {
        running.dispose();
    }
}
