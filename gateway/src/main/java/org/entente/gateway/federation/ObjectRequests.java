package org.entente.gateway.federation;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.entente.backends.Bytes;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.xml.XmlReader;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.replication.JointUpload;
import org.entente.gateway.sites.Inquiry;
import org.entente.gateway.sites.ObjectFacts;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.Question;
import reactor.core.publisher.Mono;

/** Objects: decided by what they are and will be, as far as that can be known, and sent to or fetched from a member. */
record ObjectRequests(Rules rules, SiteDirectory sites, Catalogue catalogue, Uploads uploads, JointRequests joint) {
    private static final int MAX_DOCUMENT = 1 << 20;

    /** A copy becomes what its headers say where they replace what the source is; else what the source is. */
    Mono<Plan> copy(S3Request request) {
        Copy copy = new Copy(rules, joint.terms(), catalogue, joint.replication(), joint);
        if (request.operation() == Operation.UPLOAD_PART_COPY) {
            return becoming(request).flatMap(object -> copy.plan(request, bucket(request), Optional.of(object)));
        }
        boolean replaces = "REPLACE".equalsIgnoreCase(request.headers().get("x-amz-metadata-directive"))
                && "REPLACE".equalsIgnoreCase(request.headers().get("x-amz-tagging-directive"));
        Optional<Facts.What> becoming =
                replaces ? Optional.of(rules.objectFacts().stored(request.headers())) : Optional.empty();
        return copy.plan(request, bucket(request), becoming);
    }

    Mono<Plan> put(S3Request request) {
        return store(request, rules.objectFacts().stored(request.headers()));
    }

    Mono<Plan> part(S3Request request) {
        return ofUpload(request, () -> upload(request).flatMap(object -> store(request, object)));
    }

    Mono<Plan> end(S3Request request) {
        return ofUpload(request, () -> upload(request).flatMap(object -> end(request, object)));
    }

    Mono<Plan> parts(S3Request request) {
        return ofUpload(request, () -> retrieve(request));
    }

    /** Decided first as far as it can be: who has no grant learns nothing of buckets and uploads. */
    private Mono<Plan> ofUpload(S3Request request, Supplier<Mono<Plan>> atOneSite) {
        rules.place(request.operation(), request.bucket(), request.key(), Optional.of(Question.PLAIN));
        return bucket(request)
                .flatMap(bucket ->
                        bucket.replicated() ? joint.upload(bucket, request, () -> upload(request)) : atOneSite.get());
    }

    /** What an upload under way will become. */
    private Mono<Facts.What> becoming(S3Request request) {
        rules.place(request.operation(), request.bucket(), request.key(), Optional.of(Question.PLAIN));
        return bucket(request)
                .flatMap(bucket -> bucket.replicated()
                        ? joint.found(bucket, request, () -> upload(request)).map(JointUpload::object)
                        : upload(request));
    }

    private Mono<Plan> store(S3Request request, Facts.What object) {
        Placement placement = rules.place(request.operation(), request.bucket(), request.key(), Optional.of(object));
        return bucket(request).map(bucket -> {
            if (bucket.replicated()) {
                return joint.store(placement, bucket, request, object);
            }
            Permit permit = rules.permit(placement, request.operation(), bucket);
            return new Plan(
                    Optional.of(placement),
                    List.of(permit),
                    body -> sites.performAlone(permit, request.with(body))
                            .flatMap(reply -> remember(request, object, reply)));
        });
    }

    /** An upload's parts bear neither label nor tags, so that what its beginning said is kept until its end. */
    private Mono<S3Reply> remember(S3Request request, Facts.What object, S3Reply reply) {
        if (request.operation() == Operation.CREATE_MULTIPART_UPLOAD
                && reply.succeeded()
                && !object.equals(Question.PLAIN)) {
            return reply.bytes(MAX_DOCUMENT)
                    .flatMap(document -> uploads.add(
                                    request.bucket(), request.key().orElseThrow(), uploadId(document), object)
                            .thenReturn(new S3Reply(
                                    reply.status(),
                                    reply.headers(),
                                    S3Reply.xml(200, document).body())));
        }
        return Mono.just(reply);
    }

    private static String uploadId(byte[] document) {
        try {
            return XmlReader.read(document).textOf("UploadId").orElseThrow(ObjectRequests::unreadable);
        } catch (XmlReader.MalformedXml e) {
            throw unreadable();
        }
    }

    private static S3Refusal unreadable() {
        return new S3Refusal(S3ErrorCode.INTERNAL_ERROR, "A site gave an answer that cannot be read.");
    }

    private Mono<Facts.What> upload(S3Request request) {
        return uploads.find(
                request.bucket(),
                request.key().orElseThrow(),
                request.query().first("uploadId").orElse(""));
    }

    private Mono<Plan> end(S3Request request, Facts.What object) {
        Placement placement = rules.place(request.operation(), request.bucket(), request.key(), Optional.of(object));
        return bucket(request).map(bucket -> {
            Permit permit = rules.permit(placement, request.operation(), bucket);
            return new Plan(
                    Optional.of(placement),
                    List.of(permit),
                    body -> sites.performAlone(permit, request.with(body))
                            .flatMap(reply -> reply.succeeded() && !object.equals(Question.PLAIN)
                                    ? uploads.remove(
                                                    request.bucket(),
                                                    request.key().orElseThrow(),
                                                    request.query()
                                                            .first("uploadId")
                                                            .orElse(""))
                                            .thenReturn(reply)
                                    : Mono.just(reply)));
        });
    }

    /** An object's ACL is its bucket's, if there is the object. */
    Mono<Plan> acl(S3Request request, HttpHeaders headers) {
        Placement placement = rules.place(request.operation(), request.bucket(), request.key(), Optional.empty());
        return bucket(request)
                .delayUntil(bucket -> joint.witness(placement, bucket)
                        .ask(S3Request.of(
                                        Operation.HEAD_OBJECT,
                                        request.bucket(),
                                        request.key().orElseThrow())
                                .with(request.query().without("acl"::equals)))
                        .doOnNext(reply -> {
                            reply.discard();
                            if (reply.status() == 404) {
                                throw new S3Refusal(S3ErrorCode.NO_SUCH_KEY, "The specified key does not exist.");
                            }
                            if (!reply.succeeded()) {
                                throw Refusals.unavailable();
                            }
                        }))
                .map(bucket -> new Ownership(bucket).acl(request, headers));
    }

    /** What changes an object that is there already is decided by what it is, and by what its tags will be. */
    Mono<Plan> amend(S3Request request) {
        Placement first =
                rules.place(request.operation(), request.bucket(), request.key(), Optional.of(Question.PLAIN));
        return bucket(request).map(bucket -> {
            List<Permit> there = bucket.home().holding().stream()
                    .flatMap(site -> first.retrievingFrom(site).stream())
                    .toList();
            return new Plan(
                    Optional.of(first),
                    there,
                    body -> Bytes.collect(body.content(), MAX_DOCUMENT)
                            .switchIfEmpty(Mono.error(Refusals::malformedXml))
                            .flatMap(document -> new Inquiry(rules.objectFacts())
                                    .about(
                                            bucket.name(),
                                            request.key().orElseThrow(),
                                            request.query().first("versionId"),
                                            joint.witness(first, bucket))
                                    .map(found -> amended(request, document, found))
                                    .flatMap(object -> {
                                        Placement placement =
                                                rules.placed(first.question().knowing(object));
                                        if (bucket.replicated()) {
                                            return joint.amend(placement, bucket, request, document);
                                        }
                                        Permit permit = rules.permit(placement, request.operation(), bucket);
                                        return sites.performAlone(permit, request.with(S3Body.of(document)));
                                    })));
        });
    }

    private Facts.What amended(S3Request request, byte[] document, Facts.What found) {
        return request.operation() == Operation.PUT_OBJECT_TAGGING
                ? rules.objectFacts()
                        .what(Optional.of(found.label()).filter(l -> !l.isEmpty()), ObjectFacts.tags(document))
                : found;
    }

    /** What only looks or removes sends no byte of any object; the answer to a reader is judged by the label it bears. */
    Mono<Plan> retrieve(S3Request request) {
        Placement placement = rules.place(request.operation(), request.bucket(), request.key(), Optional.empty());
        return bucket(request).map(bucket -> {
            if (bucket.replicated()) {
                Plan plan = joint.retrieve(placement, bucket, request);
                return new Plan(
                        plan.placement(),
                        plan.permits(),
                        body -> plan.perform().apply(body).map(reply -> cleared(placement, reply)));
            }
            Permit permit = rules.permit(placement, request.operation(), bucket);
            return new Plan(
                    Optional.of(placement),
                    List.of(permit),
                    body -> (request.operation().effect() == Operation.Effect.LOOK
                                    ? sites.perform(permit, request)
                                    : sites.performAlone(permit, request.with(body)))
                            .map(reply -> cleared(placement, reply))
                            .flatMap(reply ->
                                    namesOwners(request) ? new Ownership(bucket).named(reply) : Mono.just(reply)));
        });
    }

    private static boolean namesOwners(S3Request request) {
        return switch (request.operation()) {
            case LIST_OBJECTS, LIST_OBJECT_VERSIONS, LIST_MULTIPART_UPLOADS, LIST_PARTS -> true;
            case LIST_OBJECTS_V2 -> request.query().has("fetch-owner");
            default -> false;
        };
    }

    private S3Reply cleared(Placement placement, S3Reply reply) {
        // A bucket of one copy may have had more.
        reply.headers().remove(Generation.HEADER);
        ObjectFacts reader = rules.objectFacts();
        reader.label(reply.headers()).filter(label -> reply.succeeded()).ifPresent(label -> {
            try {
                rules.placed(placement.question().knowing(reader.what(Optional.of(label), Map.of())));
            } catch (S3Refusal refusal) {
                reply.discard();
                throw refusal;
            }
        });
        return reply;
    }

    private Mono<Bucket> bucket(S3Request request) {
        return catalogue.find(request.bucket()).map(found -> found.orElseThrow(Refusals::noSuchBucket));
    }
}
