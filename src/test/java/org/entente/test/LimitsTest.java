package org.entente.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.entente.backends.sigv4.Sha256;
import org.entente.sandbox.GatewayProcess;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * A gateway with a heap of 256 MiB, in a process of its own, before bodies of any size. {@code
 * -Dentente.test.gibibytes=1} makes the large ones smaller.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LimitsTest {
    private static final long MIB = 1 << 20;
    private static final long LARGE = Integer.getInteger("entente.test.gibibytes", 5) * 1024L * MIB;
    private static final int TRANSFERS = 64;

    /** Heap, as much direct memory again, and what a JVM needs for itself. */
    private static final long MOST_RESIDENT = 768 * MIB;

    private final String bucket = "fr-limits-" + UUID.randomUUID().toString().substring(0, 18);
    private GatewayProcess gateway;
    private SignedHttp http;

    @BeforeAll
    void start() throws IOException {
        gateway = GatewayProcess.start(
                Repository.gatewayJar(),
                List.of("-Xmx256m"),
                Rig.shared().config(),
                Repository.scratch().resolve("limits-" + UUID.randomUUID()),
                SandboxSite.freePort(),
                SandboxSite.freePort());
        http = new SignedHttp(gateway.endpoint(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
        assertThat(http.send("PUT", "/" + bucket, "UNSIGNED-PAYLOAD", Map.of("content-length", "0"), new byte[0])
                        .status())
                .isEqualTo(200);
    }

    @AfterAll
    void stop() throws IOException {
        System.out.printf("LimitsTest: peak resident size of the gateway %d MiB%n", peakResident() / MIB);
        gateway.close();
    }

    @Test
    @Order(1)
    void sixtyFourTransfersAtOnceFitIntoTheMemory() throws Exception {
        inParallel(number -> put("many-" + number, 32 * MIB));
        inParallel(number -> get("many-" + number, 32 * MIB));
        assertThat(peakResident()).isLessThan(MOST_RESIDENT);
    }

    @Test
    @Order(2)
    void theLargestObjectGoesUpAndComesBack() throws IOException {
        put("large", LARGE);
        assertThat(Files.size(Rig.shared().paris().file(bucket, "large"))).isEqualTo(LARGE);
        get("large", LARGE);
        assertThat(peakResident()).isLessThan(MOST_RESIDENT);
    }

    @Test
    @Order(3)
    void aReaderThatFallsAsleepHoldsUpItsSiteAndNotTheHeap() throws IOException {
        long before = resident();
        List<Socket> sleepers = new ArrayList<>();
        try {
            for (int i = 0; i < TRANSFERS; i++) {
                Socket socket = request("GET", "large", 0);
                socket.getInputStream().readNBytes(1000);
                sleepers.add(socket);
            }
            // Meanwhile others are served: nothing that sleeps holds a thread.
            get("many-1", 32 * MIB);
            await().during(Duration.ofSeconds(3))
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> resident() - before < 256 * MIB);
        } finally {
            for (Socket socket : sleepers) {
                socket.close();
            }
        }
        assertThat(peakResident()).isLessThan(MOST_RESIDENT);
    }

    private interface Transfer {
        void run(int number) throws IOException;
    }

    private static void inParallel(Transfer transfer) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(TRANSFERS)) {
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < TRANSFERS; i++) {
                int number = i;
                tasks.add(() -> {
                    transfer.run(number);
                    return true;
                });
            }
            for (Future<Boolean> done : threads.invokeAll(tasks)) {
                assertThat(done.get()).isTrue();
            }
        }
    }

    private Socket request(String method, String key, long length) throws IOException {
        String payload = method.equals("PUT") ? "UNSIGNED-PAYLOAD" : Sha256.OF_NOTHING;
        Map<String, String> headers =
                method.equals("PUT") ? Map.of("content-length", String.valueOf(length)) : Map.of();
        Socket socket = http.connect();
        socket.setSoTimeout((int) Duration.ofMinutes(3).toMillis());
        socket.getOutputStream()
                .write(http.sign(method, "/" + bucket + "/" + key, payload, headers)
                        .head()
                        .getBytes(ISO_8859_1));
        return socket;
    }

    private void put(String key, long length) throws IOException {
        try (Socket socket = request("PUT", key, length)) {
            OutputStream out = socket.getOutputStream();
            byte[] block = new byte[(int) MIB];
            for (long at = 0; at < length; at += block.length) {
                fill(block, at);
                out.write(block);
            }
            assertThat(SignedHttp.read(socket.getInputStream(), false).status()).isEqualTo(200);
        }
    }

    private void get(String key, long length) throws IOException {
        try (Socket socket = request("GET", key, 0)) {
            InputStream in = socket.getInputStream();
            assertThat(SignedHttp.read(in, true).status()).isEqualTo(200);
            byte[] expected = new byte[(int) MIB];
            for (long at = 0; at < length; at += expected.length) {
                fill(expected, at);
                assertThat(java.util.Arrays.equals(in.readNBytes(expected.length), expected))
                        .as("the mebibyte at %d", at)
                        .isTrue();
            }
        }
    }

    /** Bytes that differ from mebibyte to mebibyte, cheaply. */
    private static void fill(byte[] block, long at) {
        for (int i = 0; i < block.length; i += 4096) {
            block[i] = (byte) (at >> 20);
            block[i + 1] = (byte) (at >> 28);
            block[i + 2] = (byte) (i >> 12);
        }
    }

    private long peakResident() {
        return status("VmHWM:");
    }

    private long resident() {
        return status("VmRSS:");
    }

    /** A figure of the kernel's about the gateway's process, in bytes. */
    private long status(String field) {
        try {
            return Files.readAllLines(Path.of("/proc", String.valueOf(gateway.processId()), "status")).stream()
                    .filter(line -> line.startsWith(field))
                    .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
