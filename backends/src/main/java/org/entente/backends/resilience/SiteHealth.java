package org.entente.backends.resilience;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.entente.backends.Fault;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Whether a site can be asked, as seen from here: by what requests and probes came to. A circuit breaker that opens makes
 * it dark; only probes bring it back, so that no user's request is spent on finding out.
 */
public final class SiteHealth {
    private static final int GOOD_PROBES = 2;
    private static final int BAD_PROBES = 2;

    /** What is seen. */
    public enum State {
        /** All is well. */
        HEALTHY,
        /** It answers again, and may still owe what was written meanwhile. */
        RECOVERING,
        /** It fails, and is asked by probes only. */
        DARK,
        /** It answers, and does not accept our key pair. */
        REFUSED;

        public boolean answers() {
            return this == HEALTHY || this == RECOVERING;
        }
    }

    /**
     * A change of state, and what it came of.
     *
     * @param seen whether that was seen here; false where another gateway told of it
     */
    public record Change(String site, State from, State to, String why, Instant at, boolean seen) {
        /** Whether the site cannot be asked any more from here on. */
        public boolean loses() {
            return from.answers() && !to.answers();
        }
    }

    /** A site that has answered so lately is believed more than another gateway. */
    private static final Duration LATELY = Duration.ofSeconds(1);

    private static final CircuitBreakerConfig BREAKER = CircuitBreakerConfig.custom()
            .slidingWindowSize(20)
            .minimumNumberOfCalls(10)
            .failureRateThreshold(50)
            .waitDurationInOpenState(Duration.ofDays(365))
            .build();

    private final String site;
    private final Clock clock;
    private final Consumer<Change> listener;
    private final CircuitBreaker breaker;
    private volatile State state = State.HEALTHY;
    private volatile Instant since;
    private volatile Instant heard;
    private volatile String why = "";
    private volatile Sinks.Empty<Void> darkness = Sinks.empty();
    private final AtomicInteger refusals = new AtomicInteger();
    private final Sinks.Many<Boolean> doubts = Sinks.many().multicast().directBestEffort();
    private int goodProbes;
    private int badProbes;

    /** @param listener told of each change, in their order */
    public SiteHealth(String site, Clock clock, Consumer<Change> listener) {
        this.site = site;
        this.clock = clock;
        this.listener = listener;
        this.breaker = CircuitBreaker.of(site, BREAKER);
        this.since = clock.instant();
        this.heard = Instant.EPOCH;
    }

    /** Whose it is. */
    public String site() {
        return site;
    }

    public State state() {
        return state;
    }

    /** Fails as soon as the site is found dark; never completes. For those who could get elsewhere what they wait for. */
    public Mono<Void> darkness() {
        return darkness.asMono();
    }

    /** When the present state began. */
    public Instant since() {
        return since;
    }

    /** What the present state came of; an empty text at the start. */
    public String why() {
        return why;
    }

    /** When it last answered a request, a probe's included. */
    public Instant heard() {
        return heard;
    }

    /** Whether something speaks for a probe: the last one failed, or the site found fault with our signature. */
    synchronized boolean doubtful() {
        return badProbes > 0 || refusals.get() > 0;
    }

    void succeeded(long nanosToFirstByte) {
        heard = clock.instant();
        breaker.onSuccess(nanosToFirstByte, TimeUnit.NANOSECONDS);
    }

    void failed(long nanos, Throwable error) {
        if (error instanceof Fault fault && fault.reason() instanceof Fault.CredentialsRefused) {
            // Some servers find any odd request's signature wrong: only a probe can tell that it is our key pair.
            refusals.incrementAndGet();
            return;
        }
        breaker.onError(nanos, TimeUnit.NANOSECONDS, error);
        if (breaker.getState() == CircuitBreaker.State.OPEN) {
            become(State.DARK, message(error));
        }
    }

    private static String message(Throwable error) {
        return error.getMessage() == null ? error.toString() : error.getMessage();
    }

    synchronized void probeSucceeded() {
        refusals.set(0);
        heard = clock.instant();
        badProbes = 0;
        goodProbes++;
        if (!state.answers() && goodProbes >= GOOD_PROBES) {
            breaker.transitionToClosedState();
            breaker.reset();
            become(State.RECOVERING, "it answers again");
        }
    }

    synchronized void probeFailed(Throwable error) {
        goodProbes = 0;
        badProbes++;
        if (error instanceof Fault fault && fault.reason() instanceof Fault.CredentialsRefused) {
            become(State.REFUSED, message(error));
        } else if (badProbes >= BAD_PROBES || state == State.RECOVERING) {
            become(State.DARK, message(error));
        }
    }

    /**
     * Another gateway has found the site dark. That is believed, unless the site has just answered here, and until a probe
     * says otherwise: it is due at once, and its one answer is enough, for it is the other's way to the site that may be broken.
     */
    public synchronized void warned(String reason) {
        if (!state.answers()) {
            return;
        }
        if (Duration.between(heard, clock.instant()).compareTo(LATELY) < 0) {
            badProbes = BAD_PROBES - 1;
        } else {
            become(State.DARK, reason, false);
            goodProbes = GOOD_PROBES - 1;
        }
        doubts.tryEmitNext(true);
    }

    /** Emits when a probe is due at once. */
    Flux<Boolean> doubts() {
        return doubts.asFlux();
    }

    /** It owes nothing any more. */
    public synchronized void caughtUp() {
        if (state == State.RECOVERING) {
            become(State.HEALTHY, "it owes nothing");
        }
    }

    private void become(State next, String reason) {
        become(next, reason, true);
    }

    private synchronized void become(State next, String reason, boolean seen) {
        State before = state;
        if (before == next || (before == State.REFUSED && next == State.DARK)) {
            return;
        }
        state = next;
        why = reason;
        since = clock.instant();
        goodProbes = 0;
        if (before.answers() && !next.answers()) {
            darkness.tryEmitError(new Fault(site, new Fault.Silent(), "was found " + next + " meanwhile: " + reason));
        } else if (!before.answers() && next.answers()) {
            darkness = Sinks.empty();
        }
        listener.accept(new Change(site, before, next, reason, since, seen));
    }
}
