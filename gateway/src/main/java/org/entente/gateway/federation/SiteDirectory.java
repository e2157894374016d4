package org.entente.gateway.federation;

import java.util.Map;
import org.entente.backends.Backend;
import org.entente.backends.Fault;
import org.entente.backends.Operation.Effect;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Reach;
import reactor.core.publisher.Mono;

/** Which backend is which site: the one place where policy and backends meet, and the only way to any site. */
public final class SiteDirectory {
    private final Map<String, Backend> backends;
    private final WritesUnderWay writes;

    /**
     * @param backends by the sites' names
     * @param writes watches what is sent
     */
    public SiteDirectory(Map<String, Backend> backends, WritesUnderWay writes) {
        this.backends = Map.copyOf(backends);
        this.writes = writes;
    }

    /**
     * Sends a request to the permitted site.
     *
     * @throws IllegalArgumentException when the request is about something else, or goes further, than the permit: a
     *     mistake in this program that must not become a breach of the fence
     */
    public Mono<S3Reply> perform(Permit permit, S3Request request) {
        if (!permit.bucket().equals(request.bucket()) || !permit.key().equals(request.key())) {
            throw new IllegalArgumentException(permit + " is not for " + request);
        }
        if (request.operation().effect() == Effect.STORE && permit.reach() != Reach.STORE) {
            throw new IllegalArgumentException(permit + " does not let bytes be sent for " + request);
        }
        String site = permit.site().name().value();
        Backend backend = backends.get(site);
        if (backend == null) {
            return Mono.error(new Fault(site, new Fault.Unreachable(), "no backend speaks to it"));
        }
        return request.operation().effect() == Effect.STORE
                ? writes.guard(permit, request, backend::perform)
                : backend.perform(request);
    }
}
