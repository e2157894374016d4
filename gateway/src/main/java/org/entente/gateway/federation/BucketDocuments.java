package org.entente.gateway.federation;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.entente.backends.Bytes;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.xml.XmlWriter;
import org.entente.gateway.access.PolicyReader;
import org.entente.gateway.access.PublicAccessBlock;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.catalogue.DocumentKind;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.replication.BucketAt;
import org.entente.gateway.replication.Terms;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.model.Principal;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What owners say of their buckets: looked at before it is taken, kept in the catalogue and answered from it. What only sites
 * can do is said to each of the bucket's, and not taken unless all of them take it.
 */
record BucketDocuments(Rules rules, Terms terms, Catalogue catalogue, Journal journal) {
    private static final int LONGEST = 256 << 10;

    /** Beside the time for which gateways believe what they know of a bucket: for requests under way. */
    private static final Duration MARGIN = Duration.ofMillis(500);

    /** Of a request about a kind of document. */
    Mono<Plan> plan(S3Request request, DocumentKind kind) {
        Operation operation = request.operation();
        if (operation == kind.operations().get()) {
            return get(request, kind);
        }
        return operation == kind.operations().put() ? put(request, kind) : delete(request, kind);
    }

    private Mono<Plan> get(S3Request request, DocumentKind kind) {
        rules.place(request.operation(), request.bucket());
        return bucket(request).map(bucket -> {
            byte[] document = bucket.document(kind)
                    .map(text -> text.getBytes(UTF_8))
                    .or(() -> kind == DocumentKind.VERSIONING
                            ? Optional.of(VersioningDocument.nothing())
                            : Optional.empty())
                    .orElseThrow(() -> new S3Refusal(kind.missing(), "The " + kind + " configuration does not exist."));
            S3Reply reply = S3Reply.xml(200, document);
            if (kind == DocumentKind.POLICY) {
                reply.headers().set("content-type", "application/json");
            }
            return Plan.answered(Mono.just(reply));
        });
    }

    /** Whether the bucket's policy lets in everybody. */
    Mono<Plan> policyStatus(S3Request request) {
        rules.place(request.operation(), request.bucket());
        return bucket(request).map(bucket -> {
            String policy = bucket.document(DocumentKind.POLICY)
                    .orElseThrow(
                            () -> new S3Refusal(DocumentKind.POLICY.missing(), "The bucket policy does not exist."));
            boolean open = PolicyReader.kept(bucket.name(), policy).isPublic();
            return Plan.answered(Mono.just(S3Reply.xml(
                    200,
                    XmlWriter.s3("PolicyStatus")
                            .leaf("IsPublic", Boolean.toString(open))
                            .end("PolicyStatus"))));
        });
    }

    private Mono<Plan> put(S3Request request, DocumentKind kind) {
        Placement placement = rules.place(request.operation(), request.bucket());
        return bucket(request)
                .map(bucket -> planned(
                        placement,
                        bucket,
                        kind,
                        body -> Bytes.collect(body.content(), LONGEST)
                                .switchIfEmpty(Mono.error(() -> new S3Refusal(
                                        S3ErrorCode.ENTITY_TOO_LARGE, "The document is longer than S3 allows.")))
                                .flatMap(document -> {
                                    if (kind == DocumentKind.VERSIONING) {
                                        return versioned(placement, bucket, VersioningDocument.read(document));
                                    }
                                    check(bucket, kind, document);
                                    String kept = kind == DocumentKind.LIFECYCLE
                                            ? Lifecycle.named(document)
                                            : new String(document, UTF_8);
                                    return said(placement, bucket, kind, Optional.of(kept));
                                })));
    }

    private Mono<Plan> delete(S3Request request, DocumentKind kind) {
        Placement placement = rules.place(request.operation(), request.bucket());
        return bucket(request)
                .map(bucket ->
                        planned(placement, bucket, kind, body -> said(placement, bucket, kind, Optional.empty())));
    }

    private static Plan planned(
            Placement placement, Bucket bucket, DocumentKind kind, Function<S3Body, Mono<S3Reply>> perform) {
        return new Plan(Optional.of(placement), kind.atSites() ? sites(placement, bucket) : List.of(), perform);
    }

    private static List<Permit> sites(Placement placement, Bucket bucket) {
        return bucket.everywhere().stream()
                .flatMap(site -> placement.retrievingFrom(site).stream())
                .toList();
    }

    private void check(Bucket bucket, DocumentKind kind, byte[] document) {
        switch (kind) {
            case TAGGING -> BucketTags.check(document);
            case CORS -> CorsRules.read(document);
            case POLICY -> checkPolicy(bucket, new String(document, UTF_8));
            case PUBLIC_ACCESS_BLOCK -> PublicAccessBlock.read(document);
            case LIFECYCLE -> {
                Lifecycle.check(document);
                if (bucket.versioned()) {
                    Lifecycle.checkKeepsVersions(document);
                }
            }
            case OBJECT_LOCK -> {
                if (!bucket.lockable()) {
                    throw new S3Refusal(
                            S3ErrorCode.INVALID_BUCKET_STATE,
                            "Object Lock configuration cannot be enabled on existing buckets");
                }
            }
            case ENCRYPTION, VERSIONING -> {
                // The sites know best what they can.
            }
        }
    }

    private void checkPolicy(Bucket bucket, String text) {
        Set<String> people = terms.principals().stream()
                .map(principal -> principal.name().value())
                .collect(Collectors.toSet());
        Set<String> nations = terms.principals().stream()
                .map(Principal::spec)
                .flatMap(spec -> spec.nation().stream())
                .map(Object::toString)
                .collect(Collectors.toSet());
        try {
            boolean open =
                    PolicyReader.read(bucket.name(), text, people, nations).isPublic();
            if (open && PublicAccessBlock.of(bucket).blocksPolicies()) {
                throw new S3Refusal(
                        S3ErrorCode.ACCESS_DENIED, "Access Denied: the bucket's public access block forbids it.");
            }
        } catch (PolicyReader.Malformed e) {
            throw new S3Refusal(S3ErrorCode.MALFORMED_POLICY, String.valueOf(e.getMessage()));
        }
    }

    private Mono<S3Reply> said(Placement placement, Bucket bucket, DocumentKind kind, Optional<String> document) {
        Mono<Optional<S3Reply>> refused = kind.atSites()
                ? refusal(sites(placement, bucket), bucket, kind, document)
                : Mono.just(Optional.empty());
        Mono<Void> kept = document.map(text -> catalogue.say(bucket.name(), kind, text))
                .orElseGet(() -> catalogue.unsay(bucket.name(), kind));
        boolean gone = document.isEmpty() || kind == DocumentKind.POLICY;
        return refused.flatMap(
                reply -> reply.map(Mono::just).orElseGet(() -> kept.thenReturn(S3Reply.empty(gone ? 204 : 200))));
    }

    /**
     * Every gateway is to know before any site begins: a version that nobody took note of would be lost. What is said of the
     * bucket alone makes none.
     */
    private Mono<S3Reply> versioned(Placement placement, Bucket bucket, String document) {
        Optional<String> before = bucket.document(DocumentKind.VERSIONING);
        if (before.equals(Optional.of(document))) {
            return Mono.just(S3Reply.empty(200));
        }
        if (bucket.lockable() && document.equals(VersioningDocument.SUSPENDED)) {
            throw new S3Refusal(
                    S3ErrorCode.INVALID_BUCKET_STATE,
                    "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.");
        }
        bucket.document(DocumentKind.LIFECYCLE).ifPresent(rules -> Lifecycle.checkKeepsVersions(rules.getBytes(UTF_8)));
        // What is older at one site than at another would become a version there and not here.
        Mono<Void> settled = before.isPresent() ? Mono.empty() : Buckets.settled(journal, bucket);
        Mono<Void> unsaid = before.map(text -> catalogue.say(bucket.name(), DocumentKind.VERSIONING, text))
                .orElseGet(() -> catalogue.unsay(bucket.name(), DocumentKind.VERSIONING));
        return settled.then(catalogue.say(bucket.name(), DocumentKind.VERSIONING, document))
                .then(Mono.delay(Catalogue.FRESH.plus(MARGIN)))
                .then(refusal(
                        sites(placement, bucket),
                        bucket,
                        DocumentKind.VERSIONING,
                        // Also where they are suspended: see Bucket.atSites.
                        Optional.of(VersioningDocument.ENABLED)))
                .onErrorResume(error -> unsaid.then(Mono.error(error)))
                .flatMap(refused ->
                        refused.map(reply -> unsaid.thenReturn(reply)).orElseGet(() -> Mono.just(S3Reply.empty(200))));
    }

    /** What the first site says that does not take it; those before it are told again what held before. */
    private Mono<Optional<S3Reply>> refusal(
            List<Permit> sites, Bucket bucket, DocumentKind kind, Optional<String> document) {
        return Flux.range(0, sites.size())
                .concatMap(
                        i -> BucketAt.tell(terms, sites.get(i), kind, document)
                                .flatMap(reply -> {
                                    if (reply.succeeded() || (document.isEmpty() && reply.status() == 404)) {
                                        reply.discard();
                                        return Mono.empty();
                                    }
                                    return undone(sites.subList(0, i), bucket, kind)
                                            .thenReturn(reply);
                                })
                                .onErrorResume(error -> undone(sites.subList(0, i + 1), bucket, kind)
                                        .then(Mono.error(error))),
                        1)
                .next()
                .map(Optional::of)
                .defaultIfEmpty(Optional.empty());
    }

    private Mono<Void> undone(List<Permit> sites, Bucket bucket, DocumentKind kind) {
        return Flux.fromIterable(sites)
                .flatMap(site -> BucketAt.tell(terms, site, kind, before(bucket, kind))
                        .doOnNext(S3Reply::discard)
                        .onErrorComplete())
                .then();
    }

    /** What a site is told again; that versions were never kept cannot be said. */
    private static Optional<String> before(Bucket bucket, DocumentKind kind) {
        return bucket.atSites(kind)
                .or(() ->
                        kind == DocumentKind.VERSIONING ? Optional.of(VersioningDocument.SUSPENDED) : Optional.empty());
    }

    private Mono<Bucket> bucket(S3Request request) {
        return catalogue.find(request.bucket()).map(found -> found.orElseThrow(Refusals::noSuchBucket));
    }
}
