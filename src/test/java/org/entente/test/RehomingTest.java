package org.entente.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;
import tools.jackson.databind.JsonNode;

/** Buckets that move to other sites while a client works with them. */
@ExtendWith(NoLeaks.class)
class RehomingTest {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final int MIB = 1 << 20;

    private static final String ONE_COPY = """
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: shared}
            spec:
              match: {buckets: ["shared-*"]}
              placement: {prefer: [us-east, fr-paris, de-frankfurt]}
            """;

    private static final String TWO_COPIES_IN_EUROPE = """
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: shared}
            spec:
              match: {buckets: ["shared-*"]}
              residency: {jurisdictions: {deny: [US]}}
              placement: {prefer: [fr-paris, de-frankfurt], copies: 2, write: {acknowledge: 2}}
            """;

    private final Random random = new Random(4425);
    private final String bucket = "shared-" + UUID.randomUUID().toString().substring(0, 18);
    private OwnGateway gateway;
    private S3Client s3;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        gateway = new OwnGateway(Files.createDirectories(directory.resolve("gateway")), ONE_COPY);
        s3 = ReplicationTest.client(gateway.s3Address());
        s3.createBucket(b -> b.bucket(bucket));
    }

    @AfterEach
    void stop() throws IOException, InterruptedException {
        for (SandboxSite site : Rig.shared().sites()) {
            gateway.operator().post("/api/v1/sites/" + site.name() + "/resume", "{}");
            if (!ProcessHandle.of(site.processId()).map(ProcessHandle::isAlive).orElse(false)) {
                site.restart();
            }
        }
        s3.close();
        gateway.close();
    }

    /** Somebody who reads and writes all the time, and remembers what there should be. */
    private final class Worker implements AutoCloseable {
        private final Map<String, String> expected = new ConcurrentHashMap<>();
        private final List<String> wrong = new CopyOnWriteArrayList<>();
        private final AtomicBoolean over = new AtomicBoolean();
        private final ExecutorService thread = Executors.newSingleThreadExecutor();
        private int done;
        private int again;

        Worker() {
            thread.execute(this::work);
        }

        private void work() {
            Random own = new Random(7);
            while (!over.get()) {
                String key = "worker/" + own.nextInt(40);
                try {
                    switch (own.nextInt(4)) {
                        case 0, 1 -> {
                            String value = "value " + done;
                            tried(() -> s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromString(value)));
                            expected.put(key, value);
                        }
                        case 2 -> {
                            tried(() -> s3.deleteObject(b -> b.bucket(bucket).key(key)));
                            expected.remove(key);
                        }
                        default -> {
                            String found = get(key);
                            if (!found.equals(expected.getOrDefault(key, ""))) {
                                wrong.add(key + " is " + found + " and not " + expected.get(key));
                            }
                        }
                    }
                    done++;
                } catch (RuntimeException e) {
                    wrong.add(key + ": " + e);
                }
            }
        }

        /** Again, while the answer is that it should be tried again, as every SDK does by default. */
        private void tried(Runnable operation) {
            await().atMost(SOON).pollDelay(Duration.ZERO).until(() -> {
                try {
                    operation.run();
                    return true;
                } catch (S3Exception e) {
                    if (e.statusCode() != 503) {
                        throw e;
                    }
                    again++;
                    return false;
                }
            });
        }

        @Override
        public void close() {
            System.out.printf("RehomingTest: %d operations, %d of them tried again%n", done, again);
            over.set(true);
            thread.close();
            assertThat(wrong).isEmpty();
            assertThat(done).isGreaterThan(50);
            expected.forEach((key, value) -> assertThat(get(key)).as(key).isEqualTo(value));
        }
    }

    private String get(String key) {
        try {
            return s3.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asUtf8String();
        } catch (NoSuchKeyException e) {
            return "";
        }
    }

    private void awaitMembers(String... members) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(250)).untilAsserted(() -> {
            JsonNode there = gateway.operator().get("/api/v1/buckets/" + bucket).json();
            List<String> names = new ArrayList<>();
            there.get("members").forEach(name -> names.add(name.asString()));
            assertThat(names)
                    .as(there + ", " + gateway.operator().get("/api/v1/journal").body())
                    .containsExactly(members);
            assertThat(there.get("move").isNull()).isTrue();
            assertThat(there.get("leaving").isEmpty()).isTrue();
        });
    }

    private String archive() {
        byte[] content = new byte[5 * MIB];
        random.nextBytes(content);
        String id = s3.createMultipartUpload(
                        b -> b.bucket(bucket).key("archive").metadata(Map.of("colour", "blue")))
                .uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            int number = i;
            String etag = s3.uploadPart(
                            b -> b.bucket(bucket).key("archive").uploadId(id).partNumber(number),
                            RequestBody.fromBytes(content))
                    .eTag();
            parts.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
        }
        return s3.completeMultipartUpload(
                        b -> b.bucket(bucket).key("archive").uploadId(id).multipartUpload(m -> m.parts(parts)))
                .eTag();
    }

    private Map<String, Path> at(SandboxSite site) throws IOException {
        return Rig.objectsAt(site, bucket);
    }

    @Test
    void aDrainedSiteIsLeftByAllThatItHeldWhileClientsWork() throws Exception {
        String etag = archive();
        for (int i = 0; i < 1200; i++) {
            String key = String.format("many/%04d", i);
            s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromString(key));
        }
        String upload = s3.createMultipartUpload(b -> b.bucket(bucket).key("begun-before"))
                .uploadId();
        String first = s3.uploadPart(
                        b -> b.bucket(bucket)
                                .key("begun-before")
                                .uploadId(upload)
                                .partNumber(1),
                        RequestBody.fromBytes(new byte[5 * MIB]))
                .eTag();
        try (Worker worker = new Worker()) {
            assertThat(gateway.operator()
                            .post("/api/v1/sites/us-east/drain", "{}")
                            .status())
                    .isEqualTo(400);
            var drained = gateway.operator().post("/api/v1/sites/us-east/drain", "{\"reason\": \"the contract ends\"}");
            assertThat(drained.status()).as(drained.body()).isEqualTo(200);
            assertThat(drained.body()).contains("\"state\":\"draining\"", "the contract ends");
            await().atMost(SOON)
                    .until(() -> gateway.operator()
                            .get("/api/v1/journal")
                            .body()
                            .contains("uploads in parts are under way"));
            String second = s3.uploadPart(
                            b -> b.bucket(bucket)
                                    .key("begun-before")
                                    .uploadId(upload)
                                    .partNumber(2),
                            RequestBody.fromString("the end"))
                    .eTag();
            s3.completeMultipartUpload(b -> b.bucket(bucket)
                    .key("begun-before")
                    .uploadId(upload)
                    .multipartUpload(m -> m.parts(
                            CompletedPart.builder().partNumber(1).eTag(first).build(),
                            CompletedPart.builder().partNumber(2).eTag(second).build())));
            awaitMembers("fr-paris");
        }
        assertThat(gateway.operator()
                        .get("/api/v1/sites")
                        .json()
                        .valueStream()
                        .filter(site -> site.get("name").asString().equals("us-east"))
                        .map(site -> site.get("buckets").asLong()))
                .containsExactly(0L);
        assertThat(at(Rig.shared().east())).isEmpty();
        assertThat(at(Rig.shared().paris())).containsKeys("archive", "many/0000", "many/1199", "begun-before");
        var head = s3.headObject(b -> b.bucket(bucket).key("archive"));
        assertThat(head.eTag()).isEqualTo(etag);
        assertThat(head.metadata()).isEqualTo(Map.of("colour", "blue"));
        assertThat(s3.headObject(b -> b.bucket(bucket).key("begun-before")).contentLength())
                .isEqualTo(5 * MIB + 7);
        assertThat(Files.readString(gateway.auditLog())).contains("drain site us-east", "the contract ends");
        assertThat(gateway.journal()).isEmpty();
    }

    @Test
    void aPolicyThatAsksForOtherSitesMovesItsBuckets() throws Exception {
        String etag = archive();
        s3.putObject(b -> b.bucket(bucket).key("plan"), RequestBody.fromString("the plan"));
        try (Worker worker = new Worker()) {
            gateway.policies(TWO_COPIES_IN_EUROPE);
            awaitMembers("fr-paris", "de-frankfurt");
        }
        await().atMost(SOON).untilAsserted(() -> assertThat(gateway.journal()).isEmpty());
        assertThat(at(Rig.shared().east())).isEmpty();
        for (SandboxSite site : List.of(Rig.shared().paris(), Rig.shared().frankfurt())) {
            assertThat(Files.readString(at(site).get("plan"), UTF_8)).isEqualTo("the plan");
            assertThat(at(site).keySet()).isEqualTo(at(Rig.shared().paris()).keySet());
        }
        assertThat(gateway.checkJournal().output()).contains("; 0 problems");
        Rig.shared().paris().kill();
        assertThat(s3.headObject(b -> b.bucket(bucket).key("archive")).eTag()).isEqualTo(etag);
    }

    @Test
    void aMoveGoesOnAfterARestartAndWaitsForASiteThatIsDark() throws Exception {
        for (int i = 0; i < 50; i++) {
            String key = "many/" + i;
            s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromString(key));
        }
        gateway.operator().post("/api/v1/sites/us-east/drain", "{\"reason\": \"the contract ends\"}");
        await().atMost(SOON)
                .until(() -> gateway.operator()
                        .get("/api/v1/buckets/" + bucket)
                        .body()
                        .contains("PREPARING"));
        Rig.shared().paris().kill();
        gateway.restart();
        s3.close();
        s3 = ReplicationTest.client(gateway.s3Address());
        await().atMost(SOON)
                .until(() -> gateway.operator().get("/api/v1/journal").body().contains("are being copied"));
        assertThat(get("many/7")).isEqualTo("many/7");
        s3.putObject(b -> b.bucket(bucket).key("meanwhile"), RequestBody.fromString("written"));
        Rig.shared().paris().restart();
        awaitMembers("fr-paris");
        assertThat(get("meanwhile")).isEqualTo("written");
        assertThat(at(Rig.shared().paris())).hasSize(51);
        assertThat(at(Rig.shared().east())).isEmpty();
    }

    @Test
    void aSiteThatIsDarkForGoodIsLeftToo() throws Exception {
        gateway.policies(ReplicationTest.TWO_COPIES);
        awaitMembers("fr-paris", "de-frankfurt");
        s3.putObject(b -> b.bucket(bucket).key("plan"), RequestBody.fromString("the plan"));
        Rig.shared().paris().kill();
        gateway.operator().post("/api/v1/sites/fr-paris/drain", "{\"reason\": \"it will not come back\"}");
        s3.putObject(b -> b.bucket(bucket).key("meanwhile"), RequestBody.fromString("written"));
        await().atMost(SOON)
                .pollInterval(Duration.ofMillis(250))
                .untilAsserted(() -> assertThat(gateway.operator()
                                .get("/api/v1/buckets/" + bucket)
                                .body())
                        .contains("\"members\":[\"de-frankfurt\",\"us-east\"]", "\"leaving\":[\"fr-paris\"]"));
        Rig.shared().frankfurt().kill();
        assertThat(get("plan")).isEqualTo("the plan");
        assertThat(get("meanwhile")).isEqualTo("written");
        Rig.shared().frankfurt().restart();
        Rig.shared().paris().restart();
        awaitMembers("de-frankfurt", "us-east");
        assertThat(at(Rig.shared().paris())).isEmpty();
    }

    @Test
    void untilItHasArrivedItCanTurnBack() throws Exception {
        s3.putObject(b -> b.bucket(bucket).key("plan"), RequestBody.fromString("the plan"));
        Rig.shared().paris().kill();
        await().atMost(SOON)
                .until(() -> gateway.operator().get("/api/v1/sites").body().contains("\"state\":\"dark\""));
        Rig.shared().paris().restart();
        await().atMost(SOON)
                .until(() -> !gateway.operator().get("/api/v1/sites").body().contains("\"state\":\"dark\""));
        gateway.operator().post("/api/v1/sites/us-east/drain", "{\"reason\": \"the contract ends\"}");
        await().atMost(SOON)
                .until(() -> gateway.operator()
                        .get("/api/v1/buckets/" + bucket)
                        .body()
                        .contains("PREPARING"));
        s3.putObject(b -> b.bucket(bucket).key("both"), RequestBody.fromString("at both"));
        gateway.operator().post("/api/v1/sites/us-east/resume", "{}");
        awaitMembers("us-east");
        assertThat(at(Rig.shared().paris())).isEmpty();
        assertThat(get("plan")).isEqualTo("the plan");
        assertThat(get("both")).isEqualTo("at both");
    }
}
