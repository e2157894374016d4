package org.entente.backends.s3;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.handler.timeout.WriteTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import org.entente.backends.Backend;
import org.entente.backends.Bytes;
import org.entente.backends.Checksum;
import org.entente.backends.Fault;
import org.entente.backends.Gathered;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.StallGuard;
import org.entente.backends.xml.ErrorDocument;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;
import reactor.netty.resources.ConnectionProvider;

/** A site that speaks S3: re-signs what it is given and sends it, otherwise nearly as it came. */
public final class S3Site implements Backend, AutoCloseable {
    /** An upload of so many bytes is sent to its end even if the site refuses it before: then one hears why. */
    private static final long CHEAP_TO_FINISH = 64 << 10;

    private static final int MAX_HEAD = 64 << 10;
    private static final int MAX_PARTS_DOCUMENT = 8 << 20;

    /** Of a site that has forgotten the parts, every object is one part. */
    private static final ErrorDocument NO_SUCH_PART =
            new ErrorDocument("InvalidPartNumber", "The requested partnumber is not satisfiable");

    private final S3SiteSettings settings;
    private final RequestSigner signer;
    private final ReplyTranslation translation;
    private final ConnectionProvider connections;
    private final Waiting waiting = new Waiting();

    /** Those on which there is an answer that nobody has begun to read. */
    private final Set<Connection> unread = ConcurrentHashMap.newKeySet();

    private final HttpClient client;

    public S3Site(S3SiteSettings settings, Clock clock) {
        this.settings = settings;
        this.signer = new RequestSigner(settings.credentials(), settings.region(), clock);
        this.translation = new ReplyTranslation(settings);
        S3SiteSettings.Limits limits = settings.limits();
        this.connections = ConnectionProvider.builder("site-" + settings.name())
                .maxConnections(limits.connections())
                .pendingAcquireMaxCount(limits.connections())
                .pendingAcquireTimeout(limits.connect())
                // Below the keep-alive of common servers, which would otherwise close a connection as we take it.
                .maxIdleTime(Duration.ofSeconds(8))
                .evictInBackground(Duration.ofSeconds(4))
                .lifo()
                .metrics(true, () -> waiting)
                .build();
        HttpClient plain = HttpClient.create(connections)
                .protocol(HttpProtocol.HTTP11)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        limits.connect().toMillis())
                .option(ChannelOption.ALLOCATOR, Transfer.buffers())
                .option(ChannelOption.RECVBUF_ALLOCATOR, Transfer.reads())
                .responseTimeout(limits.firstByte())
                .disableRetry(true)
                .httpResponseDecoder(
                        spec -> Transfer.whole(spec).maxHeaderSize(MAX_HEAD).validateHeaders(false))
                .doOnConnected(connection -> connection.addHandlerLast(new WriteStallHandler(limits.stall())));
        this.client = "https".equals(settings.endpoint().getScheme()) ? secured(plain, settings.tls()) : plain;
    }

    private static HttpClient secured(HttpClient plain, Optional<SiteTls> tls) {
        return tls.map(SiteTls::context)
                .map(context -> plain.secure(spec -> spec.sslContext(context)))
                .orElseGet(plain::secure);
    }

    @Override
    public boolean isCrowded() {
        return waiting.count() > settings.limits().connections() / 2;
    }

    @Override
    public Mono<S3Reply> perform(S3Request request) {
        Optional<String> part = request.query().first("partNumber");
        if (request.operation().effect() != Operation.Effect.LOOK
                || part.isEmpty()
                || settings.dialect().readsParts()) {
            return prepared(request).flatMap(this::send).flatMap(reply -> translation.translate(request, reply));
        }
        return part.get().equals("1")
                ? perform(request.with(request.query().without("partNumber"::equals)))
                : Mono.just(S3Reply.xml(416, NO_SUCH_PART.bytes()));
    }

    /** A site that was never sent the parts' checksums would not find them again in the list of parts. */
    private Mono<S3Request> prepared(S3Request request) {
        if (request.operation() != Operation.COMPLETE_MULTIPART_UPLOAD
                || settings.dialect().takesTrailers()) {
            return Mono.just(request);
        }
        return Bytes.collect(request.body().content(), MAX_PARTS_DOCUMENT)
                .map(parts -> request.with(S3Body.of(PartsDocument.withoutChecksums(parts))));
    }

    private Mono<S3Reply> send(S3Request request) {
        SiteAddress address = SiteAddress.of(settings, request.bucket(), request.key());
        HttpHeaders headers = headers(request, address);
        Framing framing = framing(request.body(), headers);
        if (request.operation().payload() != Operation.Payload.NOTHING
                || framing.length() > 0
                || !mayLackLength(request)) {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, framing.length());
        }
        signer.sign(request.operation().method().name(), address.path(), request.query(), headers);
        Upload upload = new Upload(framing.content(), framing.length());
        HttpClient.RequestSender sender = client.headers(outgoing -> outgoing.set(headers))
                .request(request.operation().method());
        String url = address.url(request.query().encoded());
        if (framing.length() == 0 || framing.length() > Gathered.MOST) {
            return send(sender.uri(url), upload, upload.content());
        }
        // No connection is held for a small body that is still awaited.
        return Gathered.of(upload.content())
                .flatMap(whole -> send(sender.uri(url), upload, Mono.fromSupplier(whole::retain))
                        .doFinally(end -> whole.release()));
    }

    private Mono<S3Reply> send(HttpClient.RequestSender sender, Upload upload, Publisher<ByteBuf> body) {
        return sender.send((out, outbound) -> upload.length() == 0 ? outbound : outbound.send(body))
                .responseConnection((response, connection) -> Mono.just(
                        upload.refusedEarly(response) ? cutShort(response, connection) : reply(response, connection)))
                .next()
                .doOnDiscard(Connection.class, S3Site::letGo)
                .onErrorMap(error -> upload.isOwnFailure(error) ? error : fault(error));
    }

    /**
     * For {@link reactor.core.publisher.Hooks#onNextDropped}: an answer that came when nobody waited for it any more is let
     * go, or its connection would be held for good.
     *
     * @param dropped ignored unless it is an answer or, not looked at yet, the connection that it came on
     */
    public static void letGo(Object dropped) {
        switch (dropped) {
            case S3Reply reply -> reply.discard();
            case Connection connection -> {
                connection
                        .inbound()
                        .receive()
                        .subscribe(unwanted -> {}, failed -> {})
                        .dispose();
                connection.dispose();
            }
            default -> {}
        }
    }

    private static boolean mayLackLength(S3Request request) {
        String method = request.operation().method().name();
        return !method.equals("PUT") && !method.equals("POST");
    }

    private HttpHeaders headers(S3Request request, SiteAddress address) {
        HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory()
                .withValidation(false)
                .newHeaders()
                .add(request.headers());
        headers.set(HttpHeaderNames.HOST, address.host());
        String ifMatch = headers.get(HttpHeaderNames.IF_MATCH);
        if (ifMatch != null && !settings.dialect().quotedIfMatch()) {
            headers.set(HttpHeaderNames.IF_MATCH, ifMatch.replace("\"", ""));
        }
        String source = headers.get("x-amz-copy-source");
        if (source != null) {
            headers.set("x-amz-copy-source", "/" + settings.bucketPrefix() + source.substring(1));
        }
        if (!settings.dialect().takesTrailers()) {
            withoutPromisedChecksums(request, headers);
        }
        return headers;
    }

    /** A checksum that would only follow is not sent to this site, so nothing may speak of it. */
    private static void withoutPromisedChecksums(S3Request request, HttpHeaders headers) {
        if (request.body().trailer().isPresent()) {
            headers.remove("x-amz-sdk-checksum-algorithm");
        }
        if (request.operation() == Operation.CREATE_MULTIPART_UPLOAD) {
            headers.remove("x-amz-checksum-algorithm").remove("x-amz-checksum-type");
        }
    }

    private Framing framing(S3Body body, HttpHeaders headers) {
        Optional<S3Body.Trailer> trailer =
                body.trailer().filter(t -> settings.dialect().takesTrailers());
        Optional<Checksum> checksum = trailer.flatMap(t -> Checksum.ofHeader(t.header()));
        if (trailer.isPresent() && checksum.isPresent()) {
            return Framing.withTrailer(body, trailer.get(), checksum.get().encodedLength(), headers);
        }
        return Framing.bare(body, headers);
    }

    private S3Reply reply(HttpClientResponse response, Connection connection) {
        // That limit was for the head. For the body it would not know a site that stalls from a reader that is slow.
        connection.removeHandler(NettyPipeline.ResponseTimeoutHandler);
        StallGuard guard =
                new StallGuard(connection.channel(), settings.limits().stall());
        Flux<ByteBuf> body = guard.watch(connection.inbound().receive().retain())
                .onErrorMap(
                        error -> guard.stalled() ? new Fault(settings.name(), new Fault.Silent(), error) : fault(error))
                .doOnCancel(connection::dispose);
        unread.add(connection);
        return new S3Reply(
                response.status().code(),
                response.responseHeaders(),
                // Whoever comes second must not get at the connection, which may serve another request by then.
                Flux.defer(() -> unread.remove(connection)
                        ? body
                        : Flux.error(new IllegalStateException("a body is read once"))));
    }

    /** The site has made up its mind while we still send: what it has to say would only come after all our bytes. */
    private S3Reply cutShort(HttpClientResponse response, Connection connection) {
        connection.dispose();
        HttpHeaders headers = ReplyTranslation.headers(response.responseHeaders());
        headers.remove(HttpHeaderNames.CONTENT_LENGTH);
        return new S3Reply(response.status().code(), headers, Flux.empty());
    }

    private Fault fault(Throwable error) {
        Fault.Cause cause = switch (error) {
            case ConnectException refused -> new Fault.Unreachable();
            case UnknownHostException unknown -> new Fault.Unreachable();
            case SSLException untrusted -> new Fault.Unreachable();
            case PoolAcquireTimeoutException none -> new Fault.Declined();
            case PoolAcquirePendingLimitException none -> new Fault.Declined();
            case ReadTimeoutException late -> new Fault.Silent();
            case WriteTimeoutException stalled -> new Fault.Silent();
            case IOException broken -> new Fault.Broken();
            case Throwable full when full.getCause() instanceof OutOfMemoryError -> new Fault.Exhausted();
            // The decoder throws whatever it stumbles over.
            default -> new Fault.Unintelligible();
        };
        return new Fault(settings.name(), cause, error);
    }

    @Override
    public void close() {
        // Work that is broken off when a gateway ends does not read what it had asked for.
        unread.forEach(S3Site::letGo);
        connections.disposeLater().block(Duration.ofSeconds(5));
    }

    @Override
    public String toString() {
        return "S3Site[" + settings.name().toLowerCase(Locale.ROOT) + "]";
    }

    /** An upload under way: whether all of it has been handed over, and whether it is it that failed. */
    private static final class Upload {
        private final Flux<ByteBuf> source;
        private final long length;
        private volatile boolean complete;
        private volatile @Nullable Throwable failure;

        Upload(Flux<ByteBuf> source, long length) {
            this.source = source;
            this.length = length;
        }

        long length() {
            return length;
        }

        Flux<ByteBuf> content() {
            return source.doOnComplete(() -> complete = true).doOnError(error -> failure = error);
        }

        boolean refusedEarly(HttpClientResponse response) {
            return response.status().code() >= 400 && length > CHEAP_TO_FINISH && !complete;
        }

        boolean isOwnFailure(Throwable error) {
            return error.equals(failure);
        }
    }
}
