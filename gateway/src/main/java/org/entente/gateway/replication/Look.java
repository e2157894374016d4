package org.entente.gateway.replication;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.policy.decide.Permit;
import reactor.core.publisher.Mono;

/** What a site shows of a key. */
public sealed interface Look {

    /** @param head of the object, without its body */
    record Holds(HttpHeaders head) implements Look {
        public Generation generation() {
            return new Generation(head.get(Generation.HEADER, ""));
        }

        /** In quotes. */
        public String etag() {
            return head.get(HttpHeaderNames.ETAG, "");
        }

        /** In bytes. */
        public long length() {
            return Long.parseLong(head.get(HttpHeaderNames.CONTENT_LENGTH, "0"));
        }
    }

    /** There is none. */
    record Absent() implements Look {}

    /** It does not say. */
    record Silent() implements Look {}

    /** Asks a site. */
    public static Mono<Look> at(SiteDirectory sites, Permit permit) {
        return sites.perform(
                        permit,
                        S3Request.of(
                                Operation.HEAD_OBJECT,
                                permit.bucket(),
                                permit.key().orElseThrow()))
                .map(Look::of)
                .onErrorResume(Fault.class, fault -> Mono.just(new Silent()));
    }

    private static Look of(S3Reply reply) {
        reply.discard();
        if (reply.succeeded()) {
            return new Holds(reply.headers());
        }
        return reply.status() == 404 ? new Absent() : new Silent();
    }
}
