package org.entente.backends.resilience;

import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.entente.backends.Backend;
import org.entente.backends.Fault;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import reactor.core.publisher.Mono;

/**
 * A site that is not asked while it is dark, which costs its callers nothing.
 *
 * <p>What counts against it: no connection, no answer in time, an answer that breaks off, credentials refused, and
 * the statuses 500, 502, 503 and 504. What does not: refusals of the client's making, a request's body that fails, a
 * caller that loses interest, and how long a transfer takes.
 */
public final class Guarded implements Backend {
    private static final Set<Integer> FAILURES = Set.of(500, 502, 503, 504);

    private final String site;
    private final Backend backend;
    private final SiteHealth health;

    public Guarded(String site, Backend backend, SiteHealth health) {
        this.site = site;
        this.backend = backend;
        this.health = health;
    }

    @Override
    public Mono<S3Reply> perform(S3Request request) {
        return Mono.defer(() -> {
            if (!health.state().answers()) {
                return Mono.error(new Fault(site, new Fault.Dark(), "is dark"));
            }
            Attempt attempt = new Attempt(health, System.nanoTime());
            return backend.perform(request)
                    .map(attempt::watch)
                    .doOnError(attempt::failed)
                    .doOnCancel(attempt::abandoned);
        });
    }

    @Override
    public boolean isCrowded() {
        return backend.isCrowded();
    }

    /** One call, whose outcome is recorded once: an answer is good only when its body has come to its end. */
    private static final class Attempt {
        private final SiteHealth health;
        private final long start;
        private final AtomicBoolean recorded = new AtomicBoolean();

        Attempt(SiteHealth health, long start) {
            this.health = health;
            this.start = start;
        }

        S3Reply watch(S3Reply reply) {
            long toFirstByte = System.nanoTime() - start;
            if (FAILURES.contains(reply.status())) {
                record(() -> health.failed(toFirstByte, new IllegalStateException("it answers " + reply.status())));
                return reply;
            }
            Runnable success = () -> record(() -> health.succeeded(toFirstByte));
            return reply.with(
                    reply.body().doOnComplete(success).doOnCancel(success).doOnError(this::failed));
        }

        void failed(Throwable error) {
            if (error instanceof Fault fault && !fault.reason().isOurOwn()) {
                record(() -> health.failed(System.nanoTime() - start, fault));
            } else {
                abandoned();
            }
        }

        void abandoned() {
            recorded.set(true);
        }

        private void record(Runnable outcome) {
            if (recorded.compareAndSet(false, true)) {
                outcome.run();
            }
        }
    }
}
