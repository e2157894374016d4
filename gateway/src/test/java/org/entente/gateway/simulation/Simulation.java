package org.entente.gateway.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.policy.model.Documents;
import org.entente.policy.parse.DocumentParser;
import org.entente.policy.parse.Source;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** One run of a script that a number decides: the same number, the same run. */
final class Simulation {
    private static final List<String> KEYS = List.of("a/1", "a/2", "b");
    private static final List<String> INSIDE = List.of("one", "two", "three", "four");
    private static final String OUTSIDE = "outside";
    private static final int CLIENTS = 4;

    private final Random random;
    private final VirtualTimeScheduler time;
    private final Clock clock;
    private final Map<String, SimulatedSite> sites = new LinkedHashMap<>();
    private final List<String> drained = new ArrayList<>();
    private final List<SimulatedGateway> gateways = new ArrayList<>();
    private final History history = new History();
    private final Documents documents;
    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final int copies;
    private final boolean versioned;

    /** When its bucket begins to keep versions; at the beginning where 0. */
    private final int versionedFrom;

    /** When new ones take the place of the one called null again; not at all where that is beyond the end. */
    private final int suspendedFrom;

    /** What clients were told that their versions are called, and what these hold. */
    private final Map<String, Kept> kept = new LinkedHashMap<>();

    /** What should not have been. */
    private final List<String> wrong = new ArrayList<>();

    private int values;
    private int births;
    private int kills;
    private boolean healing;
    private boolean calm;

    Simulation(long seed, VirtualTimeScheduler time, JdbcClient client, TransactionTemplate transactions) {
        this.random = new Random(seed);
        this.time = time;
        this.clock = clock(time);
        this.client = client;
        this.transactions = transactions;
        this.copies = 2 + random.nextInt(2);
        this.documents = documents(copies, 1 + random.nextInt(copies));
        this.versioned = random.nextInt(2) == 0;
        this.versionedFrom = random.nextInt(2) == 0 ? 0 : 1 + random.nextInt(20);
        this.suspendedFrom = versionedFrom + 1 + random.nextInt(60);
        Stream.concat(INSIDE.stream(), Stream.of(OUTSIDE))
                .forEach(name -> sites.put(name, new SimulatedSite(name, time, clock, random)));
        clear();
        for (int i = 0; i < 2; i++) {
            gateways.add(gateway());
        }
    }

    /** @param purged whether somebody has tried to remove it */
    private record Kept(String key, String value, boolean purged) {}

    private static Clock clock(VirtualTimeScheduler time) {
        InstantSource source = () -> Instant.ofEpochMilli(1_000_000_000_000L + time.now(TimeUnit.MILLISECONDS));
        return source.withZone(ZoneOffset.UTC);
    }

    private SimulatedSite site(String name) {
        return Optional.ofNullable(sites.get(name)).orElseThrow();
    }

    private static Documents documents(int copies, int acknowledge) {
        StringBuilder text = new StringBuilder();
        for (String name : INSIDE) {
            text.append(site(name, "FR"));
        }
        text.append(site(OUTSIDE, "US"));
        text.append("""
                apiVersion: entente/v1
                kind: Policy
                metadata: {name: shared}
                spec:
                  match: {buckets: ["shared"]}
                  residency: {countries: {allow: [FR]}}
                  placement: {prefer: [one, two, three, four], copies: %d, write: {acknowledge: %d}}
                ---
                apiVersion: entente/v1
                kind: Principal
                metadata: {name: somebody}
                spec:
                  accessKeys: [{id: SOMEBODY000000000001, secret: "a secret of the simulation"}]
                  grants: [{buckets: ["shared"], actions: [read, write, list, manage]}]
                """.formatted(copies, acknowledge));
        DocumentParser.Parsed parsed = DocumentParser.parse(List.of(new Source("simulation.yaml", text.toString())));
        assertThat(parsed.findings()).isEmpty();
        return parsed.documents();
    }

    private static String site(String name, String country) {
        return """
                apiVersion: entente/v1
                kind: Site
                metadata: {name: %s}
                spec:
                  provider: %s
                  endpoint: http://127.0.0.1:1
                  country: %s
                  jurisdictions: [%s]
                  credentials: {accessKey: k, secretKey: s}
                ---
                """.formatted(name, name, country, country);
    }

    private void clear() {
        for (String table : List.of(
                "entry",
                "gateway",
                "bucket",
                "bucket_document",
                "version",
                "version_at_site",
                "joint_upload",
                "joint_part",
                "pass",
                "alone",
                "site_command")) {
            client.sql("delete from " + table).update();
        }
        client.sql(
                        "insert into bucket (name, owner, policy, members, created) values ('shared', 'somebody', 'shared', :m, 0)")
                .param("m", String.join(",", INSIDE.subList(0, copies)))
                .update();
        INSIDE.subList(0, copies)
                .forEach(name -> site(name)
                        .perform(S3Request.of(Operation.CREATE_BUCKET, SimulatedGateway.BUCKET))
                        .subscribe(S3Reply::discard));
        time.advanceTimeBy(Duration.ofSeconds(1));
        if (versioned && versionedFrom == 0) {
            keepVersions();
        }
    }

    /** A bucket begins to keep versions only when it owes nothing. */
    private void calm() {
        calm = true;
        sites.values().forEach(site -> site.become(SimulatedSite.Phase.WELL));
        for (int i = 0; i < 200 && (i < 60 || entries() > 0 || moving() > 0); i++) {
            replaceDead();
            time.advanceTimeBy(Duration.ofSeconds(2));
        }
    }

    /** As the gateway does it: all gateways know before any site begins. */
    private void keepVersions() {
        say("Enabled");
        members().forEach(name -> site(name).keepVersions(SimulatedGateway.BUCKET));
    }

    private void say(String status) {
        client.sql("insert into bucket_document (bucket, kind, document) values ('shared', 'versioning', :text)"
                        + " on conflict (bucket, kind) do update set document = excluded.document")
                .param("text", "<VersioningConfiguration><Status>" + status + "</Status></VersioningConfiguration>")
                .update();
        time.advanceTimeBy(Duration.ofMillis(2500));
    }

    private SimulatedGateway gateway() {
        SimulatedGateway gateway = new SimulatedGateway(
                "gateway-" + ++births, time, clock, random, sites, documents, client, transactions);
        if (!healing && random.nextInt(3) == 0) {
            gateway.killAfter(1 + random.nextInt(3000), () -> kills++);
        }
        return gateway;
    }

    /** Plays, heals everything, and checks. */
    void run(int steps) {
        for (int i = 0; i < CLIENTS; i++) {
            act(steps / CLIENTS);
        }
        for (int i = 0; i < steps; i++) {
            time.advanceTimeBy(Duration.ofMillis(100 + random.nextInt(900)));
            trouble();
            if (versioned && i + 1 == versionedFrom) {
                calm();
                keepVersions();
                calm = false;
            }
            if (versioned && i + 1 == suspendedFrom) {
                say("Suspended");
            }
        }
        sites.values().forEach(site -> site.become(SimulatedSite.Phase.WELL));
        healing = true;
        gateways.forEach(gateway -> gateway.killAfter(Integer.MAX_VALUE, () -> {}));
        replaceDead();
        settle();
        check();
        gateways.forEach(SimulatedGateway::close);
    }

    private void trouble() {
        SimulatedSite.Phase[] phases = SimulatedSite.Phase.values();
        if (random.nextInt(2) == 0) {
            String site = INSIDE.get(random.nextInt(INSIDE.size()));
            site(site).become(phases[random.nextInt(phases.length)]);
        }
        if (random.nextInt(4) == 0) {
            site(INSIDE.get(random.nextInt(INSIDE.size()))).become(SimulatedSite.Phase.WELL);
        }
        if (random.nextInt(8) == 0) {
            SimulatedGateway victim = gateways.get(random.nextInt(gateways.size()));
            if (victim.alive()) {
                kills++;
                victim.kill();
            }
        }
        if (random.nextInt(3) == 0) {
            replaceDead();
        }
        if (random.nextInt(12) == 0) {
            command();
        }
    }

    /** An operator has a site drained, or thinks better of it. */
    private void command() {
        SimulatedGateway gateway = gateways.get(random.nextInt(gateways.size()));
        if (!gateway.alive()) {
            return;
        }
        if (drained.isEmpty()) {
            String site = INSIDE.get(random.nextInt(INSIDE.size()));
            drained.add(site);
            gateway.drain(site).subscribe(done -> {}, error -> {});
        } else {
            gateway.resume(drained.removeFirst()).subscribe(done -> {}, error -> {});
        }
    }

    private void replaceDead() {
        for (int i = 0; i < gateways.size(); i++) {
            if (!gateways.get(i).alive()) {
                gateways.set(i, gateway());
            }
        }
    }

    private long now() {
        return clock.millis();
    }

    /** One client's life: an operation, whatever comes of it, a pause, and the next. */
    private void act(int left) {
        if (left == 0) {
            return;
        }
        SimulatedGateway gateway = gateways.get(random.nextInt(gateways.size()));
        Runnable next = () -> time.schedule(
                () -> act(calm ? left : left - 1),
                random.nextInt(3) == 0 ? 0 : random.nextInt(3000),
                TimeUnit.MILLISECONDS);
        if (calm || !gateway.alive()) {
            time.schedule(next, 1, TimeUnit.SECONDS);
            return;
        }
        String key = KEYS.get(random.nextInt(KEYS.size()));
        switch (random.nextInt(kept.isEmpty() ? 5 : 8)) {
            case 5, 6 -> readVersion(gateway, next);
            case 7 -> purge(gateway, next);
            case 0, 1 -> write(gateway, key, "value-" + ++values, next);
            case 2 -> write(gateway, key, History.ABSENT, next);
            default -> read(gateway, key, next);
        }
    }

    private void write(SimulatedGateway gateway, String key, String value, Runnable next) {
        History.Operation operation = history.write(key, value, now());
        Mono<S3Reply> work = value.equals(History.ABSENT) ? gateway.delete(key) : gateway.put(key, value);
        ended(gateway, work.flatMap(reply -> reply.bytes(1 << 20).map(body -> reply)), operation, next, reply -> {
            Optional.ofNullable(reply.headers().get("x-amz-version-id"))
                    // The next one takes its place.
                    .filter(id -> !id.equals("null"))
                    .ifPresent(id -> kept.put(id, new Kept(key, value, false)));
            return value;
        });
    }

    private Map.Entry<String, Kept> anyVersion() {
        return List.copyOf(kept.entrySet()).get(random.nextInt(kept.size()));
    }

    /** A version holds what it was made with for as long as nobody removes it. */
    private void readVersion(SimulatedGateway gateway, Runnable next) {
        Map.Entry<String, Kept> version = anyVersion();
        read(gateway, version.getKey(), version.getValue(), next);
    }

    private void read(SimulatedGateway gateway, String id, Kept version, Runnable next) {
        boolean[] over = {false};
        Runnable once = () -> {
            if (!over[0]) {
                over[0] = true;
                next.run();
            }
        };
        gateway.atDeath(once);
        SimulatedGateway.run(
                gateway.get(version.key(), id)
                        .timeout(Duration.ofMinutes(2), Mono.error(() -> new AssertionError("an operation hangs")))
                        .flatMap(reply -> reply.bytes(1 << 20).map(body -> S3Reply.xml(reply.status(), body))),
                reply -> {
                    boolean purged =
                            Optional.ofNullable(kept.get(id)).orElseThrow().purged();
                    if (!over[0] && !purged) {
                        if (reply.status() == 405 && version.value().equals(History.ABSENT)) {
                            once.run();
                            return;
                        }
                        if (reply.status() == 200) {
                            assertVersion(SimulatedSite.text(Mono.just(reply)), id, version);
                        } else {
                            wrong.add("version " + id + " of " + version + " is answered " + reply.status());
                        }
                    }
                    once.run();
                },
                once);
    }

    private void assertVersion(String text, String id, Kept version) {
        if (!text.equals(version.value())) {
            wrong.add("version " + id + " of " + version + " holds " + text);
        }
    }

    /** One that is not the latest, so that what the object is does not change. */
    private void purge(SimulatedGateway gateway, Runnable next) {
        Map.Entry<String, Kept> version = anyVersion();
        String key = version.getValue().key();
        boolean superseded = kept.entrySet().stream()
                        .filter(each -> each.getValue().key().equals(key))
                        .reduce((before, after) -> after)
                        .map(Map.Entry::getKey)
                        .filter(version.getKey()::equals)
                        .isEmpty()
                && history.quiet(key);
        if (!superseded) {
            next.run();
            return;
        }
        kept.put(version.getKey(), new Kept(key, version.getValue().value(), true));
        boolean[] over = {false};
        Runnable once = () -> {
            if (!over[0]) {
                over[0] = true;
                next.run();
            }
        };
        gateway.atDeath(once);
        SimulatedGateway.run(
                gateway.purge(key, version.getKey())
                        .timeout(Duration.ofMinutes(2), Mono.error(() -> new AssertionError("an operation hangs")))
                        .doOnNext(S3Reply::discard),
                reply -> once.run(),
                once);
    }

    private void read(SimulatedGateway gateway, String key, Runnable next) {
        History.Operation operation = history.read(key, now());
        ended(
                gateway,
                gateway.get(key)
                        .flatMap(reply -> reply.bytes(1 << 20)
                                .map(body -> reply.status() == 404
                                        ? S3Reply.empty(204)
                                        : S3Reply.xml(reply.status(), body))),
                operation,
                next,
                reply -> SimulatedSite.text(Mono.just(reply)));
    }

    private void ended(
            SimulatedGateway gateway,
            Mono<S3Reply> work,
            History.Operation operation,
            Runnable next,
            java.util.function.Function<S3Reply, String> value) {
        boolean[] over = {false};
        Runnable once = () -> {
            if (!over[0]) {
                over[0] = true;
                next.run();
            }
        };
        Runnable failed = () -> {
            if (!over[0]) {
                history.failed(operation, now());
            }
            once.run();
        };
        gateway.atDeath(failed);
        SimulatedGateway.run(
                work.timeout(Duration.ofMinutes(2), Mono.error(() -> new AssertionError("an operation hangs"))),
                reply -> {
                    if (!over[0] && reply.succeeded()) {
                        history.succeeded(operation, value.apply(reply), now());
                    } else if (!over[0]) {
                        history.failed(operation, now());
                    }
                    once.run();
                },
                failed);
    }

    private long entries() {
        return client.sql("select count(*) from entry").query(Long.class).single();
    }

    private long moving() {
        return client.sql("select count(*) from bucket where phase <> '' or leaving <> ''")
                .query(Long.class)
                .single();
    }

    private void settle() {
        for (int i = 0; i < 200; i++) {
            time.advanceTimeBy(Duration.ofSeconds(2));
            if (i > 30 && entries() == 0 && moving() == 0) {
                return;
            }
        }
        assertThat(client.sql("select * from pass").query().listOfRows())
                .as("no bucket is on its way once everything is well")
                .isEmpty();
        assertThat(client.sql("select * from entry").query().listOfRows())
                .as("the journal is empty once everything is well")
                .isEmpty();
    }

    private void check() {
        for (String key : KEYS) {
            read(gateways.getFirst(), key, () -> {});
        }
        time.advanceTimeBy(Duration.ofSeconds(10));
        history.check();
        List<String> members = members();
        assertThat(members).hasSize(copies);
        SortedMap<String, String> expected = site(members.getFirst()).objects(SimulatedGateway.BUCKET);
        for (String name : INSIDE) {
            SortedMap<String, String> there = site(name).objects(SimulatedGateway.BUCKET);
            if (members.contains(name)) {
                assertThat(there)
                        .as("site %s holds what the other members do", name)
                        .isEqualTo(expected);
            } else {
                assertThat(there).as("site %s is no member", name).isEmpty();
                assertThat(site(name).versions(SimulatedGateway.BUCKET))
                        .as("site %s is no member", name)
                        .isEmpty();
            }
        }
        for (SimulatedGateway gateway : gateways) {
            assertThat(gateway.unread()).as("answers that were forgotten").isEmpty();
        }
        assertThat(site(OUTSIDE).stored()).as("what was sent past the fence").isEmpty();
        if (versioned) {
            checkVersions(members);
        }
        String listing = SimulatedSite.text(listed(gateways.getFirst().list()));
        assertThat(new TreeSet<>(KEYS.stream()
                        .filter(key -> listing.contains("<Key>" + key + "</Key>"))
                        .toList()))
                .isEqualTo(expected.keySet());
    }

    private List<String> members() {
        return List.of(client.sql("select members from bucket")
                .query(String.class)
                .single()
                .split(",", -1));
    }

    private void checkVersions(List<String> members) {
        kept.forEach((id, version) -> {
            if (!version.purged()) {
                if (version.value().equals(History.ABSENT)) {
                    assertThat(client.sql("select count(*) from version where id = :id and marker = 1")
                                    .param("id", id)
                                    .query(Long.class)
                                    .single())
                            .as("the marker %s of %s", id, version)
                            .isEqualTo(1);
                } else {
                    read(gateways.getFirst(), id, version, () -> {});
                }
            }
        });
        time.advanceTimeBy(Duration.ofSeconds(10));
        assertThat(wrong).isEmpty();
        assertThat(client.sql("select * from version where gone = 1").query().listOfRows())
                .as("what is gone is gone everywhere")
                .isEmpty();
        SortedMap<String, List<String>> expected = site(members.getFirst()).versions(SimulatedGateway.BUCKET);
        members.forEach(name -> assertThat(site(name).versions(SimulatedGateway.BUCKET))
                .as("site %s keeps what the other members do", name)
                .isEqualTo(expected));
        String listing = SimulatedSite.text(listed(gateways.getFirst().listVersions()));
        kept.forEach((id, version) -> {
            if (!version.purged()) {
                assertThat(listing).contains("<VersionId>" + id + "</VersionId>");
            }
        });
    }

    private Mono<S3Reply> listed(Mono<S3Reply> listing) {
        Mono<S3Reply> reply = listing.cache();
        reply.subscribe();
        time.advanceTimeBy(Duration.ofSeconds(2));
        return reply;
    }

    int kills() {
        return kills;
    }

    History history() {
        return history;
    }
}
