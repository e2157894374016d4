package org.entente.gateway.replication;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.util.Optional;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.backends.xml.XmlReader;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.DocumentKind;
import org.entente.policy.decide.Permit;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A bucket at a site that is no member of it, or was not one when the bucket was made. */
public final class BucketAt {
    private static final int MAX_DOCUMENT = 1 << 20;

    private BucketAt() {}

    /** Completes when the bucket is there; made if it was not. */
    static Mono<Void> ensured(Terms terms, String bucket, String principal, String site) {
        return permit(terms, bucket, principal, site)
                .flatMap(permit ->
                        ensured(terms, permit, S3Request.of(Operation.CREATE_BUCKET, permit.bucket()), Mono.empty()));
    }

    /** Completes when the bucket is there, and has been told what its owner asks for; made if it was not. */
    public static Mono<Void> ensured(Terms terms, Bucket bucket, String principal, String site) {
        return permit(terms, bucket.name(), principal, site)
                .flatMap(permit -> ensured(terms, permit, creation(bucket, permit), told(terms, bucket, permit))
                        // One that has stood in before may have been told when no versions were kept yet.
                        .then(keepingVersions(terms, bucket, permit)));
    }

    private static S3Request creation(Bucket bucket, Permit permit) {
        S3Request plain = S3Request.of(Operation.CREATE_BUCKET, permit.bucket());
        return bucket.lockable()
                ? plain.with(new DefaultHttpHeaders().set("x-amz-bucket-object-lock-enabled", "true"))
                : plain;
    }

    private static Mono<Void> keepingVersions(Terms terms, Bucket bucket, Permit permit) {
        return Mono.justOrEmpty(bucket.atSites(DocumentKind.VERSIONING))
                .filter(text -> !bucket.home().wanted().contains(JointWrite.site(permit)))
                .flatMap(text -> tell(terms, permit, DocumentKind.VERSIONING, Optional.of(text)))
                .flatMap(BucketAt::taken);
    }

    private static Mono<Void> taken(S3Reply reply) {
        reply.discard();
        return reply.succeeded()
                ? Mono.empty()
                : Mono.error(
                        new Copier.Failed("a site does not take what the bucket's owner asks for: " + reply.status()));
    }

    private static Mono<Permit> permit(Terms terms, String bucket, String principal, String site) {
        return Mono.justOrEmpty(terms.of(bucket, principal).flatMap(placement -> placement.storingAt(site)))
                .switchIfEmpty(Mono.error(() -> new Copier.Failed("the fence does not permit the bucket at " + site)));
    }

    private static Mono<Void> ensured(Terms terms, Permit permit, S3Request creation, Mono<Void> told) {
        return isThere(terms, permit)
                .flatMap(there -> there
                        ? Mono.empty()
                        : terms.sites()
                                .perform(permit, creation)
                                .flatMap(BucketAt::made)
                                .then(told));
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
                    if (reply.status() >= 500 && reply.status() != 501) {
                        throw new Copier.Failed("a site does not say whether it keeps versions: " + reply.status());
                    }
                    try {
                        return reply.succeeded()
                                && XmlReader.read(document).textOf("Status").isPresent();
                    } catch (XmlReader.MalformedXml e) {
                        throw new Copier.Failed("an answer that cannot be read");
                    }
                }));
    }

    /** Tells a site what of its owner's words about the bucket only the sites can do. */
    public static Mono<Void> told(Terms terms, Bucket bucket, Permit permit) {
        return Flux.fromIterable(bucket.documents().entrySet())
                .filter(said -> said.getKey().atSites())
                .concatMap(said -> tell(terms, permit, said.getKey(), bucket.atSites(said.getKey())))
                .concatMap(BucketAt::taken)
                .then();
    }

    /**
     * Tells a site one thing.
     *
     * @param document none to take back what was said
     */
    public static Mono<S3Reply> tell(Terms terms, Permit permit, DocumentKind kind, Optional<String> document) {
        S3Request bare = S3Request.of(
                        document.isPresent()
                                ? kind.operations().put()
                                : kind.operations().delete(),
                        permit.bucket())
                .with(Query.parse(kind.toString()));
        return terms.sites()
                .perform(
                        permit,
                        document.map(text -> bare.withDocument(text.getBytes(UTF_8)))
                                .orElse(bare));
    }

    private static Mono<Void> made(S3Reply reply) {
        reply.discard();
        return reply.succeeded() || reply.status() == 409
                ? Mono.empty()
                : Mono.error(
                        new Fault("a site", new Fault.Unintelligible(), "cannot make a bucket: " + reply.status()));
    }
}
