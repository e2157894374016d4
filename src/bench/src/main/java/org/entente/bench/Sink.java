package org.entente.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.entente.backends.uri.Query;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Sites that do as little as a site can: they have an object of the length that its key says ({@code get-1024}), and take
 * what they are given without keeping more of it than its metadata. They list as many keys as a prefix says ({@code listed-1000/}).
 */
public final class Sink {
    private static final int LARGEST = 256 << 20;
    private static final int CHUNK = 1 << 20;
    private static final String LISTED = "listed-";
    private static final int DIGITS = 9;
    private static final ByteBuf BYTES =
            Unpooled.unreleasableBuffer(Unpooled.directBuffer(CHUNK).writeZero(CHUNK));

    /** What was written with each object, by port and path. */
    private static final Map<String, HttpHeaders> METADATA = new ConcurrentHashMap<>();

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
        String method = request.method().name();
        String object = request.hostAddress() + path;
        if (method.equals("DELETE")) {
            METADATA.remove(object);
            return response.status(HttpResponseStatus.NO_CONTENT).send();
        }
        Query query = Query.parse(request.uri().substring(Math.min(request.uri().length(), path.length() + 1)));
        String prefix = query.first("prefix").orElse("");
        if (prefix.startsWith(LISTED)) {
            return response.sendString(Mono.just(listed(prefix, query))).then();
        }
        if (method.equals("PUT") || dash < 0) {
            return request.receive().then(Mono.defer(() -> {
                METADATA.put(object, metadata(request.requestHeaders()));
                return response.status(HttpResponseStatus.OK)
                        .header(HttpHeaderNames.CONTENT_LENGTH, "0")
                        .send()
                        .then();
            }));
        }
        int length = Math.min(LARGEST, Integer.parseInt(path.substring(dash + 4).replaceAll("[^0-9].*", "")));
        response.responseHeaders().add(METADATA.getOrDefault(object, EmptyHttpHeaders.INSTANCE));
        response.header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(length));
        if (method.equals("HEAD")) {
            return response.send();
        }
        List<ByteBuf> parts = IntStream.range(0, (length + CHUNK - 1) / CHUNK)
                .mapToObj(i -> BYTES.retainedSlice(0, Math.min(CHUNK, length - i * CHUNK)))
                .toList();
        return response.sendObject(reactor.core.publisher.Flux.fromIterable(parts), part -> false)
                .then();
    }

    private static String listed(String prefix, Query query) {
        int all = Integer.parseInt(prefix.substring(LISTED.length(), prefix.length() - 1));
        int first = query.first("start-after")
                .filter(after -> after.length() > prefix.length())
                .map(after -> Integer.parseInt(after.substring(prefix.length())) + 1)
                .orElse(0);
        int end = Math.min(all, first + Integer.parseInt(query.first("max-keys").orElse("1000")));
        StringBuilder page = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
                .append("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>")
                .append(end < all)
                .append("</IsTruncated>");
        for (int i = first; i < end; i++) {
            String number = String.valueOf(i);
            page.append("<Contents><Key>")
                    .append(prefix)
                    .repeat('0', DIGITS - number.length())
                    .append(number)
                    .append("</Key><LastModified>2026-10-06T10:00:00.000Z</LastModified>")
                    .append("<ETag>&quot;93b885adfe0da089cdf634904fd59f71&quot;</ETag><Size>1024</Size>")
                    .append("<StorageClass>STANDARD</StorageClass></Contents>");
        }
        if (end < all) {
            page.append("<NextContinuationToken>").append(end).append("</NextContinuationToken>");
        }
        return page.append("</ListBucketResult>").toString();
    }

    private static HttpHeaders metadata(HttpHeaders all) {
        HttpHeaders metadata = new DefaultHttpHeaders();
        all.iteratorCharSequence().forEachRemaining(header -> {
            if (header.getKey().toString().startsWith("x-amz-meta-")) {
                metadata.add(header.getKey(), header.getValue());
            }
        });
        return metadata;
    }
}
