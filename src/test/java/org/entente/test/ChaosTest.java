package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.entente.backends.sigv4.Sha256;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Two gateways as processes that share a PostgreSQL, three sites as processes, and for a while somebody who kills and stops
 * them at random under load. {@code -Dentente.chaos.seconds=3600} goes on for longer.
 */
class ChaosTest {
    private static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("entente.chaos.seconds", 30));
    private static final int CLIENTS = 6;
    private static final int KEYS = 8;
    private static final String NOTHING = "";
    private static final String CONNECTION = "connection";

    /** What goes wrong, again and again. */
    private interface Trouble {
        void among(List<Replica> members) throws IOException, InterruptedException;
    }

    /** What a key may be, by all that its one client knows: digests, and that there is nothing. */
    private final Map<String, Set<String>> possible = new ConcurrentHashMap<>();

    private final AtomicInteger done = new AtomicInteger();
    private final Map<String, AtomicInteger> errors = new ConcurrentHashMap<>();
    private final List<String> wrong = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> kills = new TreeMap<>();
    private final Random random = new Random(Long.getLong("entente.chaos.seed", 4425));
    private final Instant begun = Instant.now();
    private final String bucket = "shared-" + UUID.randomUUID().toString().substring(0, 18);

    @TempDir
    private Path directory;

    @Test
    void whateverIsKilledNothingAcknowledgedIsLost() throws Exception {
        play(members -> trouble(members));
    }

    /** A request under way through a gateway that is killed fails; nothing else may. */
    @Test
    void ofOneFailureAtATimeNoClientSeesAnything() throws Exception {
        play(members -> {
            trouble(members);
            // What clients write at this moment has entries, too.
            awaitJournal(members, "\"owed\":{}");
            // Each gateway finds out for itself that a site is back: for one that has not yet, the failure is not over.
            members.forEach(ChaosTest::awaitHealth);
        });
        assertThat(errors.keySet()).isSubsetOf(CONNECTION);
    }

    private void play(Trouble trouble) throws Exception {
        OwnGateway.write(directory.resolve("config"), ReplicationTest.TWO_COPIES);
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
            String journal = postgres.getJdbcUrl("postgres", "postgres");
            List<Replica> members =
                    List.of(new Replica("one", directory, journal), new Replica("two", directory, journal));
            try {
                play(members, trouble);
            } finally {
                members.forEach(Replica::close);
            }
        }
    }

    private void play(List<Replica> members, Trouble trouble) throws Exception {
        List<S3Client> clients = members.stream()
                .map(member -> ReplicationTest.client(member.endpoint()))
                .toList();
        clients.getFirst().createBucket(b -> b.bucket(bucket));
        Instant end = Instant.now().plus(LENGTH);
        try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                running.add(threads.submit(() -> work(clients, number, end)));
            }
            while (Instant.now().isBefore(end)) {
                trouble.among(members);
            }
            for (Future<?> each : running) {
                each.get(5, TimeUnit.MINUTES);
            }
        }
        Instant healed = Instant.now();
        awaitJournal(members, "\"entries\":0");
        System.out.printf(
                "ChaosTest: %d operations done, errors %s, killed or stopped %s, settled after %d ms%n",
                done.get(),
                errors,
                kills,
                Duration.between(healed, Instant.now()).toMillis());
        check(clients);
        clients.forEach(S3Client::close);
    }

    private static void awaitJournal(List<Replica> members, String saying) {
        await().atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofMillis(250))
                .untilAsserted(() -> assertThat(members.getFirst()
                                .operators()
                                .get("/api/v1/journal")
                                .body())
                        .contains(saying));
    }

    private static void awaitHealth(Replica member) {
        await().atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(
                        () -> assertThat(member.operators().get("/api/v1/sites").body())
                                .contains("\"healthy\"")
                                .doesNotContain("\"dark\"", "\"recovering\""));
    }

    /** One thing goes wrong and is mended. */
    private void trouble(List<Replica> members) throws IOException, InterruptedException {
        List<SandboxSite> sites = Rig.shared().sites();
        SandboxSite site = sites.get(random.nextInt(sites.size()));
        switch (random.nextInt(4)) {
            case 0 -> {
                Replica member = members.get(random.nextInt(members.size()));
                did("gateway " + member.name() + " killed");
                member.killAndStart();
            }
            case 1 -> {
                did(site.name() + " stopped");
                signal("STOP", site);
                TimeUnit.SECONDS.sleep(2);
                signal("CONT", site);
            }
            default -> {
                did(site.name() + " killed");
                site.kill();
                TimeUnit.MILLISECONDS.sleep(500 + random.nextInt(2000));
                site.restart();
            }
        }
        TimeUnit.MILLISECONDS.sleep(500 + random.nextInt(1500));
    }

    private void did(String what) {
        told(what);
        kills.merge(what, 1, Integer::sum);
    }

    static void signal(String name, SandboxSite site) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(site.processId()))
                .start()
                .waitFor();
    }

    private void work(List<S3Client> clients, int number, Instant end) {
        Random own = new Random(number);
        while (Instant.now().isBefore(end)) {
            String key = "client-" + number + "/" + own.nextInt(KEYS);
            S3Client s3 = clients.get(own.nextInt(clients.size()));
            Set<String> before = possible.getOrDefault(key, Set.of(NOTHING));
            try {
                switch (own.nextInt(6)) {
                    case 0, 1, 2 -> put(s3, own, key, before);
                    case 3 -> {
                        possible.put(key, both(before, NOTHING));
                        s3.deleteObject(b -> b.bucket(bucket).key(key));
                        possible.put(key, Set.of(NOTHING));
                    }
                    default -> look(s3, key, before);
                }
                done.incrementAndGet();
            } catch (S3Exception e) {
                count(String.valueOf(e.statusCode()));
                told(key + ": " + e.getMessage());
            } catch (SdkException e) {
                count(CONNECTION);
            }
        }
    }

    private void told(String event) {
        System.out.println(
                "ChaosTest, " + Duration.between(begun, Instant.now()).toMillis() + " ms: " + event);
    }

    private void count(String error) {
        errors.computeIfAbsent(error, kind -> new AtomicInteger()).incrementAndGet();
    }

    private void put(S3Client s3, Random own, String key, Set<String> before) {
        byte[] content = new byte[own.nextInt(8) == 0 ? 2 << 20 : 1 + own.nextInt(100_000)];
        own.nextBytes(content);
        String digest = Sha256.hex(content);
        possible.put(key, both(before, digest));
        s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromBytes(content));
        possible.put(key, Set.of(digest));
    }

    private void look(S3Client s3, String key, Set<String> expected) {
        String found = read(s3, key);
        if (!expected.contains(found)) {
            wrong.add(key + " is " + found + " and not one of " + expected);
        }
    }

    private String read(S3Client s3, String key) {
        try {
            return Sha256.hex(
                    s3.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asByteArray());
        } catch (NoSuchKeyException e) {
            return NOTHING;
        }
    }

    private static Set<String> both(Set<String> before, String more) {
        Set<String> all = ConcurrentHashMap.newKeySet();
        all.addAll(before);
        all.add(more);
        return Set.copyOf(all);
    }

    private void check(List<S3Client> clients) throws IOException {
        assertThat(wrong).isEmpty();
        possible.forEach((key, expected) ->
                assertThat(read(clients.getFirst(), key)).as(key).isIn(expected));
        Map<String, String> paris = digests(Rig.shared().paris());
        assertThat(digests(Rig.shared().frankfurt())).isEqualTo(paris);
        assertThat(digests(Rig.shared().east())).isEmpty();
        assertThat(done.get()).isGreaterThan(100);
    }

    private Map<String, String> digests(SandboxSite site) throws IOException {
        Map<String, String> digests = new TreeMap<>();
        for (Map.Entry<String, Path> file : Rig.objectsAt(site, bucket).entrySet()) {
            digests.put(file.getKey(), Sha256.hex(Files.readAllBytes(file.getValue())));
        }
        return digests;
    }
}
