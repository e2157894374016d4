package org.entente.backends.s3;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import org.entente.backends.S3Body;
import reactor.core.publisher.Flux;

/**
 * How a body goes out: bare, or, where a checksum follows it, in chunks with a trailer. The chunks' size is fixed, so
 * that the length of all is known before the first byte.
 *
 * @param length of what goes out, in bytes
 */
record Framing(long length, Flux<ByteBuf> content) {
    private static final String UNSIGNED = "UNSIGNED-PAYLOAD";
    private static final String UNSIGNED_WITH_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    /** Amazon wants at least 8 KiB; some servers take no more than 16 MiB, and hold a chunk in memory. */
    private static final int CHUNK = 64 << 10;

    private static final String CRLF = "\r\n";

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
        Chunks chunks = new Chunks(body.length());
        String close = "0" + CRLF + trailer.header() + ":";
        String end = CRLF + CRLF;
        Flux<ByteBuf> content = Flux.concat(
                body.content().map(chunks::frame),
                Flux.defer(() -> Flux.just(ascii(close + trailer.value().get() + end))));
        return new Framing(chunks.framedLength() + close.length() + checksumLength + end.length(), content);
    }

    private static ByteBuf ascii(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Puts chunk heads and ends where they belong among the bytes that go by. */
    private static final class Chunks {
        private final long total;
        private long framed;

        Chunks(long total) {
            this.total = total;
        }

        long framedLength() {
            long rest = total % CHUNK;
            return total / CHUNK * (head(CHUNK).length() + CHUNK + CRLF.length())
                    + (rest == 0 ? 0 : head(rest).length() + rest + CRLF.length());
        }

        private static String head(long size) {
            return Long.toHexString(size) + CRLF;
        }

        /** @param data released with the result */
        ByteBuf frame(ByteBuf data) {
            CompositeByteBuf out = Unpooled.compositeBuffer();
            while (data.isReadable()) {
                int inChunk = (int) (framed % CHUNK);
                long chunkSize = Math.min(CHUNK, total - (framed - inChunk));
                if (inChunk == 0) {
                    out.addComponent(true, ascii(head(chunkSize)));
                }
                int take = (int) Math.min(data.readableBytes(), chunkSize - inChunk);
                out.addComponent(true, data.readRetainedSlice(take));
                framed += take;
                if (inChunk + take == chunkSize) {
                    out.addComponent(true, ascii(CRLF));
                }
            }
            data.release();
            return out;
        }
    }
}
