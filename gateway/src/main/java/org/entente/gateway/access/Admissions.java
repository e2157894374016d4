package org.entente.gateway.access;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.entente.backends.S3Request;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.catalogue.DocumentKind;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.journal.ObjectName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Gathers what the owners of the buckets that a request names say of it. */
public final class Admissions {
    private static final int POLICIES = 1000;

    private record Text(String bucket, String policy) {}

    /** Tells the tags of an object that is there already. */
    public interface Tags {
        Mono<Map<String, String>> of(Bucket bucket, ObjectName object);
    }

    private final Catalogue catalogue;
    private final Clock clock;
    private final LoadingCache<Text, BucketPolicy> policies =
            Caffeine.newBuilder().maximumSize(POLICIES).build(text -> PolicyReader.kept(text.bucket(), text.policy()));

    public Admissions(Catalogue catalogue, Clock clock) {
        this.catalogue = catalogue;
        this.clock = clock;
    }

    /**
     * @param target what the request is about; of a bucket as a whole, the key is empty
     * @param source what it copies
     * @param tags asked only where a policy's condition does
     */
    public Mono<Admission> of(
            Requester requester,
            S3Request request,
            Optional<ObjectName> target,
            Optional<ObjectName> source,
            Tags tags) {
        return Flux.concat(
                        said(requester, "x-amz-expected-bucket-owner", target, tags),
                        said(requester, "x-amz-source-expected-bucket-owner", source, tags))
                .collectList()
                .map(said -> new Admission(requester, request, clock.instant(), said));
    }

    private Mono<Admission.Said> said(Requester requester, String owner, Optional<ObjectName> named, Tags tags) {
        return Mono.justOrEmpty(named)
                .flatMap(object -> catalogue
                        .find(object.bucket())
                        .flatMap(Mono::justOrEmpty)
                        .doOnNext(
                                bucket -> checkOwner(bucket, requester.headers().get(owner)))
                        .flatMap(bucket -> said(bucket, object, tags)));
    }

    /** Who says whose bucket it must be is not to reach another's of the same name. */
    private static void checkOwner(Bucket bucket, @Nullable String expected) {
        if (expected != null && !expected.equals(bucket.owner())) {
            throw new S3Refusal(
                    S3ErrorCode.ACCESS_DENIED,
                    "Access Denied",
                    "bucket " + bucket.name() + " is not " + expected + "'s but " + bucket.owner() + "'s");
        }
    }

    private Mono<Admission.Said> said(Bucket bucket, ObjectName object, Tags tags) {
        Optional<BucketPolicy> policy =
                bucket.document(DocumentKind.POLICY).map(text -> policies.get(new Text(bucket.name(), text)));
        boolean needsTags = !object.key().isEmpty()
                && policy.filter(BucketPolicy::asksForTags).isPresent();
        Mono<Map<String, String>> existing = needsTags ? tags.of(bucket, object) : Mono.just(Map.of());
        return existing.map(found -> new Admission.Said(bucket, policy, found));
    }
}
