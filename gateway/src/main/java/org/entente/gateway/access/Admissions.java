package org.entente.gateway.access;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import java.time.Clock;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.entente.backends.S3Request;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.catalogue.DocumentKind;
import org.entente.gateway.journal.ObjectName;
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
     * @param named the buckets and objects that the request speaks of; of a bucket as a whole, the key is empty
     * @param tags asked only where a policy's condition does
     */
    public Mono<Admission> of(Requester requester, S3Request request, Collection<ObjectName> named, Tags tags) {
        return Flux.fromIterable(named)
                .concatMap(object -> catalogue
                        .find(object.bucket())
                        .flatMap(found ->
                                found.map(bucket -> said(bucket, object, tags)).orElse(Mono.empty())))
                .collectList()
                .map(said -> new Admission(requester, request, clock.instant(), said));
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
