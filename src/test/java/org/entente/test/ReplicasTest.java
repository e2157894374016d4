package org.entente.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import reactor.netty.DisposableServer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.metrics.CoreMetric;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.metrics.MetricCollection;
import software.amazon.awssdk.metrics.MetricPublisher;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Three gateways as processes behind one address, with one PostgreSQL. */
class ReplicasTest {
    private static final int CLIENTS = 2;
    private static final String SPARE = "us-spare";

    private final AtomicInteger done = new AtomicInteger();
    private final AtomicInteger tries = new AtomicInteger();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final List<Replica> ready = new CopyOnWriteArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final String bucket = "shared-" + UUID.randomUUID().toString().substring(0, 18);

    @TempDir
    private Path directory;

    @Test
    void whatHappensToOneReachesAllAndHurtsNobody() throws Exception {
        SandboxSite spare = spare();
        OwnGateway.write(directory.resolve("config"), ReplicationTest.TWO_COPIES);
        Files.writeString(
                directory.resolve("config").resolve("sites.yaml"),
                Rig.shared().siteDocuments() + "---\n"
                        + spare.document("Reserve", "US", List.of("US"), "unclassified"));
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
            String journal = postgres.getJdbcUrl("postgres", "postgres");
            for (String name : List.of("one", "two", "three")) {
                ready.add(new Replica(name, directory, journal));
            }
            List<Replica> members = List.copyOf(ready);
            DisposableServer address = Relay.start(
                    server -> server,
                    () -> ready.get(Math.floorMod(turn.getAndIncrement(), ready.size()))
                            .port());
            try {
                restartAllUnderLoad(members, URI.create("http://localhost:" + address.port()));
                commandReachesAll(members);
                darknessReachesAll(members, spare);
                whatIsLeftOpenIsEndedByOthers(
                        members, JdbcClient.create(new DriverManagerDataSource(journal, "postgres", "")));
            } finally {
                address.disposeNow();
                members.forEach(Replica::close);
                spare.close();
            }
        }
    }

    /** A site that nobody else depends on. */
    private SandboxSite spare() throws IOException {
        return SandboxSite.start(
                SPARE,
                Repository.s3proxy(),
                SandboxSite.Store.FILES,
                directory.resolve(SPARE),
                SandboxSite.freePort(),
                "key-of-spare",
                "secret-of-spare");
    }

    private void restartAllUnderLoad(List<Replica> members, URI endpoint) throws Exception {
        S3Client s3 = client(endpoint);
        s3.createBucket(b -> b.bucket(bucket));
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                running.add(threads.submit(() -> work(s3, number, over)));
            }
            for (Replica member : members) {
                restart(member);
            }
            over.set(true);
            for (Future<?> each : running) {
                each.get(1, TimeUnit.MINUTES);
            }
        }
        s3.close();
        System.out.printf(
                "ReplicasTest: %d requests over three restarts, %d of them tried again by the SDK, failed: %s%n",
                done.get(), tries.get(), failures);
        assertThat(failures).isEmpty();
        assertThat(done.get()).isGreaterThan(100);
    }

    /** With the SDK's own defaults, so that it tries again what it would for any user. */
    private S3Client client(URI endpoint) {
        return S3Client.builder()
                .endpointOverride(endpoint)
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .overrideConfiguration(c -> c.addMetricPublisher(new Tries()))
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(Rig.FRENCH_KEY, Rig.FRENCH_SECRET)))
                .build();
    }

    /** As Kubernetes does: first nobody new is sent there, then it is told to stop, then another one takes its place. */
    private void restart(Replica member) throws IOException, InterruptedException {
        int before = done.get();
        ready.remove(member);
        await().atMost(Duration.ofMinutes(1)).until(() -> done.get() > before + 20);
        Instant told = Instant.now();
        assertThat(member.stop()).isEqualTo(143);
        // Clients keep their connections; those that are idle hold up nobody.
        assertThat(Duration.between(told, Instant.now())).isLessThan(Duration.ofSeconds(15));
        member.startAgain();
        ready.add(member);
    }

    private void work(S3Client s3, int number, AtomicBoolean over) {
        Random random = new Random(number);
        for (int i = 0; !over.get(); i++) {
            String key = number + "/" + i % 10;
            byte[] content = new byte[random.nextInt(8) == 0 ? 1 << 20 : 1 + random.nextInt(50_000)];
            random.nextBytes(content);
            try {
                s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromBytes(content));
                byte[] found =
                        s3.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asByteArray();
                if (!Arrays.equals(found, content)) {
                    failures.add(key + " is not what was stored");
                }
                done.addAndGet(2);
            } catch (SdkException e) {
                failures.add(String.valueOf(e.getMessage()));
            }
        }
    }

    private static void commandReachesAll(List<Replica> members) throws IOException, InterruptedException {
        assertThat(members.getFirst()
                        .operators()
                        .post("/api/v1/sites/us-east/suspend", "{\"reason\": \"a sanction\"}")
                        .status())
                .isEqualTo(200);
        long start = System.nanoTime();
        for (Replica member : members) {
            await().atMost(Duration.ofSeconds(10))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> member.operators().get("/api/v1/sites").body().contains("suspended"));
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        System.out.printf("ReplicasTest: a command had reached all after %d ms%n", took.toMillis());
        assertThat(took).isLessThan(Duration.ofSeconds(2));
        members.getLast().operators().post("/api/v1/sites/us-east/resume", "{}");
    }

    /** Each would find out by itself within the two seconds between the probes of a site that nobody asks for anything. */
    private static void darknessReachesAll(List<Replica> members, SandboxSite site) {
        site.kill();
        Map<String, Long> dark = new HashMap<>();
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> {
                    for (Replica member : members) {
                        if (!dark.containsKey(member.name())
                                && state(member, SPARE).equals("dark")) {
                            dark.put(member.name(), System.nanoTime());
                        }
                    }
                    return dark.size() == members.size();
                });
        Duration took = Duration.ofNanos(Collections.max(dark.values()) - Collections.min(dark.values()));
        System.out.printf("ReplicasTest: a site was dark for all %d ms after the first%n", took.toMillis());
        assertThat(took).isLessThan(Duration.ofSeconds(1));
    }

    private static String state(Replica member, String site) throws IOException, InterruptedException {
        for (JsonNode each : new ObjectMapper()
                .readTree(member.operators().get("/api/v1/sites").body())) {
            if (each.path("name").asString().equals(site)) {
                return each.path("state").asString();
            }
        }
        return "";
    }

    /** A gateway is killed while its write hangs at sites that stand still: the claim on the key is the others' to end. */
    private void whatIsLeftOpenIsEndedByOthers(List<Replica> members, JdbcClient journal) throws Exception {
        Replica victim = members.getFirst();
        String key = "/" + bucket + "/left-open";
        SignedHttp http = new SignedHttp(victim.endpoint(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
        List<SandboxSite> holders = List.of(Rig.shared().paris(), Rig.shared().frankfurt());
        for (SandboxSite site : holders) {
            ChaosTest.signal("STOP", site);
        }
        try (Socket upload = http.connect()) {
            String head = http.sign("PUT", key, "UNSIGNED-PAYLOAD", Map.of("content-length", "10"))
                    .head();
            upload.getOutputStream().write((head + "0123456789").getBytes(ISO_8859_1));
            await().atMost(Duration.ofSeconds(20)).until(() -> open(journal) == 1);
            victim.kill();
        } finally {
            for (SandboxSite site : holders) {
                ChaosTest.signal("CONT", site);
            }
        }
        long start = System.nanoTime();
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> open(journal) == 0);
        System.out.printf(
                "ReplicasTest: what a killed gateway had claimed was ended after %d ms%n",
                Duration.ofNanos(System.nanoTime() - start).toMillis());
        List<SignedHttp> others = members.stream()
                .filter(member -> !member.equals(victim))
                .map(member -> new SignedHttp(member.endpoint(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET))
                .toList();
        assertThat(others.stream().map(other -> other.get(key).body()).distinct())
                .as("done or not, it is so at all")
                .hasSize(1);
        assertThat(others.getFirst()
                        .send("PUT", key, "UNSIGNED-PAYLOAD", Map.of("content-length", "1"), new byte[1])
                        .status())
                .isEqualTo(200);
    }

    private static long open(JdbcClient journal) {
        return journal.sql("select count(*) from entry where way_kind <> ''")
                .query(Long.class)
                .single();
    }

    /** Counts what the SDK tries again by itself. */
    private final class Tries implements MetricPublisher {
        @Override
        public void publish(MetricCollection call) {
            call.metricValues(CoreMetric.RETRY_COUNT).forEach(tries::addAndGet);
        }

        @Override
        public void close() {}
    }
}
