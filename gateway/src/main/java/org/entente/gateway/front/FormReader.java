package org.entente.gateway.front;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.wire.form.Form;
import org.entente.gateway.wire.form.Permission;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import org.springframework.core.codec.CodecException;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ReactiveHttpInputMessage;
import org.springframework.http.codec.multipart.PartEvent;
import org.springframework.http.codec.multipart.PartEventHttpMessageReader;
import org.springframework.web.server.ServerWebInputException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Reads forms. A site must be told how long an object is, which is known once the whole file is there: up to then it is kept on
 * disk.
 */
final class FormReader {
    private static final String FILE = "file";
    private static final int LARGEST_FIELD = 64 << 10;
    private static final int MOST_PARTS = 200;
    private static final int BUFFER = 64 << 10;

    /**
     * A form whose file is here.
     *
     * @param permission of whoever signed it
     * @param length of the file, in bytes
     */
    record Received(Form form, Permission permission, long length, Path file) {
        /** Each buffer is the subscriber's to release. */
        Flux<ByteBuf> content() {
            return DataBufferUtils.read(file, BUFFERS, BUFFER).map(NettyDataBufferFactory::toByteBuf);
        }

        /** Gives up the file. */
        Mono<Void> release() {
            return deleted(file);
        }
    }

    private static final NettyDataBufferFactory BUFFERS = new NettyDataBufferFactory(PooledByteBufAllocator.DEFAULT);

    private final PartEventHttpMessageReader reader = new PartEventHttpMessageReader();

    FormReader() {
        reader.setMaxInMemorySize(LARGEST_FIELD);
        reader.setMaxParts(MOST_PARTS);
    }

    /** Whether a body is a form. */
    static boolean isForm(io.netty.handler.codec.http.HttpHeaders headers) {
        return headers.get(HttpHeaderNames.CONTENT_TYPE, "")
                .toLowerCase(Locale.ROOT)
                .startsWith(MediaType.MULTIPART_FORM_DATA_VALUE);
    }

    /**
     * The form, or an {@link S3Refusal} when it is none.
     *
     * @param arriving each buffer is released
     * @param admit asked before anything of the file is taken: the permission, or an {@link S3Refusal}
     */
    Mono<Received> read(
            io.netty.handler.codec.http.HttpHeaders headers,
            Flux<ByteBuf> arriving,
            Function<Form, Mono<Permission>> admit) {
        return Mono.defer(() -> {
                    Parts parts = new Parts(admit);
                    return reader.read(ResolvableType.forClass(PartEvent.class), message(headers, arriving), Map.of())
                            .windowUntil(PartEvent::isLast)
                            .concatMap(window -> window.switchOnFirst((first, events) -> {
                                PartEvent event = first.get();
                                return event == null ? Mono.<Void>empty() : parts.next(event, events);
                            }))
                            .then(Mono.defer(() -> Mono.justOrEmpty(parts.received())))
                            .onErrorResume(
                                    error -> Mono.justOrEmpty(parts.received()).switchIfEmpty(Mono.error(error)))
                            .switchIfEmpty(Mono.error(() -> new S3Refusal(
                                    S3ErrorCode.INVALID_ARGUMENT,
                                    "POST requires exactly one file upload per request.")));
                })
                .onErrorMap(
                        DataBufferLimitException.class,
                        e -> new S3Refusal(S3ErrorCode.MALFORMED_POST_REQUEST, "A field of the form is too large."))
                .onErrorMap(
                        error -> error instanceof CodecException || error instanceof ServerWebInputException,
                        error -> new S3Refusal(
                                S3ErrorCode.MALFORMED_POST_REQUEST,
                                "The body of your POST request is not well-formed multipart/form-data."));
    }

    private static ReactiveHttpInputMessage message(
            io.netty.handler.codec.http.HttpHeaders headers, Flux<ByteBuf> arriving) {
        HttpHeaders described = new HttpHeaders();
        described.set(HttpHeaders.CONTENT_TYPE, headers.get(HttpHeaderNames.CONTENT_TYPE, ""));
        return new ReactiveHttpInputMessage() {
            @Override
            public Flux<DataBuffer> getBody() {
                return arriving.map(FormReader::unpooled);
            }

            @Override
            public HttpHeaders getHeaders() {
                return described;
            }
        };
    }

    /** What Spring's parser, broken off in the middle, releases twice: in memory that needs no release. */
    private static DataBuffer unpooled(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes).release();
        return DefaultDataBufferFactory.sharedInstance.wrap(bytes);
    }

    /** What has come of one form. */
    private static final class Parts {
        private final Function<Form, Mono<Permission>> admit;
        private final SortedMap<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        private final AtomicReference<@Nullable Received> received = new AtomicReference<>();

        Parts(Function<Form, Mono<Permission>> admit) {
            this.admit = admit;
        }

        Optional<Received> received() {
            return Optional.ofNullable(received.get());
        }

        Mono<Void> next(PartEvent first, Flux<PartEvent> events) {
            var disposition = first.headers().getContentDisposition();
            String name = String.valueOf(disposition.getName());
            Flux<DataBuffer> content = events.map(PartEvent::content);
            if (received.get() != null) {
                // What follows the file is ignored.
                return content.then();
            }
            if (!name.equalsIgnoreCase(FILE)) {
                // Some clients give every field the name of a file.
                return text(content).doOnNext(value -> fields.put(name, value)).then();
            }
            String filename = disposition.getFilename();
            Form form = new Form(fields, filename == null ? "" : base(filename));
            return admit.apply(form)
                    .flatMap(permission -> kept(form, content, permission))
                    .doOnNext(received::set)
                    .then();
        }
    }

    private static Mono<String> text(Flux<DataBuffer> content) {
        return DataBufferUtils.join(content, LARGEST_FIELD)
                .map(buffer -> buffer.toString(StandardCharsets.UTF_8))
                .defaultIfEmpty("");
    }

    /** Some browsers tell where on its machine the file was. */
    private static String base(String path) {
        return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    }

    private static Mono<Received> kept(Form form, Flux<DataBuffer> content, Permission permission) {
        AtomicLong length = new AtomicLong();
        Flux<DataBuffer> counted =
                content.doOnNext(buffer -> permission.checkSoFar(length.addAndGet(buffer.readableByteCount())));
        return onDisk(() -> Files.createTempFile("entente-form-", null))
                .flatMap(file -> DataBufferUtils.write(counted, file, StandardOpenOption.WRITE)
                        .then(Mono.fromSupplier(() -> {
                            permission.checkWhole(length.get());
                            return new Received(form, permission, length.get(), file);
                        }))
                        .onErrorResume(error -> deleted(file).then(Mono.error(error))));
    }

    private static Mono<Void> deleted(Path file) {
        return onDisk(() -> Files.deleteIfExists(file)).then();
    }

    private static <T> Mono<T> onDisk(Callable<T> work) {
        return Mono.fromCallable(work)
                .onErrorMap(IOException.class, UncheckedIOException::new)
                .subscribeOn(Schedulers.boundedElastic());
    }
}
