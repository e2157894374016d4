package org.entente.gateway.replication;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.entente.backends.Checksum;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlWriter;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.PartSizes;
import org.entente.gateway.sites.ObjectFacts;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.policy.decide.Permit;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Copies an object as it is from one site to another: bytes, metadata, tags, and the boundaries of its parts.
 *
 * @param patient whether nobody waits for it, so that it keeps to the rate that a site is to be copied to with
 * @param version the source's own id of the version to be copied; the object as it is where empty
 */
record Copier(SiteDirectory sites, boolean patient, Optional<String> version) {
    private static final int MAX_DOCUMENT = 4 << 20;

    private static final Set<String> KEPT = Set.of(
            "cache-control",
            "content-disposition",
            "content-encoding",
            "content-language",
            "content-type",
            "expires",
            "x-amz-object-lock-legal-hold",
            "x-amz-object-lock-mode",
            "x-amz-object-lock-retain-until-date",
            "x-amz-storage-class",
            "x-amz-website-redirect-location");

    Copier(SiteDirectory sites, boolean patient) {
        this(sites, patient, Optional.empty());
    }

    /** The object is not what it should be, or the target would not take it. */
    static final class Failed extends RuntimeException {
        Failed(String reason) {
            super(reason, null, false, false);
        }
    }

    /**
     * @param generation what the source must show; none means whatever is there
     * @param parts how it was uploaded
     * @param last subscribed when nothing but the last byte is left to be sent; the copy ends once it has completed
     * @return the target's reply to the write, a success
     */
    Mono<S3Reply> copy(Permit from, Permit to, Generation generation, Optional<PartSizes> parts, Mono<?> last) {
        return parts.isPresent() ? inParts(from, to, generation, parts.get(), last) : whole(from, to, generation, last);
    }

    private Mono<S3Reply> whole(Permit from, Permit to, Generation generation, Mono<?> last) {
        return get(from, Optional.empty(), generation)
                .flatMap(answer -> answer.lent(source -> tags(from, source).flatMap(tags -> {
                    long length = length(source);
                    S3Request put = S3Request.of(Operation.PUT_OBJECT, to.bucket(), key(to))
                            .with(headers(source, tags, true));
                    if (length == 0) {
                        return last.then(Mono.defer(() -> sites.perform(to, put.with(S3Body.none()))));
                    }
                    S3Body body = new S3Body(length, throttled(to, source), Optional.empty());
                    return sites.perform(
                            to, put.with(new S3Body(length, LastByte.follows(last, body), Optional.empty())));
                })))
                .flatMap(Copier::taken);
    }

    private Mono<S3Reply> inParts(Permit from, Permit to, Generation generation, PartSizes parts, Mono<?> last) {
        return head(from, generation)
                .flatMap(source -> tags(from, source)
                        .flatMap(tags -> sites.perform(
                                to,
                                S3Request.of(Operation.CREATE_MULTIPART_UPLOAD, to.bucket(), key(to))
                                        .with(Query.parse("uploads"))
                                        .with(headers(source, tags, false)))))
                .flatMap(Copier::taken)
                .flatMap(reply -> reply.bytes(MAX_DOCUMENT))
                .map(Copier::uploadId)
                .flatMap(id -> parts(from, to, generation, parts, id)
                        .collectList()
                        .flatMap(etags -> last.then(Mono.defer(() -> sites.perform(
                                to,
                                S3Request.of(Operation.COMPLETE_MULTIPART_UPLOAD, to.bucket(), key(to))
                                        .with(Query.parse("uploadId=" + Rfc3986.encode(id)))
                                        .with(S3Body.of(completion(etags)))))))
                        .flatMap(Copier::taken)
                        .onErrorResume(error -> abort(to, id).then(Mono.error(error))));
    }

    private Flux<String> parts(Permit from, Permit to, Generation generation, PartSizes parts, String id) {
        return Flux.defer(() -> {
            long[] offset = {0};
            return Flux.fromIterable(parts.sizes())
                    .index()
                    .concatMap(
                            part -> {
                                long start = offset[0];
                                long size = part.getT2();
                                offset[0] += size;
                                return part(from, to, generation, id, part.getT1() + 1, start, size);
                            },
                            1);
        });
    }

    private Mono<String> part(
            Permit from, Permit to, Generation generation, String id, long number, long start, long size) {
        return get(from, Optional.of("bytes=" + start + "-" + (start + size - 1)), generation)
                .flatMap(answer -> answer.lent(source -> length(source) == size
                        ? sites.perform(
                                to,
                                S3Request.of(Operation.UPLOAD_PART, to.bucket(), key(to))
                                        .with(Query.parse("partNumber=" + number + "&uploadId=" + Rfc3986.encode(id)))
                                        .with(new S3Body(size, throttled(to, source), Optional.empty())))
                        : Mono.error(new Failed("a part has another length than it was uploaded with"))))
                .flatMap(Copier::taken)
                .map(reply -> {
                    reply.discard();
                    return reply.headers().get("etag", "");
                });
    }

    private Flux<ByteBuf> throttled(Permit to, S3Reply source) {
        return patient ? sites.throttle(to.site().name().value()).limit(source.body()) : source.body();
    }

    private Mono<Void> abort(Permit to, String id) {
        return sites.perform(
                        to,
                        S3Request.of(Operation.ABORT_MULTIPART_UPLOAD, to.bucket(), key(to))
                                .with(Query.parse("uploadId=" + Rfc3986.encode(id))))
                .doOnNext(S3Reply::discard)
                .onErrorComplete()
                .then();
    }

    private static byte[] completion(List<String> etags) {
        XmlWriter xml = XmlWriter.s3("CompleteMultipartUpload");
        for (int i = 0; i < etags.size(); i++) {
            xml.open("Part")
                    .leaf("PartNumber", String.valueOf(i + 1))
                    .leaf("ETag", etags.get(i))
                    .close("Part");
        }
        return xml.end("CompleteMultipartUpload");
    }

    static String uploadId(byte[] document) {
        try {
            return XmlReader.read(document).textOf("UploadId").orElseThrow(() -> new Failed("no upload id"));
        } catch (XmlReader.MalformedXml e) {
            throw new Failed("an answer that cannot be read");
        }
    }

    private Mono<S3Reply> get(Permit from, Optional<String> range, Generation generation) {
        HttpHeaders headers = new DefaultHttpHeaders().set("x-amz-checksum-mode", "ENABLED");
        range.ifPresent(bytes -> headers.set("range", bytes));
        return source(
                sites.perform(
                        from,
                        SiteVersions.of(S3Request.of(Operation.GET_OBJECT, from.bucket(), key(from)), version)
                                .with(headers)),
                generation);
    }

    private Mono<S3Reply> head(Permit from, Generation generation) {
        return source(
                        sites.perform(
                                from,
                                SiteVersions.of(
                                        S3Request.of(Operation.HEAD_OBJECT, from.bucket(), key(from)), version)),
                        generation)
                .doOnNext(S3Reply::discard);
    }

    private static Mono<S3Reply> source(Mono<S3Reply> reply, Generation generation) {
        return reply.flatMap(answer -> {
            boolean right =
                    answer.succeeded() && (generation.isNone() || generation.equals(Look.shown(answer.headers())));
            if (right) {
                return Mono.just(answer);
            }
            answer.discard();
            return Mono.error(new Failed("the source answers " + answer.status() + ", generation "
                    + answer.headers().get(Generation.HEADER) + " instead of " + generation));
        });
    }

    private Mono<Map<String, String>> tags(Permit from, S3Reply source) {
        if (source.headers().getInt("x-amz-tagging-count", 0) == 0) {
            return Mono.just(Map.of());
        }
        return sites.perform(
                        from,
                        SiteVersions.of(
                                S3Request.of(Operation.GET_OBJECT_TAGGING, from.bucket(), key(from))
                                        .with(Query.parse("tagging")),
                                version))
                .flatMap(Copier::taken)
                .flatMap(reply -> reply.bytes(MAX_DOCUMENT))
                .map(ObjectFacts::tags);
    }

    private static HttpHeaders headers(S3Reply source, Map<String, String> tags, boolean withChecksum) {
        HttpHeaders headers = new DefaultHttpHeaders();
        source.headers().forEach(header -> {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            boolean checksum = withChecksum
                    && Checksum.ofHeader(name).isPresent()
                    && !header.getValue().contains("-");
            if (KEPT.contains(name) || name.startsWith("x-amz-meta-") || checksum) {
                headers.add(name, header.getValue());
            }
        });
        if (!tags.isEmpty()) {
            headers.set("x-amz-tagging", ObjectFacts.encoded(tags));
        }
        return headers;
    }

    /** Fails with what the site answered when it was no success. */
    private static Mono<S3Reply> taken(S3Reply reply) {
        if (reply.succeeded()) {
            return Mono.just(reply);
        }
        reply.discard();
        return Mono.error(
                reply.status() >= 500
                        ? new Fault("a site", new Fault.Silent(), "answers " + reply.status())
                        : new Failed("the site answers " + reply.status()));
    }

    private static long length(S3Reply source) {
        return Long.parseLong(source.headers().get("content-length", "0"));
    }

    private static String key(Permit permit) {
        return permit.key().orElseThrow();
    }
}
