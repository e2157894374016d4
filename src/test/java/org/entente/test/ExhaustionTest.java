package org.entente.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.entente.backends.sigv4.Sha256;
import org.entente.sandbox.GatewayProcess;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A gateway that has far too little memory for the buffers of all that is asked of it at once. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExhaustionTest {
    private static final int MIB = 1 << 20;
    private static final int LENGTH = 32 * MIB;
    private static final int ROUNDS = 10;
    private static final int TRANSFERS = 64;

    /** Longer than any limit of the gateway's: who waits longer would wait for ever. */
    private static final Duration FOR_EVER = Duration.ofSeconds(100);

    private final String bucket = "fr-scarce-" + UUID.randomUUID().toString().substring(0, 18);
    private GatewayProcess gateway;
    private SignedHttp http;

    @BeforeAll
    void start() throws IOException {
        gateway = GatewayProcess.start(
                Repository.gatewayJar(),
                List.of("-Xmx256m", "-XX:MaxDirectMemorySize=12m"),
                Rig.shared().config(),
                Repository.scratch().resolve("scarce-" + UUID.randomUUID()),
                SandboxSite.freePort(),
                SandboxSite.freePort());
        http = new SignedHttp(gateway.endpoint(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
        assertThat(http.send("PUT", "/" + bucket, "UNSIGNED-PAYLOAD", Map.of("content-length", "0"), new byte[0])
                        .status())
                .isEqualTo(200);
    }

    @AfterAll
    void stop() {
        gateway.close();
    }

    @Test
    void everyTransferEndsOneWayOrTheOtherAndLaterOnesAreServed() throws Exception {
        assertThat(put("alone")).isTrue();
        assertThat(get("alone")).isTrue();

        // How much is held at once is for the sockets' buffers to say, too: now and then it is just enough.
        for (int round = 0; round < ROUNDS && !hasRunOut(); round++) {
            List<Boolean> uploads = inParallel(number -> put("many-" + number));
            List<Boolean> downloads = inParallel(number -> get("alone"));
            System.out.printf(
                    "ExhaustionTest: of %d each, %d uploads and %d downloads were whole%n",
                    TRANSFERS,
                    uploads.stream().filter(whole -> whole).count(),
                    downloads.stream().filter(whole -> whole).count());
        }
        assertThat(hasRunOut()).as("or nothing is tested").isTrue();

        // What is our own fault is not the site's.
        assertThat(gateway.log()).content().doesNotContainPattern("is DARK.*OutOfDirectMemoryError");
        assertThat(put("afterwards")).isTrue();
        assertThat(get("afterwards")).isTrue();
    }

    private boolean hasRunOut() throws IOException {
        return Files.readString(gateway.log()).contains("OutOfDirectMemoryError");
    }

    private interface Transfer {
        boolean run(int number) throws IOException;
    }

    private static List<Boolean> inParallel(Transfer transfer) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < TRANSFERS; i++) {
                int number = i;
                tasks.add(() -> transfer.run(number));
            }
            List<Boolean> ended = new ArrayList<>();
            for (Future<Boolean> each : threads.invokeAll(tasks, FOR_EVER.toSeconds(), TimeUnit.SECONDS)) {
                ended.add(each.get());
            }
            return ended;
        }
    }

    /** Whether the upload was taken; otherwise it was refused, or its connection was closed. */
    private boolean put(String key) throws IOException {
        Map<String, String> length = Map.of("content-length", String.valueOf(LENGTH));
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head("PUT", key, "UNSIGNED-PAYLOAD", length));
            byte[] block = new byte[MIB];
            for (int sent = 0; sent < LENGTH; sent += MIB) {
                socket.getOutputStream().write(block);
            }
            return SignedHttp.read(socket.getInputStream(), false).status() == 200;
        } catch (SocketTimeoutException hanging) {
            throw hanging;
        } catch (IOException closed) {
            return false;
        }
    }

    /** Whether all bytes came; otherwise it was refused, or its connection was closed. */
    private boolean get(String key) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head("GET", key, Sha256.OF_NOTHING, Map.of()));
            InputStream in = socket.getInputStream();
            byte[] block = new byte[MIB];
            long came = 0;
            while (came < LENGTH) {
                int read = in.read(block);
                if (read < 0) {
                    return false;
                }
                came += read;
            }
            return true;
        } catch (SocketTimeoutException hanging) {
            throw hanging;
        } catch (IOException closed) {
            return false;
        }
    }

    private Socket connect() throws IOException {
        Socket socket = http.connect();
        socket.setSoTimeout((int) FOR_EVER.toMillis());
        return socket;
    }

    private byte[] head(String method, String key, String payload, Map<String, String> more) {
        return http.sign(method, "/" + bucket + "/" + key, payload, more).head().getBytes(ISO_8859_1);
    }
}
