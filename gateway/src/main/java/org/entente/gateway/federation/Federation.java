package org.entente.gateway.federation;

import java.time.Clock;
import org.entente.backends.S3Request;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.replication.Replication;
import org.entente.gateway.replication.Terms;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.policy.model.Principal;
import reactor.core.publisher.Mono;

/** One S3 service made of many sites: decides for each request what is done where. */
public final class Federation {
    private final Catalogue catalogue;
    private final Uploads uploads;
    private final Replication replication;
    private final Buckets buckets;

    /** @param region what clients are told when they ask where a bucket is */
    public Federation(
            Catalogue catalogue,
            Uploads uploads,
            Journal journal,
            Replication replication,
            String region,
            Clock clock) {
        this.catalogue = catalogue;
        this.uploads = uploads;
        this.replication = replication;
        this.buckets = new Buckets(catalogue, journal, region, clock);
    }

    /**
     * Decides.
     *
     * @param request without its body, which the plan asks for
     * @return the plan, or an {@link S3Refusal}; no byte has been sent anywhere yet
     */
    public Mono<Plan> plan(Terms terms, Principal principal, S3Request request) {
        Rules rules = new Rules(terms.engine(), principal);
        SiteDirectory sites = terms.sites();
        JointRequests joint = new JointRequests(rules, terms, replication);
        ObjectRequests objects = new ObjectRequests(rules, sites, catalogue, uploads, joint);
        return Mono.defer(() -> switch (request.operation()) {
            case LIST_BUCKETS -> Mono.just(buckets.list(rules));
            case CREATE_BUCKET -> buckets.create(rules, sites, request);
            case HEAD_BUCKET -> buckets.head(rules, request);
            case GET_BUCKET_LOCATION -> buckets.location(rules, request);
            case DELETE_BUCKET -> buckets.delete(rules, sites, request);
            case DELETE_OBJECTS -> DeleteMany.plan(rules, terms, replication, request, bucket(request));
            case COPY_OBJECT, UPLOAD_PART_COPY -> objects.copy(request);
            case PUT_OBJECT, CREATE_MULTIPART_UPLOAD -> objects.put(request);
            case UPLOAD_PART -> objects.part(request);
            case COMPLETE_MULTIPART_UPLOAD, ABORT_MULTIPART_UPLOAD -> objects.end(request);
            case LIST_PARTS -> objects.parts(request);
            case PUT_OBJECT_TAGGING, PUT_OBJECT_RETENTION, PUT_OBJECT_LEGAL_HOLD -> objects.amend(request);
            default -> objects.retrieve(request);
        });
    }

    private Mono<Bucket> bucket(S3Request request) {
        return catalogue.find(request.bucket()).map(found -> found.orElseThrow(Refusals::noSuchBucket));
    }
}
