package org.entente.gateway.federation;

import java.time.Clock;
import java.util.Optional;
import org.entente.backends.S3Request;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3Refusal;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.model.Principal;
import reactor.core.publisher.Mono;

/** One S3 service made of many sites: decides for each request what is done where. */
public final class Federation {
    private final Catalogue catalogue;
    private final Buckets buckets;

    /** @param region what clients are told when they ask where a bucket is */
    public Federation(Catalogue catalogue, String region, Clock clock) {
        this.catalogue = catalogue;
        this.buckets = new Buckets(catalogue, region, clock);
    }

    /**
     * Decides.
     *
     * @param request without its body, which the plan asks for
     * @return the plan, or an {@link S3Refusal}; no byte has been sent anywhere yet
     */
    public Mono<Plan> plan(PolicyEngine engine, SiteDirectory sites, Principal principal, S3Request request) {
        Rules rules = new Rules(engine, principal);
        return Mono.defer(() -> switch (request.operation()) {
            case LIST_BUCKETS -> Mono.just(buckets.list(rules));
            case CREATE_BUCKET -> buckets.create(rules, sites, request);
            case HEAD_BUCKET -> buckets.head(rules, request);
            case GET_BUCKET_LOCATION -> buckets.location(rules, request);
            case DELETE_BUCKET -> buckets.delete(rules, sites, request);
            case DELETE_OBJECTS -> DeleteMany.plan(rules, sites, request, bucket(request));
            case COPY_OBJECT, UPLOAD_PART_COPY -> new Copy(rules, sites, catalogue).plan(request, bucket(request));
            default -> forward(rules, sites, request);
        });
    }

    private Mono<Plan> forward(Rules rules, SiteDirectory sites, S3Request request) {
        // Decided first: who has no grant does not learn which buckets there are.
        Placement placement = rules.place(request.operation(), request.bucket(), request.key());
        return bucket(request).map(bucket -> {
            Permit permit = Rules.permit(placement, request.operation(), bucket);
            return new Plan(
                    Optional.of(placement), Optional.of(permit), body -> sites.perform(permit, request.with(body)));
        });
    }

    private Mono<Bucket> bucket(S3Request request) {
        return catalogue.find(request.bucket()).map(found -> found.orElseThrow(Refusals::noSuchBucket));
    }
}
