package org.entente.backends.resilience;

import java.time.Clock;
import java.time.Duration;
import org.entente.backends.Backend;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Asks a site for something small and signed from time to time: often while it is dark, and rarely while it has nothing else
 * to do. The bucket asked for need not exist; that the site says so is answer enough.
 */
public final class Prober implements AutoCloseable {
    private static final Duration WHILE_DARK = Duration.ofMillis(500);
    private static final Duration WHILE_IDLE = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final S3Request CANARY =
            S3Request.of(Operation.LIST_OBJECTS_V2, "entente-canary").with(Query.parse("list-type=2&max-keys=1"));

    private final String site;
    private final Backend backend;
    private final SiteHealth health;
    private final Clock clock;
    private volatile Disposable running = () -> {};

    /** @param backend the site itself, with nothing before it that would keep a probe from it */
    public Prober(String site, Backend backend, SiteHealth health, Clock clock) {
        this.site = site;
        this.backend = backend;
        this.health = health;
        this.clock = clock;
    }

    /** Probes from now on, on the threads of {@link Schedulers#parallel()}. */
    public void start() {
        running = Mono.defer(() -> Mono.firstWithSignal(
                        Mono.delay(WHILE_DARK), health.doubts().next().thenReturn(0L)))
                .then(Mono.defer(() -> due() ? probe() : Mono.<Void>empty()))
                .repeat()
                .subscribe();
    }

    private boolean due() {
        boolean doubtful = health.state() != SiteHealth.State.HEALTHY || health.doubtful();
        return doubtful || Duration.between(health.heard(), clock.instant()).compareTo(WHILE_IDLE) >= 0;
    }

    /** Asks once; completes when the answer has been taken note of. */
    public Mono<Void> probe() {
        return backend.perform(CANARY)
                .timeout(PATIENCE, Mono.error(() -> new Fault(site, new Fault.Silent(), "does not answer a probe")))
                .doOnNext(this::answered)
                .doOnError(health::probeFailed)
                .onErrorComplete()
                .then();
    }

    private void answered(S3Reply reply) {
        reply.discard();
        if (reply.status() < 500) {
            health.probeSucceeded();
        } else {
            health.probeFailed(new IllegalStateException("it answers a probe with " + reply.status()));
        }
    }

    @Override
    public void close() {
        running.dispose();
    }
}
