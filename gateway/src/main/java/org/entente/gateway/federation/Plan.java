package org.entente.gateway.federation;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import reactor.core.publisher.Mono;

/**
 * What will be done, decided before the first byte of a body is asked for.
 *
 * @param placement the decision behind it, where there was one to make
 * @param permits for the sites it is to be done at; none when it is answered without any
 * @param perform does it
 */
public record Plan(Optional<Placement> placement, List<Permit> permits, Function<S3Body, Mono<S3Reply>> perform) {

    /** Answered from the body, without any site. */
    static Plan computed(Function<S3Body, Mono<S3Reply>> answer) {
        return new Plan(Optional.empty(), List.of(), answer);
    }

    static Plan answered(Mono<S3Reply> reply) {
        return new Plan(Optional.empty(), List.of(), body -> reply);
    }
}
