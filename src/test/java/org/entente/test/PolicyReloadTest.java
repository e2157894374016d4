package org.entente.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.entente.test.SignedHttp.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Policies change while the gateway serves. */
@ExtendWith(NoLeaks.class)
class PolicyReloadTest {
    private static final Duration SOON = Duration.ofSeconds(15);

    @TempDir
    private Path directory;

    private OwnGateway gateway;
    private final String bucket = "shared-" + UUID.randomUUID().toString().substring(0, 18);

    @BeforeEach
    void start() throws IOException {
        gateway = new OwnGateway(directory, OwnGateway.SHARED_ANYWHERE);
        assertThat(put("/" + bucket, "").status()).isEqualTo(200);
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private Answer put(String target, String body) {
        return gateway.french()
                .send(
                        "PUT",
                        target,
                        "UNSIGNED-PAYLOAD",
                        Map.of("content-length", String.valueOf(body.length())),
                        body.getBytes(ISO_8859_1));
    }

    private boolean isStoredInFrance(String key) {
        Answer answer = put("/" + bucket + "/" + key, "x");
        return answer.status() == 200 && answer.head().toLowerCase(Locale.ROOT).contains("x-entente-site: fr-paris");
    }

    private long revision() throws IOException, InterruptedException {
        return gateway.operator().get("/api/v1/policies").json().get("revision").asLong();
    }

    private static void soon(Callable<Boolean> condition) {
        await().atMost(SOON).until(condition);
    }

    @Test
    void aNarrowerFenceBindsTheNextWrite() throws Exception {
        assertThat(put("/" + bucket + "/before", "x").status()).isEqualTo(200);
        gateway.policies(OwnGateway.SHARED_IN_EUROPE);
        soon(() -> revision() == 2);
        int late = put("/" + bucket + "/late", "x").status();
        assertThat(late).as("none of its sites, or one it is moving to").isIn(200, 503);
        soon(() -> isStoredInFrance("after"));
        assertThat(gateway.french().get("/" + bucket + "/before").status())
                .as("what lies there already is read all the same")
                .isEqualTo(200);
        assertThat(Rig.objectsAt(Rig.shared().east(), bucket)).doesNotContainKeys("late", "after");
    }

    @Test
    void aWriteUnderWayToASiteThatIsForbiddenNowIsAborted() throws Exception {
        String head = gateway.french()
                .sign("PUT", "/" + bucket + "/slow", "UNSIGNED-PAYLOAD", Map.of("content-length", "4000000"))
                .head();
        try (Socket socket = gateway.french().connect()) {
            socket.getOutputStream().write(head.getBytes(ISO_8859_1));
            socket.getOutputStream().write(new byte[1_000_000]);
            soon(() -> unfinished(bucket) > 0);
            gateway.policies(OwnGateway.SHARED_IN_EUROPE);
            soon(() -> revision() == 2);
            InputStream answer = socket.getInputStream();
            try {
                socket.getOutputStream().write(new byte[3_000_000]);
            } catch (SocketException closed) {
                // As good an answer as one in words.
            }
            assertThat(status(answer)).isNotEqualTo("200");
        }
        assertThat(Rig.objectsAt(Rig.shared().east(), bucket)).doesNotContainKey("slow");
        soon(() -> Files.readString(gateway.auditLog()).contains("\"operation\":\"PutObject\""));
    }

    /** Files that the site is still writing. */
    private static long unfinished(String bucket) {
        return Rig.filesIn(Rig.shared().east().file(bucket, "")).size();
    }

    private static String status(InputStream answer) throws IOException {
        try {
            byte[] line = answer.readNBytes("HTTP/1.1 200".length());
            return line.length < 12 ? "" : new String(line, ISO_8859_1).substring(9);
        } catch (SocketException closed) {
            return "";
        }
    }

    @Test
    void aBadDocumentLeavesTheLastGoodOnesInForceAndSaysSo() throws Exception {
        gateway.policies("apiVersion: entente/v1\nkind: Polici\n");
        OperatorClient anybody = gateway.withToken("");
        soon(() -> anybody.get("/actuator/health").body().contains("unknown kind"));
        assertThat(put("/" + bucket + "/still", "x").status()).isEqualTo(200);
        assertThat(anybody.get("/actuator/health").status()).isEqualTo(200);
        assertThat(anybody.get("/actuator/prometheus").body()).containsPattern("entente_policy_errors [1-9]");
        assertThat(gateway.operator()
                        .get("/api/v1/policies")
                        .json()
                        .get("rejected")
                        .toString())
                .contains("policies.yaml:2:7: error: unknown kind 'Polici'; did you mean 'Policy'?");
        gateway.policies(OwnGateway.SHARED_IN_EUROPE);
        soon(() -> isStoredInFrance("mended"));
        assertThat(anybody.get("/actuator/health").body()).doesNotContain("unknown kind");
        assertThat(anybody.get("/actuator/prometheus").body()).contains("entente_policy_errors 0.0");
    }

    @Test
    void aMountedConfigMapIsFollowedWhenItsLinkIsSwapped(@TempDir Path volume) throws Exception {
        Path first = Files.createDirectories(volume.resolve("..2026_01"));
        Path second = Files.createDirectories(volume.resolve("..2026_02"));
        for (Path each : new Path[] {first, second}) {
            for (String file : new String[] {"sites.yaml", "people.yaml", "policies.yaml"}) {
                Files.copy(gateway.config().resolve(file), each.resolve(file));
            }
        }
        Files.writeString(second.resolve("policies.yaml"), OwnGateway.SHARED_IN_EUROPE);
        Files.createSymbolicLink(volume.resolve("..data"), Path.of("..2026_01"));
        for (String file : new String[] {"sites.yaml", "people.yaml", "policies.yaml"}) {
            Files.createSymbolicLink(volume.resolve(file), Path.of("..data", file));
        }
        try (var mounted = Rig.gateway(volume, directory.resolve("other-journal"))) {
            OperatorClient operator = new OperatorClient(mounted.operatorAddress(), OwnGateway.OPERATOR_TOKEN);
            assertThat(operator.get("/api/v1/policies").body()).contains("us-east");
            Files.createSymbolicLink(volume.resolve("..data_tmp"), Path.of("..2026_02"));
            Files.move(
                    volume.resolve("..data_tmp"),
                    volume.resolve("..data"),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            soon(() -> operator.get("/api/v1/policies").json().get("revision").asLong() == 2);
            assertThat(operator.get("/api/v1/policies/2").body()).contains("deny: [US]");
        }
    }
}
