package org.entente.backends;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A site's answer.
 *
 * @param status of HTTP
 * @param headers without those that concern the connection only
 * @param body each buffer is the subscriber's to release; must be subscribed, once, or {@linkplain #discard discarded},
 *     or the connection that it comes from is never given back
 */
public record S3Reply(int status, HttpHeaders headers, Flux<ByteBuf> body) {

    public static S3Reply empty(int status) {
        return new S3Reply(status, new DefaultHttpHeaders().set(HttpHeaderNames.CONTENT_LENGTH, 0), Flux.empty());
    }

    public static S3Reply xml(int status, byte[] document) {
        HttpHeaders headers = new DefaultHttpHeaders()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/xml")
                .set(HttpHeaderNames.CONTENT_LENGTH, document.length);
        return new S3Reply(status, headers, Flux.defer(() -> Flux.just(Unpooled.wrappedBuffer(document))));
    }

    public boolean succeeded() {
        return status < 400;
    }

    public S3Reply with(Flux<ByteBuf> changed) {
        return new S3Reply(status, headers, changed);
    }

    /** Gives back what the body holds, unread. One that has been read already is left alone. */
    public void discard() {
        body.subscribe(ByteBuf::release, failed -> {}).dispose();
    }

    /** Does something that may read the body; if it has ended without, the body is let go. */
    public <T> Mono<T> lent(Function<S3Reply, Mono<T>> work) {
        AtomicBoolean read = new AtomicBoolean();
        S3Reply watched = with(Flux.defer(() -> {
            read.set(true);
            return body;
        }));
        return Mono.defer(() -> work.apply(watched)).doFinally(end -> {
            if (!read.get()) {
                discard();
            }
        });
    }

    /**
     * Reads the whole body into memory.
     *
     * @param limit in bytes; a longer body is an {@link IllegalStateException}
     */
    public Mono<byte[]> bytes(int limit) {
        return Bytes.collect(body, limit)
                .switchIfEmpty(Mono.error(() -> new IllegalStateException("a reply of more than " + limit + " bytes")));
    }
}
