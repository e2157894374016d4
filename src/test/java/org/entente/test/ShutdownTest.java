package org.entente.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.entente.sandbox.GatewayProcess;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.Test;

/** A gateway that is told to stop finishes what it has begun. */
class ShutdownTest {
    @Test
    void anUploadUnderWayEndsWellWhenTheGatewayIsToldToStop() throws Exception {
        GatewayProcess gateway = GatewayProcess.start(
                Repository.gatewayJar(),
                List.of("-Xmx256m"),
                Rig.shared().config(),
                Repository.scratch().resolve("shutdown-" + UUID.randomUUID()),
                SandboxSite.freePort(),
                SandboxSite.freePort());
        SignedHttp http = new SignedHttp(gateway.endpoint(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
        String bucket = "fr-shutdown-" + UUID.randomUUID().toString().substring(0, 18);
        assertThat(http.send("PUT", "/" + bucket, "UNSIGNED-PAYLOAD", Map.of("content-length", "0"), new byte[0])
                        .status())
                .isEqualTo(200);

        try (Socket upload = http.connect()) {
            String head = http.sign("PUT", "/" + bucket + "/k", "UNSIGNED-PAYLOAD", Map.of("content-length", "2000000"))
                    .head();
            upload.getOutputStream().write(head.getBytes(ISO_8859_1));
            upload.getOutputStream().write(new byte[1_000_000]);

            CompletableFuture<Void> stopping = CompletableFuture.runAsync(gateway::close);
            Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> refusesConnections(http));
            upload.getOutputStream().write(new byte[1_000_000]);
            SignedHttp.Answer answer = SignedHttp.read(upload.getInputStream(), false);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.head().toLowerCase(Locale.ROOT))
                    .as("who would send more here is told to go elsewhere")
                    .contains("connection: close");
            stopping.get(60, TimeUnit.SECONDS);
        }
        assertThat(gateway.await())
                .as("the exit code of a program that SIGTERM has ended")
                .isEqualTo(143);
        assertThat(Rig.objectsAt(Rig.shared().paris(), bucket)).containsOnlyKeys("k");
    }

    private static boolean refusesConnections(SignedHttp http) throws Exception {
        try (Socket knock = http.connect()) {
            return !knock.isConnected();
        } catch (ConnectException refused) {
            return true;
        }
    }
}
