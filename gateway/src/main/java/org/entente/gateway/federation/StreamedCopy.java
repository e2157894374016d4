package org.entente.gateway.federation;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.backends.xml.XmlWriter;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.replication.JointReads;
import org.entente.gateway.replication.Replication;
import org.entente.gateway.replication.Terms;
import org.entente.gateway.sites.ObjectFacts;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import reactor.core.publisher.Mono;

/**
 * A copy whose bytes go through us: read from wherever the source is, and written as any object is.
 */
record StreamedCopy(
        Rules rules, Terms terms, Replication replication, Bucket origin, Placement read, CopySource source) {
    private static final int MAX_DOCUMENT = 64 << 10;
    private static final long LARGEST = 5L << 30;
    private static final String VERSION = "x-amz-version-id";
    private static final String CONDITION = "x-amz-copy-source-if-";
    private static final String KEY_OF_SOURCE = "x-amz-copy-source-server-side-encryption-";

    /** What a request says of how its object is kept, which a copy has no other place to say. */
    private static final List<String> OF_KEEPING = List.of(
            "x-amz-server-side-encryption", "x-amz-object-lock-", "x-amz-storage-class", "x-amz-checksum-algorithm");

    private static final Set<String> KEPT = Set.of(
            "cache-control",
            "content-disposition",
            "content-encoding",
            "content-language",
            "content-type",
            "expires",
            "x-amz-website-redirect-location");

    /** The bytes of the source that become a part; unlike those of a read, all of them must be there. */
    private record Span(long first, long last) {
        private static final Pattern RANGE = Pattern.compile("bytes=(\\d{1,18})-(\\d{1,18})");

        static Span parse(String text) {
            Matcher range = RANGE.matcher(text);
            if (range.matches() && Long.parseLong(range.group(1)) <= Long.parseLong(range.group(2))) {
                return new Span(Long.parseLong(range.group(1)), Long.parseLong(range.group(2)));
            }
            throw new S3Refusal(
                    S3ErrorCode.INVALID_ARGUMENT,
                    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the"
                            + " zero-based offsets of the first and last bytes to copy");
        }

        boolean isWhollyIn(S3Reply found) {
            return found.headers()
                    .get(HttpHeaderNames.CONTENT_RANGE, "")
                    .startsWith("bytes " + first + "-" + last + "/");
        }
    }

    /** Writes the copy. */
    interface Store {
        Mono<S3Reply> write(S3Request request, S3Body content);
    }

    Mono<S3Reply> perform(S3Request copy, Store store) {
        refuseCopyOntoItself(copy);
        Optional<Span> span = Optional.ofNullable(copy.headers().get("x-amz-copy-source-range"))
                .map(Span::parse);
        return fetched(get(copy))
                .flatMap(found -> found.succeeded() || found.status() == 304 || found.status() == 412
                        ? found.lent(source -> stored(copy, span, source, store))
                        : Mono.just(found));
    }

    private Mono<S3Reply> stored(S3Request copy, Optional<Span> span, S3Reply found, Store store) {
        if (!found.succeeded() || found.status() == 304) {
            return Mono.error(new S3Refusal(
                    S3ErrorCode.PRECONDITION_FAILED, "At least one of the pre-conditions you specified did not hold"));
        }
        if (span.filter(asked -> !asked.isWhollyIn(found)).isPresent()) {
            return Mono.error(new S3Refusal(
                    S3ErrorCode.INVALID_RANGE, "Range specified is not valid for the size of the source object."));
        }
        long length = Long.parseLong(found.headers().get(HttpHeaderNames.CONTENT_LENGTH, "0"));
        if (length > LARGEST) {
            return Mono.error(new S3Refusal(
                    S3ErrorCode.INVALID_REQUEST,
                    "The specified copy source is larger than the maximum allowable size for a copy source: "
                            + LARGEST));
        }
        S3Body body = length == 0 ? S3Body.none() : new S3Body(length, found.body(), Optional.empty());
        return tags(copy, found)
                .flatMap(tags -> store.write(request(copy, found, tags), body))
                .map(reply -> result(copy, found, reply));
    }

    private void refuseCopyOntoItself(S3Request copy) {
        boolean same = copy.operation() == Operation.COPY_OBJECT
                && copy.bucket().equals(origin.name())
                && copy.key().equals(Optional.of(source.key()))
                && source.suffix().isEmpty();
        if (same && !replaces(copy, "x-amz-metadata-directive") && !replaces(copy, "x-amz-tagging-directive")) {
            throw new S3Refusal(
                    S3ErrorCode.INVALID_REQUEST,
                    "This copy request is illegal because it is trying to copy an object to itself without changing the"
                            + " object's metadata, storage class, website redirect location or encryption attributes.");
        }
    }

    private static boolean replaces(S3Request copy, String directive) {
        return "REPLACE".equalsIgnoreCase(copy.headers().get(directive));
    }

    private S3Request get(S3Request copy) {
        HttpHeaders headers = new DefaultHttpHeaders();
        copy.headers().forEach(header -> {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (name.startsWith(CONDITION)) {
                headers.set("if-" + name.substring(CONDITION.length()), header.getValue());
            } else if (name.startsWith(KEY_OF_SOURCE)) {
                headers.set(
                        "x-amz-server-side-encryption-" + name.substring(KEY_OF_SOURCE.length()), header.getValue());
            }
        });
        Optional.ofNullable(copy.headers().get("x-amz-copy-source-range"))
                .ifPresent(range -> headers.set(HttpHeaderNames.RANGE, range));
        return looking(
                        Operation.GET_OBJECT,
                        source.suffix().isEmpty() ? "" : source.suffix().substring(1))
                .with(headers);
    }

    private S3Request looking(Operation operation, String query) {
        return S3Request.of(operation, origin.name(), source.key()).with(Query.parse(query));
    }

    private Mono<S3Reply> fetched(S3Request request) {
        if (origin.replicated()) {
            return replication.read(new Replication.Task(terms, origin, read, request));
        }
        Permit permit = rules.permit(read, request.operation(), origin);
        return terms.sites().perform(permit, request);
    }

    private Mono<Optional<String>> tags(S3Request copy, S3Reply found) {
        if (copy.operation() != Operation.COPY_OBJECT || replaces(copy, "x-amz-tagging-directive")) {
            return Mono.just(Optional.ofNullable(copy.headers().get("x-amz-tagging")));
        }
        if (found.headers().getInt("x-amz-tagging-count", 0) == 0) {
            return Mono.just(Optional.empty());
        }
        return fetched(looking(
                        Operation.GET_OBJECT_TAGGING,
                        source.suffix().isEmpty()
                                ? "tagging"
                                : "tagging&" + source.suffix().substring(1)))
                .flatMap(reply -> reply.bytes(MAX_DOCUMENT))
                .map(document -> Optional.of(ObjectFacts.encoded(ObjectFacts.tags(document))));
    }

    private static S3Request request(S3Request copy, S3Reply found, Optional<String> tags) {
        boolean part = copy.operation() == Operation.UPLOAD_PART_COPY;
        HttpHeaders headers = new DefaultHttpHeaders();
        copy.headers().forEach(header -> {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (OF_KEEPING.stream().anyMatch(name::startsWith)) {
                headers.set(name, header.getValue());
            }
        });
        if (!part) {
            HttpHeaders described = replaces(copy, "x-amz-metadata-directive") ? copy.headers() : found.headers();
            for (Map.Entry<String, String> header : described) {
                String name = header.getKey().toLowerCase(Locale.ROOT);
                if (KEPT.contains(name) || name.startsWith("x-amz-meta-")) {
                    headers.add(name, header.getValue());
                }
            }
            tags.ifPresent(text -> headers.set("x-amz-tagging", text));
            for (var condition : List.of(HttpHeaderNames.IF_MATCH, HttpHeaderNames.IF_NONE_MATCH)) {
                Optional.ofNullable(copy.headers().get(condition)).ifPresent(value -> headers.set(condition, value));
            }
        }
        return new S3Request(
                part ? Operation.UPLOAD_PART : Operation.PUT_OBJECT,
                copy.bucket(),
                copy.key(),
                copy.query(),
                headers,
                S3Body.none());
    }

    private static S3Reply result(S3Request copy, S3Reply found, S3Reply written) {
        if (!written.succeeded()) {
            return written;
        }
        written.discard();
        String root = copy.operation() == Operation.UPLOAD_PART_COPY ? "CopyPartResult" : "CopyObjectResult";
        S3Reply reply = S3Reply.xml(
                200,
                XmlWriter.s3(root)
                        .leaf(
                                "LastModified",
                                DateTimeFormatter.ISO_INSTANT.format(
                                        Instant.now().truncatedTo(ChronoUnit.MILLIS)))
                        .leaf("ETag", written.headers().get(HttpHeaderNames.ETAG, ""))
                        .end(root));
        for (String said : List.of(JointReads.SITE, VERSION)) {
            Optional.ofNullable(written.headers().get(said))
                    .ifPresent(value -> reply.headers().set(said, value));
        }
        Optional.ofNullable(found.headers().get(VERSION))
                .ifPresent(version -> reply.headers().set("x-amz-copy-source-version-id", version));
        return reply;
    }
}
