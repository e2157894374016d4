package org.entente.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.entente.backends.Backend;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.memory.MemoryBackend;
import org.entente.backends.resilience.SiteHealth;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.PartSizes;
import org.entente.gateway.metrics.Meters;
import org.entente.gateway.sites.Commands;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.gateway.sites.Throttle;
import org.entente.gateway.sites.WritesUnderWay;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Question;
import org.entente.policy.parse.DocumentParser;
import org.entente.policy.parse.Source;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.transaction.support.TransactionTemplate;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class CopierTest {
    private static final String DOCUMENTS = """
            apiVersion: entente/v1
            kind: Site
            metadata: {name: source}
            spec:
              provider: one
              endpoint: http://127.0.0.1:1
              country: FR
              jurisdictions: [FR]
              credentials: {accessKey: k, secretKey: s}
            ---
            apiVersion: entente/v1
            kind: Site
            metadata: {name: target}
            spec:
              provider: two
              endpoint: http://127.0.0.1:1
              country: FR
              jurisdictions: [FR]
              credentials: {accessKey: k, secretKey: s}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: everywhere}
            spec:
              match: {buckets: ["**"]}
              placement: {prefer: [source, target]}
            """;

    private final SingleConnectionDataSource database = new SingleConnectionDataSource("jdbc:sqlite::memory:", true);
    private final MemoryBackend source = new MemoryBackend(Clock.systemUTC());
    private final Set<Object> unread = new HashSet<>();

    @AfterEach
    void close() {
        database.destroy();
    }

    /** How a target fails that does not even look at what it is sent. */
    enum Failing {
        UNREACHABLE(Mono.error(new Fault("target", new Fault.Unreachable(), "refuses"))),
        UNWILLING(Mono.fromSupplier(() -> S3Reply.empty(507)));

        private final Mono<S3Reply> answer;

        Failing(Mono<S3Reply> answer) {
            this.answer = answer;
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatATargetDoesNotTakeIsLetGo(Failing failing) {
        assertThatThrownBy(() -> copy(failing, Optional.empty())).isInstanceOf(Fault.class);
        assertThat(unread).as("answers of the source that hold a connection").isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void thePartThatATargetDoesNotTakeIsLetGo(Failing failing) {
        assertThatThrownBy(() -> copy(failing, Optional.of(new PartSizes(List.of(3L, 2L)))))
                .isInstanceOf(Fault.class);
        assertThat(unread).as("answers of the source that hold a connection").isEmpty();
    }

    private void copy(Failing failing, Optional<PartSizes> parts) {
        source.perform(S3Request.of(Operation.CREATE_BUCKET, "b")).block();
        source.perform(S3Request.of(Operation.PUT_OBJECT, "b", "k").with(S3Body.of(new byte[5])))
                .block();
        MemoryBackend store = new MemoryBackend(Clock.systemUTC());
        store.perform(S3Request.of(Operation.CREATE_BUCKET, "b")).block();
        Backend target =
                request -> request.operation() == Operation.PUT_OBJECT || request.operation() == Operation.UPLOAD_PART
                        ? failing.answer
                        : store.perform(request);
        new Copier(sites(target), false)
                .copy(permit("source"), permit("target"), Generation.NONE, parts, Mono.empty())
                .block();
    }

    private S3Reply counted(S3Reply reply) {
        Object answer = new Object();
        unread.add(answer);
        return reply.with(Flux.defer(() -> {
            unread.remove(answer);
            return reply.body();
        }));
    }

    private SiteDirectory sites(Backend target) {
        Flyway.configure().dataSource(database).load().migrate();
        Commands commands = new Commands(
                new Database(
                        JdbcClient.create(database),
                        false,
                        new TransactionTemplate(new DataSourceTransactionManager(database)),
                        Schedulers.immediate(),
                        Schedulers.immediate(),
                        Schedulers.immediate()),
                Clock.systemUTC());
        Map<String, SiteDirectory.Reached> reached = new HashMap<>();
        Map.<String, Backend>of("source", request -> source.perform(request).map(this::counted), "target", target)
                .forEach((name, backend) -> reached.put(
                        name,
                        new SiteDirectory.Reached(
                                backend, new SiteHealth(name, Clock.systemUTC(), change -> {}), Throttle.NONE)));
        return new SiteDirectory(reached, new WritesUnderWay(), commands, Meters.none());
    }

    private static Permit permit(String site) {
        PolicyEngine engine = PolicyEngine.compile(DocumentParser.parse(List.of(new Source("test.yaml", DOCUMENTS)))
                .documents());
        Placement placement =
                (Placement) engine.decide(Question.upkeep(Optional.empty(), "b", Optional.of("k"), Question.PLAIN));
        return placement.storingAt(site).orElseThrow();
    }
}
