package org.entente.gateway.federation;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.replication.JointUpload;
import org.entente.gateway.replication.Replication;
import org.entente.gateway.replication.Replication.Task;
import org.entente.gateway.replication.Terms;
import org.entente.gateway.sites.Inquiry;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import reactor.core.publisher.Mono;

/** Requests about buckets that several sites hold. */
record JointRequests(Rules rules, Terms terms, Replication replication) {

    /** PutObject, and the beginning of an upload in parts. */
    Plan store(Placement placement, Bucket bucket, S3Request request, Facts.What object) {
        Task task = task(placement, bucket, request);
        return planned(
                task,
                body -> request.operation() == Operation.CREATE_MULTIPART_UPLOAD
                        ? replication.begin(task, object)
                        : replication.put(task, body));
    }

    /**
     * What is done to an upload under way is decided by what its object will be.
     *
     * @param alone what the object will be of an upload that was begun while the bucket lay at one site alone
     */
    Mono<Plan> upload(Bucket bucket, S3Request request, Supplier<Mono<Facts.What>> alone) {
        return found(bucket, request, alone).map(upload -> {
            Placement placement =
                    rules.place(request.operation(), request.bucket(), request.key(), Optional.of(upload.object()));
            Task task = task(placement, bucket, request);
            return new Plan(Optional.of(placement), sites(task, upload), body -> switch (request.operation()) {
                case UPLOAD_PART -> replication.part(task, upload, body);
                case COMPLETE_MULTIPART_UPLOAD -> replication.complete(task, upload, body);
                case ABORT_MULTIPART_UPLOAD -> replication.abort(task, upload);
                default -> replication.parts(task, upload);
            });
        });
    }

    /** An upload that this gateway began, or that a site did before the bucket moved. */
    Mono<JointUpload> found(Bucket bucket, S3Request request, Supplier<Mono<Facts.What>> alone) {
        return replication
                .upload(request)
                .onErrorResume(
                        S3Refusal.class,
                        unknown ->
                                bucket.move().isPresent() || !bucket.leaving().isEmpty()
                                        ? alone.get().flatMap(object -> adopted(bucket, request, object))
                                        : Mono.error(unknown));
    }

    private Mono<JointUpload> adopted(Bucket bucket, S3Request request, Facts.What object) {
        Placement placement = rules.place(request.operation(), request.bucket(), request.key(), Optional.of(object));
        return replication.adopt(task(placement, bucket, request), object);
    }

    private static List<Permit> sites(Task task, JointUpload upload) {
        return upload.sites().keySet().stream()
                .sorted()
                .flatMap(site -> task.placement().retrievingFrom(site).stream())
                .toList();
    }

    /** Changes of what is known of an object. */
    Mono<S3Reply> amend(Placement placement, Bucket bucket, S3Request request, byte[] document) {
        return replication.amend(task(placement, bucket, request), S3Body.of(document));
    }

    /** What only looks or removes, of objects and of what lies in a bucket. */
    Plan retrieve(Placement placement, Bucket bucket, S3Request request) {
        Task task = task(placement, bucket, request);
        Optional<String> version = request.query().first("versionId");
        return switch (request.operation()) {
            case DELETE_OBJECT ->
                planned(
                        task,
                        body -> version.map(id -> replication.purge(task, id))
                                .orElseGet(() -> replication.remove(task)));
            case DELETE_OBJECT_TAGGING -> planned(task, body -> replication.amend(task, S3Body.none()));
            case LIST_OBJECTS, LIST_OBJECTS_V2 -> looking(task, replication.list(task));
            case LIST_OBJECT_VERSIONS -> looking(task, replication.listVersions(task));
            case LIST_MULTIPART_UPLOADS -> looking(task, replication.uploads(request));
            case GET_OBJECT,
                    HEAD_OBJECT,
                    GET_OBJECT_ATTRIBUTES,
                    GET_OBJECT_TAGGING,
                    GET_OBJECT_RETENTION,
                    GET_OBJECT_LEGAL_HOLD -> looking(task, replication.read(task));
            default ->
                throw new S3Refusal(
                        S3ErrorCode.NOT_IMPLEMENTED,
                        request.operation().apiName() + " is not there for buckets that several sites hold.");
        };
    }

    /** Whoever of a bucket's sites, one or several, can look at an object as it is. */
    Inquiry.Witness witness(Placement placement, Bucket bucket) {
        return bucket.replicated()
                ? request -> replication.read(task(placement, bucket, request))
                : Inquiry.at(terms.sites(), rules.permit(placement, Operation.HEAD_OBJECT, bucket));
    }

    private Task task(Placement placement, Bucket bucket, S3Request request) {
        return new Task(terms, bucket, placement, request);
    }

    private Plan planned(Task task, Function<S3Body, Mono<S3Reply>> perform) {
        return new Plan(Optional.of(task.placement()), replication.targets(task), perform);
    }

    private static Plan looking(Task task, Mono<S3Reply> reply) {
        return new Plan(Optional.of(task.placement()), List.of(), body -> reply);
    }
}
