package org.entente.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.gateway.front.Gateway;
import org.entente.sandbox.GatewayProcess;
import org.entente.sandbox.SandboxSite;
import org.entente.test.SignedHttp.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was decided can be shown afterwards. */
class AuditTest {
    private static final String FRENCH_KEYS_IN_EUROPE = OwnGateway.SHARED_ANYWHERE + """
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: french-keys}
            spec:
              match: {buckets: ["shared-*"], keys: ["french/**"]}
              residency: {jurisdictions: {deny: [US]}}
            """;

    @TempDir
    private Path directory;

    private final String bucket = "shared-" + UUID.randomUUID().toString().substring(0, 18);

    private static Answer put(SignedHttp client, String target, String body) {
        return client.send(
                "PUT",
                target,
                "UNSIGNED-PAYLOAD",
                Map.of("content-length", String.valueOf(body.length())),
                body.getBytes(UTF_8));
    }

    private static String verify(Path log, int expectedExit) throws IOException, InterruptedException {
        Shell.Result result = Shell.run(Map.of(), "./entente", "audit", "verify", log.toString());
        assertThat(result.exit()).as(result.output()).isEqualTo(expectedExit);
        return result.output();
    }

    @Test
    void writesRefusalsReloadsAndCommandsAreRecorded() throws Exception {
        try (OwnGateway gateway = new OwnGateway(directory, OwnGateway.SHARED_ANYWHERE)) {
            assertThat(put(gateway.french(), "/" + bucket, "").status()).isEqualTo(200);
            assertThat(put(gateway.french(), "/" + bucket + "/plans%20a", "x").status())
                    .isEqualTo(200);
            assertThat(put(gateway.french(), "/elsewhere/k", "x").status()).isEqualTo(403);
            assertThat(gateway.french().get("/" + bucket + "/plans%20a").status())
                    .isEqualTo(200);
            assertThat(gateway.operator()
                            .put("/api/v1/policies", FRENCH_KEYS_IN_EUROPE)
                            .status())
                    .isEqualTo(200);
            assertThat(put(gateway.french(), "/" + bucket + "/french/late", "x").status())
                    .isEqualTo(403);
        }
        String log = Files.readString(directory.resolve("journal/audit.jsonl"));
        List<String> lines = log.lines().toList();
        assertThat(lines).hasSize(6);
        assertThat(lines.get(0)).contains("\"event\":\"write\"", "\"operation\":\"CreateBucket\"");
        assertThat(lines.get(1))
                .contains(
                        "\"event\":\"write\"",
                        "\"requestId\":\"",
                        "\"principal\":\"fr-logistics\"",
                        "\"operation\":\"PutObject\"",
                        "\"bucket\":\"" + bucket + "\"",
                        "\"key\":\"plans a\"",
                        "\"sites\":[\"us-east\"]",
                        "\"policy\":\"shared-capacity\"",
                        "\"revision\":1",
                        "\"status\":200");
        assertThat(lines.get(2))
                .contains(
                        "\"event\":\"refusal\"", "\"bucket\":\"elsewhere\"", "\"status\":403", "has no grant to write");
        assertThat(lines.get(3)).contains("\"event\":\"reload\"", "\"principal\":\"alice\"", "\"revision\":2");
        assertThat(lines.get(4)).contains("\"event\":\"operator\"", "\"operation\":\"put policies\"");
        assertThat(lines.get(5))
                .contains("\"event\":\"refusal\"", "\"revision\":2", "jurisdiction US is denied (policies:13:");
        assertThat(verify(directory.resolve("journal/audit.jsonl"), 0)).contains("intact: 6 records");
        Path forged = Files.writeString(directory.resolve("forged.jsonl"), log.replace("us-east", "fr-paris"));
        assertThat(verify(forged, 1)).contains("line 2 is not as it was written", "NOT INTACT");
    }

    @Test
    void aGatewayThatIsKilledLeavesAChainThatHoldsAndGoesOn() throws Exception {
        Path data = Repository.scratch().resolve("audit-" + UUID.randomUUID());
        Path log = data.resolve("audit.jsonl");
        String french = "fr-" + bucket;
        for (int run = 1; run <= 3; run++) {
            GatewayProcess gateway = GatewayProcess.start(
                    Repository.gatewayJar(),
                    List.of("-Xmx256m"),
                    Rig.shared().config(),
                    data,
                    SandboxSite.freePort(),
                    SandboxSite.freePort());
            SignedHttp http = new SignedHttp(gateway.endpoint(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
            put(http, "/" + french, "");
            long before = Files.readAllLines(log).size();
            List<CompletableFuture<Void>> writers = IntStream.range(0, 4)
                    .mapToObj(writer -> CompletableFuture.runAsync(() -> {
                        for (int i = 0; i < 500; i++) {
                            put(http, "/" + french + "/" + writer + "-" + i, "x");
                        }
                    }))
                    .toList();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> Files.readAllLines(log).size() > before + 100);
            ProcessHandle.of(gateway.processId()).orElseThrow().destroyForcibly();
            gateway.await();
            writers.forEach(writer -> writer.handle((done, broken) -> null).join());
            assertThat(verify(log, 0)).contains("intact");
        }
        assertThat(Files.readString(log)).contains("\"operation\":\"PutObject\"");
    }

    @Test
    void whatCannotBeRecordedIsNotDone() {
        Path full = Path.of("/dev/full");
        assumeThat(Files.exists(full)).as("a device that is always full").isTrue();
        try (Gateway gateway = Gateway.start(
                new ConfigDirectory(Rig.shared().config()),
                name -> Optional.empty(),
                Map.of(
                        "server.port",
                        "0",
                        "management.server.port",
                        "0",
                        "entente.data",
                        directory.toString(),
                        "entente.audit.file",
                        full.toString()))) {
            SignedHttp http = new SignedHttp(gateway.s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
            put(http, "/" + bucket, "");
            assertThat(put(http, "/" + bucket + "/k", "x").status()).isEqualTo(503);
            assertThat(http.get("/" + bucket + "/k").status())
                    .as("readers are served")
                    .isEqualTo(404);
        }
    }
}
