package org.entente.test;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.s3.Dialect;
import org.entente.backends.s3.S3Site;
import org.entente.backends.s3.S3SiteSettings;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Flux;

/** A site that misbehaves is called by the right name, soon, and one that is merely slow is not. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class SiteFaultsTest {
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final S3Request GET = S3Request.of(Operation.GET_OBJECT, "bucket", "key");
    private static final S3Request PUT = S3Request.of(Operation.PUT_OBJECT, "bucket", "key");

    private interface Behaviour {
        void serve(InputStream in, OutputStream out) throws Exception;
    }

    private final CountDownLatch over = new CountDownLatch(1);
    private ServerSocket server;
    private ExecutorService threads;
    private S3Site site;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket();
        // Small, so that what a behaviour has not read is not mistaken for taken.
        server.setReceiveBufferSize(64 << 10);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        threads = Executors.newVirtualThreadPerTaskExecutor();
        site = site(server.getLocalPort());
    }

    @AfterEach
    void stop() throws IOException {
        over.countDown();
        server.close();
        threads.shutdownNow();
        site.close();
    }

    private static S3Site site(int port) {
        return new S3Site(
                new S3SiteSettings(
                        "odd",
                        URI.create("http://127.0.0.1:" + port),
                        "us-east-1",
                        false,
                        "",
                        Dialect.GENERIC,
                        new S3SiteSettings.Credentials("a", "b"),
                        new S3SiteSettings.Limits(LIMIT, LIMIT, LIMIT, 4),
                        Optional.empty()),
                Clock.systemUTC());
    }

    private void behaves(Behaviour behaviour) {
        threads.execute(() -> {
            while (true) {
                try {
                    Socket socket = server.accept();
                    threads.execute(() -> serve(behaviour, socket));
                } catch (IOException closed) {
                    return;
                }
            }
        });
    }

    private static void serve(Behaviour behaviour, Socket socket) {
        try (socket) {
            behaviour.serve(socket.getInputStream(), socket.getOutputStream());
        } catch (Exception gone) {
            // The other end has had enough, which is what some of these tests are about.
        }
    }

    private static void readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
    }

    private static void say(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(US_ASCII));
        out.flush();
    }

    private void failsWith(Class<? extends Fault.Cause> cause, S3Request request) {
        assertThatThrownBy(() -> site.perform(request)
                        .flatMap(reply -> reply.bytes(1 << 30))
                        .block(PATIENCE))
                .isInstanceOfSatisfying(Fault.class, f -> assertThat(f.reason()).isInstanceOf(cause));
    }

    private static S3Body zeros(int count) {
        byte[] block = new byte[64 << 10];
        return new S3Body(
                (long) count * block.length,
                Flux.range(0, count).map(i -> Unpooled.wrappedBuffer(block)),
                Optional.empty());
    }

    @Test
    void nobodyListens() {
        S3Site nowhere = site(SandboxSite.freePort());
        assertThatThrownBy(() -> nowhere.perform(GET).block(PATIENCE))
                .isInstanceOfSatisfying(Fault.class, f -> assertThat(f.reason()).isInstanceOf(Fault.Unreachable.class));
        nowhere.close();
    }

    @Test
    void itNeverAnswers() {
        behaves((in, out) -> over.await());
        failsWith(Fault.Silent.class, GET);
    }

    @Test
    void itHangsUpInsteadOfAnswering() {
        behaves((in, out) -> readHead(in));
        failsWith(Fault.Broken.class, GET);
    }

    @Test
    void itAnswersGibberish() {
        behaves((in, out) -> {
            readHead(in);
            say(out, "what?\r\n\r\n");
            over.await();
        });
        failsWith(Fault.Unintelligible.class, GET);
    }

    @Test
    void itBreaksOffInTheMiddle() {
        behaves((in, out) -> {
            readHead(in);
            say(out, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
        });
        failsWith(Fault.Broken.class, GET);
    }

    @Test
    void itFallsSilentInTheMiddle() {
        behaves((in, out) -> {
            readHead(in);
            say(out, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
            over.await();
        });
        failsWith(Fault.Silent.class, GET);
    }

    @Test
    void itTakesNothingOfWhatItIsSent() {
        behaves((in, out) -> over.await());
        failsWith(Fault.Silent.class, PUT.with(zeros(1000)));
    }

    @Test
    void itTakesNothingOnAConnectionThatHasServedBefore() {
        AtomicBoolean served = new AtomicBoolean();
        behaves((in, out) -> {
            // Should the first connection not be free again at once, a second one fares no better.
            if (served.getAndSet(true)) {
                over.await();
            }
            readHead(in);
            say(out, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood");
            over.await();
        });
        assertThat(site.perform(GET).flatMap(reply -> reply.bytes(10)).block(PATIENCE))
                .hasSize(4);
        failsWith(Fault.Silent.class, PUT.with(zeros(1000)));
    }

    @Test
    void itRefusesAnUploadBeforeItsEnd() {
        behaves((in, out) -> {
            readHead(in);
            say(out, "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
            over.await();
        });
        S3Reply reply = site.perform(PUT.with(zeros(10_000))).block(PATIENCE);
        assertThat(reply.status()).isEqualTo(403);
    }

    @Test
    void itRefusesOurKeyPair() {
        String error = "<Error><Code>InvalidAccessKeyId</Code></Error>";
        behaves((in, out) -> {
            readHead(in);
            say(out, "HTTP/1.1 403 Forbidden\r\ncontent-length: " + error.length() + "\r\n\r\n" + error);
        });
        failsWith(Fault.CredentialsRefused.class, GET);
    }

    @Test
    void aReaderMayTakeLongerThanAnySiteMay() throws InterruptedException {
        behaves((in, out) -> {
            readHead(in);
            say(out, "HTTP/1.1 200 OK\r\ncontent-length: 8000000\r\n\r\n");
            out.write(new byte[8_000_000]);
            out.flush();
            over.await();
        });
        S3Reply reply = site.perform(GET).block(PATIENCE);
        long received = 0;
        int buffers = 0;
        for (ByteBuf buffer : reply.body().toIterable(1)) {
            received += buffer.readableBytes();
            buffer.release();
            if (++buffers == 3) {
                over.await(3 * LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
        assertThat(received).isEqualTo(8_000_000);
    }

    @Test
    void aSenderMayTakeLongerThanAnySiteMay() {
        behaves((in, out) -> {
            readHead(in);
            in.readNBytes(2 * (64 << 10));
            say(out, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            over.await();
        });
        S3Body slow = zeros(2);
        S3Reply reply = site.perform(PUT.with(new S3Body(
                        slow.length(), slow.content().delayElements(LIMIT.multipliedBy(2)), Optional.empty())))
                .block(PATIENCE);
        assertThat(reply.status()).isEqualTo(200);
    }

    @Test
    void aSiteMayTakeWhatItIsSentSlowly() {
        behaves((in, out) -> {
            readHead(in);
            // Some bytes well within each limit; most of them take several. The rest is in buffers on the way already.
            for (int i = 0; i < 8; i++) {
                in.readNBytes(100 * (64 << 10));
                over.await(LIMIT.toMillis() / 2, TimeUnit.MILLISECONDS);
            }
            in.readNBytes(200 * (64 << 10));
            say(out, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            over.await();
        });
        assertThat(site.perform(PUT.with(zeros(1000))).block(PATIENCE).status()).isEqualTo(200);
    }
}
