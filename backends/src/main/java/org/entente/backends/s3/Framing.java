package org.entente.backends.s3;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import org.entente.backends.S3Body;
import reactor.core.publisher.Flux;

/**
 * How a body goes out: bare, or, where a checksum follows it, as one single chunk with a trailer. One chunk of known
 * size needs no cutting and makes the length known before the first byte.
 *
 * @param length of what goes out, in bytes
 */
record Framing(long length, Flux<ByteBuf> content) {
    private static final String UNSIGNED = "UNSIGNED-PAYLOAD";
    private static final String UNSIGNED_WITH_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    static Framing bare(S3Body body, HttpHeaders headers) {
        headers.set("x-amz-content-sha256", UNSIGNED);
        return new Framing(body.length(), body.content());
    }

    static Framing withTrailer(S3Body body, S3Body.Trailer trailer, int checksumLength, HttpHeaders headers) {
        String coding = headers.get(HttpHeaderNames.CONTENT_ENCODING);
        headers.set(HttpHeaderNames.CONTENT_ENCODING, coding == null ? "aws-chunked" : "aws-chunked," + coding);
        headers.set("x-amz-content-sha256", UNSIGNED_WITH_TRAILER);
        headers.set("x-amz-decoded-content-length", body.length());
        headers.set("x-amz-trailer", trailer.header());
        String open = body.length() == 0 ? "" : Long.toHexString(body.length()) + "\r\n";
        String close = (body.length() == 0 ? "" : "\r\n") + "0\r\n" + trailer.header() + ":";
        String end = "\r\n\r\n";
        long length = open.length() + body.length() + close.length() + checksumLength + end.length();
        Flux<ByteBuf> content = Flux.concat(
                Flux.defer(() -> Flux.just(ascii(open))),
                body.content(),
                Flux.defer(() -> Flux.just(ascii(close + trailer.value().get() + end))));
        return new Framing(length, content);
    }

    private static ByteBuf ascii(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.US_ASCII));
    }
}
