package org.entente.gateway.sites;

import java.util.Map;
import java.util.Optional;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Question;
import reactor.core.publisher.Mono;

/** Asks what an object is that lies at some site already. */
public record Inquiry(ObjectFacts reader) {
    private static final int MAX_DOCUMENT = 64 << 10;

    /** Whoever can look at the object. */
    public interface Witness {
        Mono<S3Reply> ask(S3Request request);
    }

    /** One site. */
    public static Witness at(SiteDirectory sites, Permit permit) {
        return request -> sites.perform(permit, request);
    }

    /**
     * What an object's label and tags are; those of a plain object when it is not there, which its user will find out. What is
     * not known is never taken for plain.
     */
    public Mono<Facts.What> about(String bucket, String key, Witness witness) {
        return about(bucket, key, Optional.empty(), witness);
    }

    /** @param version the one that is meant; the object as it is where empty */
    public Mono<Facts.What> about(String bucket, String key, Optional<String> version, Witness asked) {
        Witness witness = request ->
                asked.ask(version.map(id -> request.with(request.query().with("versionId", id)))
                        .orElse(request));
        return witness.ask(S3Request.of(Operation.HEAD_OBJECT, bucket, key)).flatMap(head -> {
            head.discard();
            if (head.status() == 501) {
                return Mono.error(new S3Refusal(
                        S3ErrorCode.NOT_IMPLEMENTED, "The store that holds the object does not know versions."));
            }
            if (head.status() >= 500) {
                return Mono.error(Refusals.unavailable());
            }
            if (!head.succeeded()) {
                return Mono.just(Question.PLAIN);
            }
            Optional<String> label = reader.label(head.headers());
            return head.headers().getInt("x-amz-tagging-count", 0) == 0
                    ? Mono.just(reader.what(label, Map.of()))
                    : tags(bucket, key, witness).map(tags -> reader.what(label, tags));
        });
    }

    private static Mono<Map<String, String>> tags(String bucket, String key, Witness witness) {
        return witness.ask(
                        S3Request.of(Operation.GET_OBJECT_TAGGING, bucket, key).with(Query.parse("tagging")))
                .flatMap(reply -> reply.bytes(MAX_DOCUMENT))
                .map(ObjectFacts::tags);
    }
}
