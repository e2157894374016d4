package org.entente.gateway.wire.body;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.entente.backends.Checksum;
import org.entente.backends.S3Body;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.wire.auth.Payload;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class VerifiedContentTest {
    private static final String TRAILER = "x-amz-checksum-crc32c";

    private static byte[] framed(byte[] data, int chunk) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 0; at < data.length; at += chunk) {
            int size = Math.min(chunk, data.length - at);
            out.writeBytes((Integer.toHexString(size) + "\r\n").getBytes(US_ASCII));
            out.write(data, at, size);
            out.writeBytes("\r\n".getBytes(US_ASCII));
        }
        out.writeBytes(("0\r\n" + TRAILER + ":" + crc(data) + "\r\n\r\n").getBytes(US_ASCII));
        return out.toByteArray();
    }

    private static String crc(byte[] data) {
        Checksum.Running running = Checksum.CRC32C.start();
        running.update(ByteBuffer.wrap(data));
        return running.base64();
    }

    private static S3Body body(long length, Flux<ByteBuf> arriving) {
        HttpHeaders headers = new DefaultHttpHeaders()
                .set("x-amz-decoded-content-length", length)
                .set("x-amz-trailer", TRAILER);
        return BodyReader.read(new Payload.UnsignedChunks(), headers, arriving);
    }

    private static List<ByteBuf> pieces(byte[] bytes, int size) {
        List<ByteBuf> pieces = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += size) {
            pieces.add(Unpooled.wrappedBuffer(bytes, at, Math.min(size, bytes.length - at)));
        }
        return pieces;
    }

    @Property(tries = 300)
    void howeverABodyIsCutItArrivesWhole(
            @ForAll @Size(max = 300) byte[] data,
            @ForAll @IntRange(min = 1, max = 100) int chunk,
            @ForAll @IntRange(min = 1, max = 50) int piece) {
        List<ByteBuf> pieces = pieces(framed(data, chunk), piece);
        S3Body body = body(data.length, Flux.fromIterable(pieces));
        ByteArrayOutputStream arrived = new ByteArrayOutputStream();
        body.content()
                .doOnNext(buffer -> {
                    arrived.writeBytes(ByteBufUtil.getBytes(buffer));
                    buffer.release();
                })
                .blockLast();
        assertThat(arrived.toByteArray()).isEqualTo(data);
        assertThat(body.trailer().orElseThrow().value().get()).isEqualTo(crc(data));
        assertThat(pieces).allMatch(b -> b.refCnt() == 0);
    }

    @Property(tries = 500)
    void withAnyByteChangedTheLastOneNeverGoesOn(
            @ForAll @Size(min = 1, max = 100) byte[] data,
            @ForAll @IntRange(min = 1, max = 50) int chunk,
            @ForAll @IntRange(min = 1, max = 50) int piece,
            @ForAll @IntRange(max = 1000) int place,
            @ForAll @IntRange(min = 1, max = 255) int change) {
        byte[] damaged = framed(data, chunk);
        damaged[place % damaged.length] ^= (byte) change;
        List<ByteBuf> pieces = pieces(damaged, piece);
        ByteArrayOutputStream arrived = new ByteArrayOutputStream();
        try {
            body(data.length, Flux.fromIterable(pieces))
                    .content()
                    .doOnNext(buffer -> {
                        arrived.writeBytes(ByteBufUtil.getBytes(buffer));
                        buffer.release();
                    })
                    .blockLast();
            // Some changes change nothing that counts, such as the case of a digit.
            assertThat(arrived.toByteArray()).isEqualTo(data);
        } catch (S3Refusal refusal) {
            assertThat(arrived.size()).isLessThan(data.length);
        }
        assertThat(pieces).allMatch(b -> b.refCnt() == 0);
    }

    @Test
    void aReceiverThatGivesUpLeavesNothingHeld() {
        byte[] data = new byte[100];
        List<ByteBuf> pieces = pieces(framed(data, 10), 7);
        StepVerifier.create(body(data.length, Flux.fromIterable(pieces)).content(), 2)
                .consumeNextWith(ByteBuf::release)
                .consumeNextWith(ByteBuf::release)
                .thenCancel()
                .verify();
        assertThat(pieces).allMatch(b -> b.refCnt() == 0);
    }

    @Test
    void aSenderThatBreaksOffLeavesNothingHeld() {
        TestPublisher<ByteBuf> sender = TestPublisher.create();
        ByteBuf piece = Unpooled.copiedBuffer("5\r\nhello", US_ASCII);
        StepVerifier.create(body(10, sender.flux()).content())
                .then(() -> sender.next(piece))
                .then(() -> sender.error(new IllegalStateException("gone")))
                .expectErrorMessage("gone")
                .verify();
        assertThat(piece.refCnt()).isZero();
    }
}
