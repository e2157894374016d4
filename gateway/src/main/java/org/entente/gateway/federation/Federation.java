package org.entente.gateway.federation;

import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.entente.backends.S3Request;
import org.entente.gateway.access.Admission;
import org.entente.gateway.access.Admissions;
import org.entente.gateway.access.Requester;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.catalogue.DocumentKind;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.replication.Replication;
import org.entente.gateway.replication.Terms;
import org.entente.gateway.sites.Inquiry;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.Question;
import reactor.core.publisher.Mono;

/** One S3 service made of many sites: decides for each request what is done where. */
public final class Federation {
    private final Catalogue catalogue;
    private final Journal journal;
    private final Uploads uploads;
    private final Replication replication;
    private final Buckets buckets;
    private final Admissions admissions;

    /** @param region what clients are told when they ask where a bucket is */
    public Federation(
            Catalogue catalogue,
            Uploads uploads,
            Journal journal,
            Versions versions,
            Replication replication,
            String region,
            Clock clock) {
        this.catalogue = catalogue;
        this.journal = journal;
        this.uploads = uploads;
        this.replication = replication;
        this.buckets = new Buckets(catalogue, journal, versions, region, clock);
        this.admissions = new Admissions(catalogue, clock);
    }

    /**
     * Decides.
     *
     * @param request without its body, which the plan asks for
     * @return the plan, or an {@link S3Refusal}; no byte has been sent anywhere yet
     */
    public Mono<Plan> plan(Terms terms, Requester requester, S3Request request) {
        return Mono.defer(() -> admissions
                .of(
                        requester,
                        request,
                        Optional.of(new ObjectName(
                                        request.bucket(), request.key().orElse("")))
                                .filter(target -> !target.bucket().isEmpty()),
                        CopySource.of(request.headers()).map(source -> new ObjectName(source.bucket(), source.key())),
                        (bucket, object) -> tags(terms, requester, bucket, object))
                .flatMap(admission -> plan(terms, requester, admission, request))
                // Not before: who may not store at all is told that, and no more.
                .doOnNext(plan -> Ownership.refuseAcls(request, requester.headers())));
    }

    private Mono<Plan> plan(Terms terms, Requester requester, Admission admission, S3Request request) {
        Rules rules = new Rules(terms.engine(), requester.principal(), admission);
        JointRequests joint = new JointRequests(rules, terms, replication);
        ObjectRequests objects = new ObjectRequests(rules, terms.sites(), catalogue, uploads, joint);
        Optional<DocumentKind> kind = DocumentKind.of(request.operation());
        if (kind.isPresent()) {
            BucketDocuments documents = new BucketDocuments(rules, terms, catalogue, journal);
            if (!kind.get().ofSeveralSites()) {
                return documents.plan(request, kind.get());
            }
            // Decided first: who has no grant does not learn which buckets there are.
            rules.place(request.operation(), request.bucket());
            return bucket(request)
                    .flatMap(bucket ->
                            bucket.replicated() ? documents.plan(request, kind.get()) : objects.retrieve(request));
        }
        return switch (request.operation()) {
            case LIST_BUCKETS -> Mono.just(buckets.list(rules, request));
            case CREATE_BUCKET -> buckets.create(rules, terms.sites(), request);
            case HEAD_BUCKET -> buckets.head(rules, request);
            case GET_BUCKET_LOCATION -> buckets.location(rules, request);
            case DELETE_BUCKET -> buckets.delete(rules, terms.sites(), request);
            case GET_BUCKET_POLICY_STATUS ->
                new BucketDocuments(rules, terms, catalogue, journal).policyStatus(request);
            case GET_BUCKET_OWNERSHIP_CONTROLS, PUT_BUCKET_OWNERSHIP_CONTROLS, DELETE_BUCKET_OWNERSHIP_CONTROLS ->
                ofBucket(rules, request, bucket -> new Ownership(bucket).controls(request));
            case GET_BUCKET_ACL, PUT_BUCKET_ACL ->
                ofBucket(rules, request, bucket -> new Ownership(bucket).acl(request, requester.headers()));
            case GET_OBJECT_ACL, PUT_OBJECT_ACL -> objects.acl(request, requester.headers());
            case GET_BUCKET_NOTIFICATION, PUT_BUCKET_NOTIFICATION ->
                ofBucket(rules, request, bucket -> Notifications.plan(request));
            case DELETE_OBJECTS -> DeleteMany.plan(rules, terms, replication, request, bucket(request));
            case COPY_OBJECT, UPLOAD_PART_COPY -> objects.copy(request);
            case PUT_OBJECT, CREATE_MULTIPART_UPLOAD -> objects.put(request);
            case UPLOAD_PART -> objects.part(request);
            case COMPLETE_MULTIPART_UPLOAD, ABORT_MULTIPART_UPLOAD -> objects.end(request);
            case LIST_PARTS -> objects.parts(request);
            case PUT_OBJECT_TAGGING, PUT_OBJECT_RETENTION, PUT_OBJECT_LEGAL_HOLD -> objects.amend(request);
            default -> objects.retrieve(request);
        };
    }

    private Mono<Plan> ofBucket(Rules rules, S3Request request, Function<Bucket, Plan> plan) {
        rules.place(request.operation(), request.bucket());
        return bucket(request).map(plan);
    }

    /** For the bucket's own policy, which may ask for them: whoever asks, the sites are asked in the bucket's name. */
    private Mono<Map<String, String>> tags(Terms terms, Requester requester, Bucket bucket, ObjectName object) {
        Placement placement = terms.of(object, bucket.owner(), Question.PLAIN).orElseThrow(Refusals::unavailable);
        Rules rules = new Rules(terms.engine(), requester.principal(), Admission.none(requester));
        JointRequests joint = new JointRequests(rules, terms, replication);
        return new Inquiry(rules.objectFacts())
                .about(bucket.name(), object.key(), joint.witness(placement, bucket))
                .map(Facts.What::tags);
    }

    private Mono<Bucket> bucket(S3Request request) {
        return catalogue.find(request.bucket()).map(found -> found.orElseThrow(Refusals::noSuchBucket));
    }
}
