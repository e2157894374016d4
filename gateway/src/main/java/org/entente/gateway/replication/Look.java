package org.entente.gateway.replication;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Optional;
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

    /**
     * What tells an object from others of its key: its stamp or, where it bears none, its ETag in quotes.
     *
     * @param head of a GET or a HEAD
     */
    static Generation shown(HttpHeaders head) {
        String stamp = head.get(Generation.HEADER, "");
        return new Generation(stamp.isEmpty() ? head.get(HttpHeaderNames.ETAG, "") : stamp);
    }

    /** Asks a site. */
    public static Mono<Look> at(SiteDirectory sites, Permit permit) {
        return at(sites, permit, Optional.empty());
    }

    /** @param version the site's own id of one; that of the object as it is where empty */
    static Mono<Look> at(SiteDirectory sites, Permit permit, Optional<String> version) {
        return sites.perform(
                        permit,
                        SiteVersions.of(
                                S3Request.of(
                                        Operation.HEAD_OBJECT,
                                        permit.bucket(),
                                        permit.key().orElseThrow()),
                                version))
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
