package org.entente.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.entente.backends.sigv4.Sha256;
import org.entente.gateway.front.Gateway;
import org.entente.sandbox.SandboxSite;
import org.entente.test.SignedHttp.Answer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.netty.DisposableServer;

/** Clients that break off leave nothing behind: no object, no connection, no buffer. */
@ExtendWith(NoLeaks.class)
class DisconnectTest {
    /** More than a site's pool has connections: were one lost each time, none would be left. */
    private static final int MANY = 600;

    private final SignedHttp http =
            new SignedHttp(Rig.shared().running().s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
    private final String bucket =
            "fr-disconnect-" + UUID.randomUUID().toString().substring(0, 18);

    @BeforeEach
    void makeBucket() {
        assertThat(put("/" + bucket, new byte[0]).status()).isEqualTo(200);
    }

    private Answer put(String target, byte[] body) {
        return put(http, target, body);
    }

    private static Answer put(SignedHttp client, String target, byte[] body) {
        return client.send(
                "PUT", target, "UNSIGNED-PAYLOAD", Map.of("content-length", String.valueOf(body.length)), body);
    }

    @Test
    void anUploadThatBreaksOffLeavesNothing() throws IOException {
        for (int i = 0; i < MANY; i++) {
            String head = http.sign(
                            "PUT", "/" + bucket + "/broken", "UNSIGNED-PAYLOAD", Map.of("content-length", "1000000"))
                    .head();
            try (Socket socket = http.connect()) {
                socket.getOutputStream().write(head.getBytes(ISO_8859_1));
                socket.getOutputStream().write(new byte[1 + i * 1500]);
            }
        }
        assertThat(put("/" + bucket + "/whole", new byte[100_000]).status()).isEqualTo(200);
        assertThat(http.get("/" + bucket + "/broken").status()).isEqualTo(404);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() ->
                        assertThat(Rig.objectsAt(Rig.shared().paris(), bucket)).containsOnlyKeys("whole"));
    }

    @Test
    void aDownloadThatBreaksOffHoldsNothing() throws IOException {
        assertThat(put("/" + bucket + "/large", new byte[8 << 20]).status()).isEqualTo(200);
        for (int i = 0; i < MANY; i++) {
            String head = http.sign("GET", "/" + bucket + "/large", Sha256.OF_NOTHING, Map.of())
                    .head();
            try (Socket socket = http.connect()) {
                socket.getOutputStream().write(head.getBytes(ISO_8859_1));
                assertThat(socket.getInputStream().read()).isEqualTo('H');
            }
        }
        assertThat(http.get("/" + bucket + "/large").body()).hasSize(8 << 20);
    }

    /** The moment between a site's answer and its first reader is short: so each moment is tried. */
    @Test
    void aDownloadThatNobodyWaitsForAnyMoreHoldsNothing(@TempDir Path directory)
            throws IOException, InterruptedException {
        behindACounter(directory, (gateway, open) -> {
            SignedHttp own = new SignedHttp(gateway.s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
            String object = stored(own, 200_000);
            for (int i = 0; i < 5 * MANY; i++) {
                breakOff(own, object, i * 1_000L);
            }
            assertThat(own.get(object).body()).hasSize(200_000);
        });
    }

    /** Whoever reads or writes goes on with the other sites, or is refused: either way the one that is cut off is let go. */
    @Test
    void whatIsCutOffWithASiteHoldsNothing(@TempDir Path directory) throws IOException, InterruptedException {
        List<Socket> clients = new ArrayList<>();
        try {
            behindACounter(directory, (gateway, open) -> {
                SignedHttp own = new SignedHttp(gateway.s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
                String object = stored(own, 8 << 20);
                for (int i = 0; i < 50; i++) {
                    clients.add(readingSlowly(own, object));
                    clients.add(writingSlowly(own, object + i));
                }
                await().atMost(Duration.ofSeconds(10))
                        .untilAsserted(() -> assertThat(open).hasValueGreaterThanOrEqualTo(100));
                var answer = new OperatorClient(gateway.operatorAddress(), OwnGateway.OPERATOR_TOKEN)
                        .post("/api/v1/sites/fr-paris/suspend", "{\"reason\": \"a sanction\"}");
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            });
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
    }

    private interface Disturbance {
        void apply(Gateway gateway, AtomicInteger open) throws IOException, InterruptedException;
    }

    /** Has a gateway of its own before Paris lose what it does there, and counts what it still holds. */
    private static void behindACounter(Path directory, Disturbance disturbance)
            throws IOException, InterruptedException {
        SandboxSite paris = Rig.shared().paris();
        AtomicInteger open = new AtomicInteger();
        DisposableServer line = Relay.thatCounts(open, paris.endpoint().getPort());
        Path config = directory.resolve("config");
        OwnGateway.write(config, OwnGateway.SHARED_IN_EUROPE);
        Path sites = config.resolve("sites.yaml");
        Files.writeString(
                sites, Files.readString(sites).replace(paris.endpoint().toString(), "http://localhost:" + line.port()));
        try {
            try (Gateway gateway = Rig.gateway(config, directory.resolve("journal"))) {
                disturbance.apply(gateway, open);
                // What is not held is closed when it has been idle for a while; what is held, when the site loses its
                // patience.
                await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(open)
                                .as("connections to the site that are held for nobody")
                                .hasValueLessThan(5));
            }
            await().atMost(Duration.ofSeconds(3))
                    .untilAsserted(() -> assertThat(open)
                            .as("connections of a gateway that has ended")
                            .hasValue(0));
        } finally {
            line.disposeNow();
        }
    }

    private static String stored(SignedHttp client, int bytes) {
        String bucket = "/shared-" + UUID.randomUUID().toString().substring(0, 18);
        assertThat(put(client, bucket, new byte[0]).status()).isEqualTo(200);
        assertThat(put(client, bucket + "/object", new byte[bytes]).status()).isEqualTo(200);
        return bucket + "/object";
    }

    private static Socket writingSlowly(SignedHttp client, String object) throws IOException {
        Socket socket = client.connect();
        socket.getOutputStream()
                .write(client.sign("PUT", object, "UNSIGNED-PAYLOAD", Map.of("content-length", "1000000"))
                        .head()
                        .getBytes(ISO_8859_1));
        socket.getOutputStream().write(new byte[100_000]);
        return socket;
    }

    private static Socket readingSlowly(SignedHttp client, String object) throws IOException {
        Socket socket = client.connect();
        socket.getOutputStream()
                .write(client.sign("GET", object, Sha256.OF_NOTHING, Map.of())
                        .head()
                        .getBytes(ISO_8859_1));
        assertThat(socket.getInputStream().read()).isEqualTo('H');
        return socket;
    }

    private static void breakOff(SignedHttp client, String object, long nanos) throws IOException {
        String head = client.sign("GET", object, Sha256.OF_NOTHING, Map.of()).head();
        try (Socket socket = client.connect()) {
            socket.setSoLinger(true, 0);
            socket.getOutputStream().write(head.getBytes(ISO_8859_1));
            long leaving = System.nanoTime() + nanos;
            while (System.nanoTime() < leaving) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void aRefusedUploadIsToldBeforeItSendsItsBody() throws IOException {
        // No grant for such a bucket: the answer must come instead of "100 Continue".
        String head = new SignedHttp(Rig.shared().running().s3Address(), Rig.READER_KEY, Rig.READER_SECRET)
                .sign(
                        "PUT",
                        "/" + bucket + "/k",
                        "UNSIGNED-PAYLOAD",
                        Map.of("content-length", "5000000000", "expect", "100-continue"))
                .head();
        try (Socket socket = http.connect()) {
            socket.getOutputStream().write(head.getBytes(ISO_8859_1));
            Answer answer = SignedHttp.read(socket.getInputStream(), false);
            assertThat(answer.status()).isEqualTo(403);
            assertThat(SignedHttp.field(answer.head(), "connection")).isEqualTo("close");
            assertThat(socket.getInputStream().read())
                    .as("the connection's end")
                    .isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"keep-alive", "close"})
    void anUploadThatIsWantedIsToldToGoOn(String connection) throws IOException {
        String head = http.sign(
                        "PUT",
                        "/" + bucket + "/k",
                        "UNSIGNED-PAYLOAD",
                        Map.of("content-length", "5", "expect", "100-continue", "connection", connection))
                .head();
        try (Socket socket = http.connect()) {
            socket.getOutputStream().write(head.getBytes(ISO_8859_1));
            SignedHttp.Answer interim = SignedHttp.read(socket.getInputStream(), true);
            assertThat(interim.status()).isEqualTo(100);
            assertThat(interim.head()).as("it is not the end").doesNotContainIgnoringCase("connection:");
            socket.getOutputStream().write("hello".getBytes(ISO_8859_1));
            assertThat(SignedHttp.read(socket.getInputStream(), false).status()).isEqualTo(200);
        }
    }
}
