package org.entente.gateway.federation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.entente.backends.S3Reply;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.catalogue.DocumentKind;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import reactor.core.publisher.Mono;

/**
 * What browsers are told of pages from elsewhere, as the owners of buckets have it.
 *
 * @see <a href="https://fetch.spec.whatwg.org/#http-cors-protocol">the protocol</a>
 */
public final class CrossOrigin {
    private static final String HEADERS_ASKED = "access-control-request-headers";

    private final Catalogue catalogue;

    public CrossOrigin(Catalogue catalogue) {
        this.catalogue = catalogue;
    }

    /**
     * Answers a browser that asks beforehand whether a page may.
     *
     * @return the reply, or an {@link S3Refusal} where it may not
     */
    public Mono<S3Reply> preflight(Optional<String> bucket, HttpHeaders headers) {
        String origin = headers.get(HttpHeaderNames.ORIGIN, "");
        String method = headers.get(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD, "");
        if (origin.isEmpty() || method.isEmpty()) {
            return Mono.error(new S3Refusal(
                    S3ErrorCode.BAD_REQUEST,
                    "Insufficient information. Origin and Access-Control-Request-Method are needed."));
        }
        List<String> asked = asked(headers);
        return rule(bucket, origin, method, asked)
                .switchIfEmpty(Mono.error(() -> new S3Refusal(
                        S3ErrorCode.ACCESS_FORBIDDEN,
                        "CORSResponse: This CORS request is not allowed by the bucket's configuration.")))
                .map(rule -> {
                    S3Reply reply = S3Reply.empty(200);
                    mark(reply, rule, origin);
                    if (!asked.isEmpty()) {
                        reply.headers().set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, String.join(", ", asked));
                    }
                    rule.maxAge().ifPresent(age -> reply.headers().set(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, age));
                    return reply;
                });
    }

    /** Lets the page read the reply to its request, if it may. */
    public Mono<S3Reply> marked(Optional<String> bucket, String method, HttpHeaders headers, S3Reply reply) {
        String origin = headers.get(HttpHeaderNames.ORIGIN, "");
        if (origin.isEmpty()) {
            return Mono.just(reply);
        }
        String meant = headers.get(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD, method);
        return rule(bucket, origin, meant, asked(headers))
                .doOnNext(rule -> mark(reply, rule, origin))
                // Without the mark the page cannot read it, which is what it comes to where nobody can say.
                .onErrorComplete()
                .thenReturn(reply);
    }

    private static List<String> asked(HttpHeaders headers) {
        return Arrays.stream(headers.get(HEADERS_ASKED, "").split(",", -1))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    private Mono<CorsRules.Rule> rule(Optional<String> bucket, String origin, String method, List<String> headers) {
        return Mono.justOrEmpty(bucket)
                .flatMap(catalogue::find)
                .flatMap(Mono::justOrEmpty)
                .flatMap((Bucket found) -> Mono.justOrEmpty(found.document(DocumentKind.CORS)))
                .flatMap(text ->
                        Mono.justOrEmpty(CorsRules.read(text.getBytes(UTF_8)).permitting(origin, method, headers)));
    }

    private static void mark(S3Reply reply, CorsRules.Rule rule, String origin) {
        HttpHeaders headers = reply.headers();
        if (rule.isForAll()) {
            headers.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        } else {
            headers.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                    .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        headers.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, String.join(", ", rule.methods()))
                .set(HttpHeaderNames.VARY, "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
        if (!rule.exposed().isEmpty()) {
            headers.set(HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, String.join(", ", rule.exposed()));
        }
    }
}
