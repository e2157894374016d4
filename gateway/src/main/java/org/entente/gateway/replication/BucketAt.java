package org.entente.gateway.replication;

import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.backends.xml.XmlReader;
import org.entente.policy.decide.Permit;
import reactor.core.publisher.Mono;

/** A bucket at a site that is no member of it, or was not one when the bucket was made. */
public final class BucketAt {
    private static final int MAX_DOCUMENT = 1 << 20;

    private BucketAt() {}

    /** Completes when the bucket is there; made if it was not. */
    public static Mono<Void> ensured(Terms terms, String bucket, String principal, String site) {
        return terms.of(bucket, principal)
                .flatMap(placement -> placement.storingAt(site))
                .map(permit -> ensured(terms, permit))
                .orElseGet(() -> Mono.error(new Copier.Failed("the fence does not permit the bucket at " + site)));
    }

    private static Mono<Void> ensured(Terms terms, Permit permit) {
        return isThere(terms, permit)
                .flatMap(there -> there
                        ? Mono.empty()
                        : terms.sites()
                                .perform(permit, S3Request.of(Operation.CREATE_BUCKET, permit.bucket()))
                                .flatMap(BucketAt::made));
    }

    /** False when the site says that there is no such bucket. */
    public static Mono<Boolean> isThere(Terms terms, Permit permit) {
        return terms.sites()
                .perform(permit, S3Request.of(Operation.HEAD_BUCKET, permit.bucket()))
                .doOnNext(S3Reply::discard)
                .map(reply -> reply.status() != 404);
    }

    /** Whether the site keeps, or has kept, more than one version of the bucket's objects. */
    public static Mono<Boolean> hasVersions(Terms terms, Permit permit) {
        return terms.sites()
                .perform(
                        permit,
                        S3Request.of(Operation.GET_BUCKET_VERSIONING, permit.bucket())
                                .with(Query.parse("versioning")))
                .flatMap(reply -> reply.bytes(MAX_DOCUMENT).map(document -> {
                    try {
                        return reply.succeeded()
                                && XmlReader.read(document).textOf("Status").isPresent();
                    } catch (XmlReader.MalformedXml e) {
                        throw new Copier.Failed("an answer that cannot be read");
                    }
                }));
    }

    /** Gives a bucket at a site the tags that it has at another. */
    public static Mono<Void> tagged(Terms terms, Permit from, Permit to) {
        Query tagging = Query.parse("tagging");
        return terms.sites()
                .perform(
                        from,
                        S3Request.of(Operation.GET_BUCKET_TAGGING, from.bucket())
                                .with(tagging))
                .flatMap(reply -> reply.bytes(MAX_DOCUMENT)
                        .filter(document -> reply.succeeded())
                        .flatMap(document -> terms.sites()
                                .perform(
                                        to,
                                        S3Request.of(Operation.PUT_BUCKET_TAGGING, to.bucket())
                                                .with(tagging)
                                                .with(S3Body.of(document)))))
                .doOnNext(S3Reply::discard)
                .then();
    }

    private static Mono<Void> made(S3Reply reply) {
        reply.discard();
        return reply.succeeded() || reply.status() == 409
                ? Mono.empty()
                : Mono.error(
                        new Fault("a site", new Fault.Unintelligible(), "cannot make a bucket: " + reply.status()));
    }
}
