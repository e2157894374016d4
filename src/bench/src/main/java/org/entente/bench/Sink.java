package org.entente.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.stream.IntStream;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Sites that do as little as a site can: they have an object of the length that its key says ({@code get-1024}), and take
 * what they are given without keeping it.
 */
public final class Sink {
    private static final int LARGEST = 256 << 20;
    private static final int CHUNK = 1 << 20;
    private static final ByteBuf BYTES =
            Unpooled.unreleasableBuffer(Unpooled.directBuffer(CHUNK).writeZero(CHUNK));

    private Sink() {}

    /** @param ports to listen on, on loopback */
    public static void main(String[] ports) {
        List<DisposableServer> servers = List.of(ports).stream()
                .map(port -> HttpServer.create()
                        .host("127.0.0.1")
                        .port(Integer.parseInt(port))
                        .httpRequestDecoder(decoder -> decoder.maxInitialLineLength(8192))
                        .handle(Sink::answer)
                        .bindNow())
                .toList();
        servers.forEach(server -> server.onDispose().block());
    }

    private static Mono<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        String path = request.fullPath();
        response.header(HttpHeaderNames.ETAG, "\"93b885adfe0da089cdf634904fd59f71\"")
                .header(HttpHeaderNames.LAST_MODIFIED, "Tue, 06 Oct 2026 10:00:00 GMT")
                .header(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream");
        int dash = path.lastIndexOf("get-");
        if (request.method().name().equals("PUT") || dash < 0) {
            return request.receive()
                    .then(Mono.defer(() -> response.status(HttpResponseStatus.OK)
                            .header(HttpHeaderNames.CONTENT_LENGTH, "0")
                            .send()
                            .then()));
        }
        int length = Math.min(LARGEST, Integer.parseInt(path.substring(dash + 4).replaceAll("[^0-9].*", "")));
        response.header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(length));
        if (request.method().name().equals("HEAD")) {
            return response.send();
        }
        List<ByteBuf> parts = IntStream.range(0, (length + CHUNK - 1) / CHUNK)
                .mapToObj(i -> BYTES.retainedSlice(0, Math.min(CHUNK, length - i * CHUNK)))
                .toList();
        return response.sendObject(reactor.core.publisher.Flux.fromIterable(parts), part -> false)
                .then();
    }
}
