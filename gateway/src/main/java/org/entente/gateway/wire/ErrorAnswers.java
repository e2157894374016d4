package org.entente.gateway.wire;

import io.netty.handler.codec.http.HttpHeaderNames;
import org.entente.backends.S3Reply;
import org.entente.backends.xml.ErrorDocument;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How an error is written: S3's XML, or a bare status for HEAD. */
public final class ErrorAnswers {
    private static final int MAX_ERROR = 64 << 10;
    private static final int RETRY_AFTER_SECONDS = 1;

    private ErrorAnswers() {}

    /** @param resource the path that was asked for */
    public static S3Reply of(S3Refusal refusal, String method, String resource, String requestId) {
        ErrorDocument error = new ErrorDocument(refusal.code().code(), refusal.explanation());
        S3Reply reply = render(refusal.code().status(), error, method, resource, requestId);
        if (refusal.code().status() == S3ErrorCode.SERVICE_UNAVAILABLE.status()) {
            reply.headers().set(HttpHeaderNames.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        return reply;
    }

    /** A site's error, in our words about our resource; anything else as it is. */
    public static Mono<S3Reply> ofSite(S3Reply reply, String method, String resource, String requestId) {
        if (reply.succeeded()) {
            return Mono.just(reply);
        }
        return reply.bytes(MAX_ERROR)
                .onErrorReturn(IllegalStateException.class, new byte[0])
                .map(document -> {
                    ErrorDocument error = ErrorDocument.read(document).orElseGet(() -> {
                        S3ErrorCode code = S3ErrorCode.ofStatus(reply.status());
                        return new ErrorDocument(code.code(), "The request was refused.");
                    });
                    S3Reply rendered = render(reply.status(), error, method, resource, requestId);
                    reply.headers().remove(HttpHeaderNames.CONTENT_LENGTH).remove(HttpHeaderNames.CONTENT_TYPE);
                    reply.headers().add(rendered.headers());
                    return new S3Reply(reply.status(), reply.headers(), rendered.body());
                });
    }

    private static S3Reply render(int status, ErrorDocument error, String method, String resource, String requestId) {
        if (method.equals("HEAD") || status == S3ErrorCode.NOT_MODIFIED.status()) {
            return S3Reply.empty(status).with(Flux.empty());
        }
        return S3Reply.xml(status, error.bytes(resource, requestId));
    }
}
