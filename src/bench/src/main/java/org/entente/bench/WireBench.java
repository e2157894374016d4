package org.entente.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.entente.backends.S3Body;
import org.entente.backends.sigv4.CanonicalRequest;
import org.entente.backends.sigv4.CredentialScope;
import org.entente.backends.sigv4.Sha256;
import org.entente.backends.sigv4.SigningKey;
import org.entente.backends.uri.Query;
import org.entente.gateway.wire.RequestHead;
import org.entente.gateway.wire.auth.Authenticated;
import org.entente.gateway.wire.auth.Identity;
import org.entente.gateway.wire.auth.Payload;
import org.entente.gateway.wire.auth.SignatureVerifier;
import org.entente.gateway.wire.body.BodyReader;
import org.entente.policy.model.Principal;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Flux;

/** What a request costs before it is known what it asks for: its signature, the one to a site, and a body in signed chunks. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
public class WireBench {
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
    private static final String TIMESTAMP = SigningKey.timestamp(NOW);
    private static final String SECRET = "the secret of the benchmark";
    private static final String TARGET = "/bucket/2026/11/report.pdf";
    private static final int CHUNK = 64 << 10;
    private static final int CHUNKS = 16;

    private final SignatureVerifier verifier = new SignatureVerifier(Clock.fixed(NOW, ZoneOffset.UTC));
    private final Identity identity = new Identity(Principal.ANONYMOUS, SECRET);
    private final SigningKey key =
            SigningKey.of(SECRET, new CredentialScope(TIMESTAMP.substring(0, 8), "us-east-1", "s3"));

    private RequestHead head;
    private CanonicalRequest outgoing;
    private Payload signedChunks;
    private HttpHeaders ofChunks;
    private List<byte[]> chunks;

    @Setup
    public void setUp() {
        HttpHeaders headers = new DefaultHttpHeaders()
                .set("Host", "s3.example")
                .set("x-amz-date", TIMESTAMP)
                .set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        outgoing = new CanonicalRequest(
                "GET",
                TARGET,
                Query.none(),
                headers,
                List.of("host", "x-amz-content-sha256", "x-amz-date"),
                "UNSIGNED-PAYLOAD");
        String signature = key.sign(TIMESTAMP, outgoing);
        headers.set(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKID/%s, SignedHeaders=%s, Signature=%s"
                        .formatted(key.scope(), outgoing.signedHeaderNames(), signature));
        head = RequestHead.of("GET", TARGET, List.of("s3.example"), headers);
        signedChunks = new Payload.SignedChunks(key, TIMESTAMP, signature, false);
        ofChunks = new DefaultHttpHeaders().set("x-amz-decoded-content-length", CHUNK * CHUNKS);
        chunks = new ArrayList<>();
        String previous = signature;
        for (int i = 0; i <= CHUNKS; i++) {
            byte[] data = new byte[i < CHUNKS ? CHUNK : 0];
            previous = key.signChunk(
                    TIMESTAMP, previous, Sha256.hex(Sha256.digest().digest(data)));
            byte[] before = (Integer.toHexString(data.length) + ";chunk-signature=" + previous + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            chunks.add(Unpooled.wrappedBuffer(before, data, new byte[] {'\r', '\n'})
                    .copy()
                    .array());
        }
    }

    /** Of a client's GET. */
    @Benchmark
    public Authenticated verify() {
        return verifier.verify(head, accessKey -> Optional.of(identity));
    }

    /** For a site. */
    @Benchmark
    public String sign() {
        return key.sign(TIMESTAMP, outgoing);
    }

    /** 1 MiB in chunks of 64 KiB: the framing is taken off and every signature is looked at. */
    @Benchmark
    public long decodeSignedChunks() {
        S3Body body = BodyReader.read(
                signedChunks, ofChunks, Flux.fromIterable(chunks).map(Unpooled::wrappedBuffer));
        return Flux.from(body.content())
                .map(WireBench::counted)
                .reduce(0L, Long::sum)
                .block();
    }

    private static long counted(ByteBuf buffer) {
        long bytes = buffer.readableBytes();
        buffer.release();
        return bytes;
    }
}
