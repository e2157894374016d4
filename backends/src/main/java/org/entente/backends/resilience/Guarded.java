package org.entente.backends.resilience;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.entente.backends.Backend;
import org.entente.backends.Fault;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import reactor.core.publisher.Mono;

/**
 * A site behind a circuit breaker: one that keeps failing is called dark and not asked for a while, which costs its
 * callers nothing.
 *
 * <p>What counts against it: no connection, no answer in time, an answer that breaks off, credentials refused, and
 * the statuses 500, 502, 503 and 504. What does not: refusals of the client's making, a request's body that fails, a
 * caller that loses interest, and how long a transfer takes.
 */
public final class Guarded implements Backend {
    private static final Set<Integer> FAILURES = Set.of(500, 502, 503, 504);

    private final String site;
    private final Backend backend;
    private final CircuitBreaker breaker;

    public Guarded(String site, Backend backend, CircuitBreaker breaker) {
        this.site = site;
        this.backend = backend;
        this.breaker = breaker;
    }

    @Override
    public Mono<S3Reply> perform(S3Request request) {
        return Mono.defer(() -> {
            if (!breaker.tryAcquirePermission()) {
                return Mono.error(new Fault(site, new Fault.Dark(), "is dark"));
            }
            Attempt attempt = new Attempt(breaker, breaker.getCurrentTimestamp());
            return backend.perform(request)
                    .map(attempt::watch)
                    .doOnError(attempt::failed)
                    .doOnCancel(attempt::abandoned);
        });
    }

    /** One call, whose outcome is recorded once: an answer is good only when its body has come to its end. */
    private static final class Attempt {
        private final CircuitBreaker breaker;
        private final long start;
        private final AtomicBoolean recorded = new AtomicBoolean();

        Attempt(CircuitBreaker breaker, long start) {
            this.breaker = breaker;
            this.start = start;
        }

        S3Reply watch(S3Reply reply) {
            long toFirstByte = breaker.getCurrentTimestamp() - start;
            if (FAILURES.contains(reply.status())) {
                record(() -> breaker.onError(
                        toFirstByte,
                        breaker.getTimestampUnit(),
                        new IllegalStateException("status " + reply.status())));
                return reply;
            }
            Runnable success = () -> record(() -> breaker.onSuccess(toFirstByte, breaker.getTimestampUnit()));
            return reply.with(
                    reply.body().doOnComplete(success).doOnCancel(success).doOnError(this::failed));
        }

        void failed(Throwable error) {
            if (error instanceof Fault fault && !(fault.reason() instanceof Fault.Declined)) {
                record(() -> breaker.onError(breaker.getCurrentTimestamp() - start, breaker.getTimestampUnit(), fault));
            } else {
                abandoned();
            }
        }

        void abandoned() {
            record(breaker::releasePermission);
        }

        private void record(Runnable outcome) {
            if (recorded.compareAndSet(false, true)) {
                outcome.run();
            }
        }
    }
}
