package org.entente.gateway.rehoming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.entente.backends.Backend;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.memory.MemoryBackend;
import org.entente.backends.resilience.SiteHealth;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Generations;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.metrics.Meters;
import org.entente.gateway.replication.Terms;
import org.entente.gateway.sites.Commands;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.gateway.sites.Throttle;
import org.entente.gateway.sites.WritesUnderWay;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.model.Documents;
import org.entente.policy.parse.DocumentParser;
import org.entente.policy.parse.Source;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.transaction.support.TransactionTemplate;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class RehomingTest {
    private static final String DOCUMENTS = """
            apiVersion: entente/v1
            kind: Site
            metadata: {name: one}
            spec:
              provider: one
              endpoint: http://127.0.0.1:1
              country: FR
              jurisdictions: [FR]
              credentials: {accessKey: k, secretKey: s}
            ---
            apiVersion: entente/v1
            kind: Site
            metadata: {name: two}
            spec:
              provider: two
              endpoint: http://127.0.0.1:1
              country: FR
              jurisdictions: [FR]
              credentials: {accessKey: k, secretKey: s}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: shared}
            spec:
              match: {buckets: ["**"]}
              placement: {prefer: [two]}
            ---
            apiVersion: entente/v1
            kind: Principal
            metadata: {name: somebody}
            spec:
              accessKeys: [{id: SOMEBODY000000000001, secret: "a secret of the test"}]
              grants: [{buckets: ["**"], actions: [read, write, list, manage]}]
            """;

    private final AtomicInteger asked = new AtomicInteger();

    /** A site whose buckets keep versions. */
    private Backend versioned() {
        MemoryBackend store = new MemoryBackend(Clock.systemUTC());
        return request -> {
            if (request.operation() != Operation.GET_BUCKET_VERSIONING) {
                return store.perform(request);
            }
            asked.incrementAndGet();
            return Mono.just(S3Reply.xml(
                    200,
                    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
                            .getBytes(StandardCharsets.UTF_8)));
        };
    }

    @Test
    void aBucketWhoseVersionsWouldBeLostStaysWhereItIs() {
        Documents documents = DocumentParser.parse(List.of(new Source("test.yaml", DOCUMENTS)))
                .documents();
        SingleConnectionDataSource source = new SingleConnectionDataSource("jdbc:sqlite::memory:", true);
        Flyway.configure().dataSource(source).load().migrate();
        Database database = new Database(
                JdbcClient.create(source),
                false,
                new TransactionTemplate(new DataSourceTransactionManager(source)),
                Schedulers.immediate(),
                Schedulers.immediate(),
                Schedulers.immediate());
        Clock clock = Clock.systemUTC();
        Map<String, SiteDirectory.Reached> sites = new HashMap<>();
        for (String name : List.of("one", "two")) {
            sites.put(
                    name,
                    new SiteDirectory.Reached(versioned(), new SiteHealth(name, clock, change -> {}), Throttle.NONE));
        }
        Commands commands = new Commands(database, clock);
        Terms terms = new Terms(
                PolicyEngine.compile(documents),
                documents.principals(),
                new SiteDirectory(sites, new WritesUnderWay(), commands, Meters.none()));
        Journal journal = new Journal(database, clock, "own");
        Catalogue catalogue = new Catalogue(database);
        catalogue
                .add(new Bucket("b", "somebody", "shared", List.of("one"), Instant.now(), List.of("one"), Map.of()))
                .block();
        Moves moves = new Moves(database, clock, "own");
        try (Rehoming rehoming = new Rehoming(
                journal,
                catalogue,
                new Versions(database),
                moves,
                new Marking(journal, new Versions(database), new Generations(clock, "own")),
                () -> terms,
                gateway -> false,
                System::nanoTime)) {
            rehoming.start();
            await().atMost(Duration.ofSeconds(10)).until(() -> asked.get() >= 2);
        }
        Optional<Bucket> bucket = catalogue.find("b").blockOptional().orElseThrow();
        assertThat(bucket.orElseThrow().members()).containsExactly("one");
        assertThat(bucket.orElseThrow().move()).isEmpty();
        source.destroy();
    }
}
