package org.entente.gateway.front;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.entente.backends.Gathered;
import org.entente.backends.S3Reply;
import org.entente.backends.StallGuard;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.metrics.Meters;
import org.entente.gateway.wire.ErrorAnswers;
import org.entente.gateway.wire.RequestHead;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.core.Ordered;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableChannel;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Takes every request of the S3 port from Spring Cloud Gateway, ahead of its own filters, and answers it: between the
 * connection's bytes and {@link S3Endpoint} nothing is copied, decoded or buffered.
 */
final class FrontDoor implements GlobalFilter, Ordered {
    private static final Logger LOG = LoggerFactory.getLogger(FrontDoor.class);

    /** Up to so many bytes of an unwanted body it is cheaper to let them come than to lose the connection. */
    private static final long CHEAP_TO_DRAIN = 64 << 10;

    /** How long a client may leave us waiting for bytes of a body that there is room for. */
    private static final Duration SILENT_CLIENT = Duration.ofMinutes(1);

    private static final DateTimeFormatter DATE = DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);

    private final S3Endpoint endpoint;
    private final Meters meters;
    private final Clock clock;
    private volatile boolean closing;

    FrontDoor(S3Endpoint endpoint, Meters meters, Clock clock) {
        this.endpoint = endpoint;
        this.meters = meters;
        this.clock = clock;
    }

    /** From now on every client is asked to leave with its answer, so that the last one can be waited for. */
    void close() {
        closing = true;
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        return answer(exchange);
    }

    Mono<Void> answer(ServerWebExchange exchange) {
        HttpServerRequest request = ServerHttpRequestDecorator.getNativeRequest(exchange.getRequest());
        HttpServerResponse response = ServerHttpResponseDecorator.getNativeResponse(exchange.getResponse());
        String requestId = HexFormat.of()
                .withUpperCase()
                .toHexDigits(ThreadLocalRandom.current().nextLong());
        Arrival arrival = new Arrival(request);
        return reply(request, arrival, requestId)
                .flatMap(reply -> reply.lent(whole -> write(whole, request, response, arrival, requestId)))
                // A client that goes away may do so just when its answer has come and nobody has begun to read it.
                .doOnDiscard(S3Reply.class, S3Reply::discard);
    }

    private Mono<S3Reply> reply(HttpServerRequest request, Arrival arrival, String requestId) {
        String method = request.method().name();
        try {
            RequestHead head = RawTarget.restore(method, request.requestHeaders());
            return endpoint.serve(head, address(request), arrival.content(), requestId);
        } catch (S3Refusal refusal) {
            meters.refused(refusal.code().code());
            return Mono.just(ErrorAnswers.of(refusal, method, "/", requestId));
        }
    }

    private static Optional<InetAddress> address(HttpServerRequest request) {
        return Optional.ofNullable(request.remoteAddress()).map(InetSocketAddress::getAddress);
    }

    private Mono<Void> write(
            S3Reply reply, HttpServerRequest request, HttpServerResponse response, Arrival arrival, String requestId) {
        HttpHeaders headers = response.status(reply.status()).responseHeaders();
        headers.add(reply.headers())
                .set("x-amz-request-id", requestId)
                .set(HttpHeaderNames.DATE, DATE.format(clock.instant()));
        if (closing || arrival.wouldBeCostlyToDrain()) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        if (request.method().name().equals("HEAD") || bodyless(reply.status())) {
            return bodyless(reply.status())
                    ? response.then()
                    : response.sendHeaders().then();
        }
        return response.send(body(reply)).then().onErrorResume(failed -> {
            // The head may have gone out, so that breaking the connection is all that is left to say.
            LOG.atWarn()
                    .addKeyValue(RequestTrail.ID, requestId)
                    .log("request {} broke off: {}", requestId, failed.toString());
            response.withConnection(DisposableChannel::dispose);
            return Mono.empty();
        });
    }

    /** A small one goes out at once with the head. */
    private static Publisher<ByteBuf> body(S3Reply reply) {
        String length = reply.headers().get(HttpHeaderNames.CONTENT_LENGTH);
        return length != null && length.length() < 6 && Integer.parseInt(length) <= Gathered.MOST
                ? Gathered.of(reply.body())
                : reply.body();
    }

    private static boolean bodyless(int status) {
        return status == 204 || status == 304;
    }

    /** A body on its way in. */
    private static final class Arrival {
        private final HttpServerRequest request;
        private final AtomicBoolean complete = new AtomicBoolean();

        Arrival(HttpServerRequest request) {
            this.request = request;
        }

        Flux<ByteBuf> content() {
            return new StallGuard(channel(), SILENT_CLIENT)
                    .watch(request.receive().retain())
                    .onErrorMap(ClientGone::new)
                    .doOnComplete(() -> complete.set(true));
        }

        private Channel channel() {
            AtomicReference<Channel> channel = new AtomicReference<>();
            request.withConnection(connection -> channel.set(connection.channel()));
            return channel.get();
        }

        boolean wouldBeCostlyToDrain() {
            HttpHeaders headers = request.requestHeaders();
            boolean chunked = headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
            String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
            boolean large = length != null && (length.length() > 9 || Long.parseLong(length) > CHEAP_TO_DRAIN);
            boolean waiting = headers.contains(HttpHeaderNames.EXPECT);
            return !complete.get() && (chunked || large || waiting);
        }
    }
}
