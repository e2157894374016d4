package org.entente.gateway.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.gateway.journal.PartSizes;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.policy.decide.Permit;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Finds out in which parts an object was uploaded, since its ETag comes of them. A site that tells is asked; of one that does not,
 * the parts are taken to be alike and of whole mebibytes, as clients make them.
 */
public record Boundaries(SiteDirectory sites) {
    private static final long MIB = 1 << 20;
    private static final int AT_ONCE = 8;

    /**
     * Empty where it was not uploaded in parts, or they cannot be told.
     *
     * @param size the object's, in bytes
     */
    public Mono<Optional<PartSizes>> of(Permit at, String etag, long size) {
        return of(at, Optional.empty(), etag, size);
    }

    /** @param version the site's own id of the one that is meant; the object as it is where empty */
    Mono<Optional<PartSizes>> of(Permit at, Optional<String> version, String etag, long size) {
        int parts = parts(etag);
        if (parts == 0) {
            return Mono.just(Optional.empty());
        }
        return part(at, version, 1).flatMap(first -> {
            long length = length(first);
            if (!first.succeeded() || !first.headers().contains("x-amz-mp-parts-count") || length <= 0) {
                return Mono.just(alike(parts, Math.ceilDiv(Math.ceilDiv(size, parts), MIB) * MIB, size));
            }
            Optional<PartSizes> guess = alike(parts, length, size);
            return guess.isPresent() ? Mono.just(guess) : each(at, version, parts, size);
        });
    }

    private static int parts(String etag) {
        String bare = etag.replace("\"", "");
        int dash = bare.indexOf('-');
        try {
            return dash < 0 ? 0 : Integer.parseInt(bare.substring(dash + 1));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** All of one length but the last. */
    private static Optional<PartSizes> alike(int parts, long length, long size) {
        long last = size - length * (parts - 1);
        if (last <= 0 || last > length) {
            return Optional.empty();
        }
        List<Long> sizes = new ArrayList<>();
        for (int i = 1; i < parts; i++) {
            sizes.add(length);
        }
        sizes.add(last);
        return Optional.of(new PartSizes(sizes));
    }

    private Mono<Optional<PartSizes>> each(Permit at, Optional<String> version, int parts, long size) {
        return Flux.range(1, parts)
                .flatMapSequential(number -> part(at, version, number).map(Boundaries::length), AT_ONCE)
                .collectList()
                .map(sizes -> Optional.of(new PartSizes(sizes)).filter(found -> found.total() == size));
    }

    private Mono<S3Reply> part(Permit at, Optional<String> version, int number) {
        return sites.perform(
                        at,
                        SiteVersions.of(
                                S3Request.of(
                                                Operation.HEAD_OBJECT,
                                                at.bucket(),
                                                at.key().orElseThrow())
                                        .with(Query.parse("partNumber=" + number)),
                                version))
                .doOnNext(S3Reply::discard)
                .onErrorResume(Fault.class, fault -> Mono.just(S3Reply.empty(503)));
    }

    private static long length(S3Reply head) {
        return Long.parseLong(head.headers().get("content-length", "0"));
    }
}
