package org.entente.gateway.sites;

import java.util.Map;
import java.util.Optional;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Question;
import reactor.core.publisher.Mono;

/** Asks a site what an object is that lies there already. */
public record Inquiry(SiteDirectory sites, ObjectFacts reader) {
    private static final int MAX_DOCUMENT = 64 << 10;

    /** What an object's label and tags are; those of a plain object when it is not there, which its user will find out. */
    public Mono<Facts.What> about(Permit permit) {
        String key = permit.key().orElseThrow();
        return sites.perform(permit, S3Request.of(Operation.HEAD_OBJECT, permit.bucket(), key))
                .flatMap(head -> {
                    head.discard();
                    if (!head.succeeded()) {
                        return Mono.just(Question.PLAIN);
                    }
                    Optional<String> label = reader.label(head.headers());
                    return head.headers().getInt("x-amz-tagging-count", 0) == 0
                            ? Mono.just(reader.what(label, Map.of()))
                            : tags(permit, key).map(tags -> reader.what(label, tags));
                });
    }

    private Mono<Map<String, String>> tags(Permit permit, String key) {
        return sites.perform(permit, S3Request.of(Operation.GET_OBJECT_TAGGING, permit.bucket(), key))
                .flatMap(this::document)
                .map(ObjectFacts::tags);
    }

    private Mono<byte[]> document(S3Reply reply) {
        return reply.bytes(MAX_DOCUMENT);
    }
}
