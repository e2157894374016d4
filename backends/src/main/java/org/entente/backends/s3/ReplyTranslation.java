package org.entente.backends.s3;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.xml.ErrorDocument;
import reactor.core.publisher.Mono;

/** Makes a site's answer one that speaks of our bucket, and of nothing that is the site's own affair. */
final class ReplyTranslation {
    private static final int MAX_DOCUMENT = 16 << 20;
    private static final int MAX_ERROR = 64 << 10;

    private static final Set<String> KEPT_HEADERS = Set.of(
            "accept-ranges",
            "cache-control",
            "content-disposition",
            "content-encoding",
            "content-language",
            "content-length",
            "content-range",
            "content-type",
            "etag",
            "expires",
            "last-modified",
            "retry-after");
    private static final Set<String> DROPPED_AMZ_HEADERS =
            Set.of("x-amz-request-id", "x-amz-id-2", "x-amz-bucket-region", "x-amz-bucket-arn");

    /** Errors that are about our key pair, which the client has no part in. */
    private static final Set<String> OUR_CREDENTIALS = Set.of(
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "RequestTimeTooSkewed",
            "ExpiredToken",
            "InvalidToken",
            "AccountProblem",
            "NotSignedUp");

    /** Answers that name the bucket, and in which element. */
    private static final Map<Operation, String> BUCKET_ELEMENT = Map.of(
            Operation.LIST_OBJECTS, "Name",
            Operation.LIST_OBJECTS_V2, "Name",
            Operation.LIST_OBJECT_VERSIONS, "Name",
            Operation.LIST_MULTIPART_UPLOADS, "Bucket",
            Operation.LIST_PARTS, "Bucket",
            Operation.CREATE_MULTIPART_UPLOAD, "Bucket",
            Operation.COMPLETE_MULTIPART_UPLOAD, "Bucket");

    /** Answers whose status is sent before the work is done, so that the document may be an error all the same. */
    private static final Set<Operation> LATE_ERRORS =
            Set.of(Operation.COMPLETE_MULTIPART_UPLOAD, Operation.COPY_OBJECT, Operation.UPLOAD_PART_COPY);

    private final S3SiteSettings site;

    ReplyTranslation(S3SiteSettings site) {
        this.site = site;
    }

    Mono<S3Reply> translate(S3Request request, S3Reply raw) {
        S3Reply reply = new S3Reply(raw.status(), headers(raw.headers()), raw.body());
        if (!reply.succeeded()) {
            return error(request, reply);
        }
        boolean namesBucket = BUCKET_ELEMENT.containsKey(request.operation())
                && (!site.bucketPrefix().isEmpty() || request.operation() == Operation.COMPLETE_MULTIPART_UPLOAD);
        if (!namesBucket && !LATE_ERRORS.contains(request.operation())) {
            return Mono.just(reply);
        }
        return reply.bytes(MAX_DOCUMENT)
                .onErrorMap(IllegalStateException.class, e -> new Fault(site.name(), new Fault.Unintelligible(), e))
                .map(document -> document(request, reply, document));
    }

    static HttpHeaders headers(HttpHeaders raw) {
        HttpHeaders kept =
                DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
        raw.forEach(header -> {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (KEPT_HEADERS.contains(name) || (name.startsWith("x-amz-") && !DROPPED_AMZ_HEADERS.contains(name))) {
                kept.add(header.getKey(), header.getValue());
            }
        });
        withoutFraming(kept);
        return kept;
    }

    /** Some servers keep the coding of an upload's framing as if it were the object's. */
    private static void withoutFraming(HttpHeaders headers) {
        String coding = headers.get(HttpHeaderNames.CONTENT_ENCODING);
        if (coding != null && coding.contains("aws-chunked")) {
            String own = Arrays.stream(coding.split(","))
                    .map(String::strip)
                    .filter(c -> !c.equals("aws-chunked"))
                    .collect(Collectors.joining(","));
            if (own.isEmpty()) {
                headers.remove(HttpHeaderNames.CONTENT_ENCODING);
            } else {
                headers.set(HttpHeaderNames.CONTENT_ENCODING, own);
            }
        }
    }

    private Mono<S3Reply> error(S3Request request, S3Reply reply) {
        if (request.operation().method().name().equals("HEAD")) {
            return Mono.just(reply);
        }
        return reply.bytes(MAX_ERROR).onErrorReturn(new byte[0]).flatMap(bytes -> {
            Optional<ErrorDocument> error = ErrorDocument.read(bytes);
            if (error.isPresent() && OUR_CREDENTIALS.contains(error.get().code())) {
                return Mono.error(new Fault(
                        site.name(),
                        new Fault.CredentialsRefused(),
                        "refuses our key pair: " + error.get().code()));
            }
            return Mono.just(withBody(
                    reply.status(),
                    reply.headers(),
                    error.map(ErrorDocument::bytes).orElse(new byte[0])));
        });
    }

    private S3Reply document(S3Request request, S3Reply reply, byte[] document) {
        if (LATE_ERRORS.contains(request.operation())) {
            Optional<ErrorDocument> error = ErrorDocument.read(document);
            if (error.isPresent()) {
                int status = switch (error.get().code()) {
                    case "InternalError" -> 500;
                    case "SlowDown", "ServiceUnavailable" -> 503;
                    case "PreconditionFailed" -> 412;
                    default -> 400;
                };
                return withBody(status, reply.headers(), error.get().bytes());
            }
        }
        String element = BUCKET_ELEMENT.get(request.operation());
        if (element == null) {
            return withBody(reply.status(), reply.headers(), document);
        }
        String text = new String(document, StandardCharsets.UTF_8);
        text = replaceFirst(text, element, request.bucket());
        if (request.operation() == Operation.COMPLETE_MULTIPART_UPLOAD) {
            text = replaceFirst(text, "Location", "/" + request.bucket());
        }
        return withBody(reply.status(), reply.headers(), text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Replaces an element's text where it first stands. The document is not parsed, since servers list keys that XML
     * cannot hold; before the first key there is nothing that could be mistaken for the element.
     */
    private static String replaceFirst(String document, String element, String text) {
        String open = "<" + element + ">";
        int start = document.indexOf(open);
        int end = document.indexOf("</" + element + ">");
        return start < 0 || end < start
                ? document
                : document.substring(0, start + open.length()) + text + document.substring(end);
    }

    private static S3Reply withBody(int status, HttpHeaders headers, byte[] body) {
        S3Reply made = S3Reply.xml(status, body);
        headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        return new S3Reply(status, headers, made.body());
    }
}
