package org.entente.gateway.simulation;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.resilience.Guarded;
import org.entente.backends.resilience.Prober;
import org.entente.backends.resilience.SiteHealth;
import org.entente.backends.uri.Query;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Gateways;
import org.entente.gateway.journal.Generations;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.metrics.Meters;
import org.entente.gateway.rehoming.Marking;
import org.entente.gateway.rehoming.Moves;
import org.entente.gateway.rehoming.Rehoming;
import org.entente.gateway.replication.Replication;
import org.entente.gateway.replication.Settler;
import org.entente.gateway.replication.Settling;
import org.entente.gateway.replication.Terms;
import org.entente.gateway.sites.Commands;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.gateway.sites.Throttle;
import org.entente.gateway.sites.WritesUnderWay;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Question;
import org.entente.policy.model.Action;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Principal;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A gateway without its wire: the real journal, policy, replication and settler, over simulated sites. */
final class SimulatedGateway {
    static final String BUCKET = "shared";

    private final Mortal life;
    private final Principal principal;
    private final Terms terms;
    private final Replication replication;
    private final Settling settling;
    private final Rehoming rehoming;
    private final Commands commands;
    private final List<Prober> probers = new ArrayList<>();
    private final Catalogue catalogue;
    private final Random random;
    private final List<Runnable> atDeath = new ArrayList<>();

    SimulatedGateway(
            String id,
            VirtualTimeScheduler time,
            Clock clock,
            Random random,
            Map<String, SimulatedSite> sites,
            Documents documents,
            JdbcClient client,
            TransactionTemplate transactions) {
        this.random = random;
        this.life = new Mortal(time, random);
        Database database = new Database(client, false, transactions, life.threads(), life.threads(), life.threads());
        this.commands = new Commands(database, clock);
        Map<String, SiteDirectory.Reached> reached = new HashMap<>();
        sites.forEach((name, site) -> {
            SiteHealth health = new SiteHealth(name, clock, change -> {});
            Prober prober = new Prober(name, life.to(site), health, clock);
            prober.start();
            probers.add(prober);
            reached.put(
                    name, new SiteDirectory.Reached(new Guarded(name, life.to(site), health), health, Throttle.NONE));
        });
        this.principal = documents.principals().getFirst();
        this.terms = new Terms(
                PolicyEngine.compile(documents),
                documents.principals(),
                new SiteDirectory(reached, new WritesUnderWay(), commands, Meters.none()));
        Journal journal = new Journal(database, clock, id);
        Generations generations = new Generations(clock, id);
        Sinks.Many<Boolean> wake = Sinks.many().multicast().directBestEffort();
        LongSupplier nanos = () -> Duration.ofMillis(clock.millis()).toNanos();
        this.catalogue = new Catalogue(database, nanos);
        this.replication =
                new Replication(journal, database, catalogue, generations, clock, () -> wake.tryEmitNext(true));
        Gateways gateways = new Gateways(database, id, true, nanos);
        this.settling = new Settling(
                new Settler(
                        journal, new Versions(database), catalogue, () -> terms, gateways::isGone, generations, clock),
                gateways,
                Mono.defer(commands::follow),
                Mono.defer(() -> replication.tidy(terms)),
                wake,
                Meters.none());
        settling.start();
        this.rehoming = new Rehoming(
                journal,
                catalogue,
                new Versions(database),
                new Moves(database, clock, id),
                new Marking(journal, new Versions(database), generations),
                () -> terms,
                gateways::isGone,
                nanos);
        rehoming.start();
    }

    /** The answers of sites that nobody here has read or let go. */
    Collection<String> unread() {
        return life.unread();
    }

    boolean alive() {
        return life.alive();
    }

    /** Has it killed right before or after one of its next steps. */
    void killAfter(int steps, Runnable told) {
        life.endAfter(steps, () -> {
            if (life.alive()) {
                told.run();
                kill();
            }
        });
    }

    /** As a power cut would. */
    void kill() {
        life.kill();
        close();
        atDeath.forEach(Runnable::run);
    }

    void close() {
        settling.close();
        rehoming.close();
        probers.forEach(Prober::close);
    }

    private Mono<Replication.Task> task(Operation operation, String key) {
        return catalogue.find(BUCKET).map(found -> {
            Bucket bucket = found.orElseThrow();
            Action action = operation.effect() == Operation.Effect.LOOK ? Action.READ : Action.WRITE;
            Question question = new Question(
                    principal,
                    action,
                    Optional.of(operation.apiName()),
                    BUCKET,
                    key.isEmpty() ? Optional.empty() : Optional.of(key),
                    Optional.of(Question.PLAIN));
            Placement placement = (Placement) terms.engine().decide(question);
            S3Request request = key.isEmpty() ? S3Request.of(operation, BUCKET) : S3Request.of(operation, BUCKET, key);
            return new Replication.Task(terms, bucket, placement, request);
        });
    }

    /** An operator wants a site's data moved away. */
    Mono<Void> drain(String site) {
        return commands.give(Commands.Kind.DRAIN, site, "operator", "of the script");
    }

    /** And does not any more. */
    Mono<Void> resume(String site) {
        return commands.resume(site);
    }

    Mono<S3Reply> put(String key, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        int cut = bytes.length / 2;
        Flux<io.netty.buffer.ByteBuf> content = Flux.just(
                        java.util.Arrays.copyOf(bytes, cut), java.util.Arrays.copyOfRange(bytes, cut, bytes.length))
                .map(io.netty.buffer.Unpooled::wrappedBuffer)
                .delayElements(Duration.ofMillis(1 + random.nextInt(30)));
        return task(Operation.PUT_OBJECT, key)
                .flatMap(task -> replication.put(task, new S3Body(bytes.length, content, Optional.empty())));
    }

    Mono<S3Reply> delete(String key) {
        return task(Operation.DELETE_OBJECT, key).flatMap(replication::remove);
    }

    Mono<S3Reply> get(String key) {
        return task(Operation.GET_OBJECT, key).flatMap(replication::read);
    }

    /** One version, whatever has come after it. */
    Mono<S3Reply> get(String key, String version) {
        return task(Operation.GET_OBJECT, key, version).flatMap(replication::read);
    }

    /** Removes a version for good. */
    Mono<S3Reply> purge(String key, String version) {
        return task(Operation.DELETE_OBJECT, key, version).flatMap(task -> replication.purge(task, version));
    }

    private Mono<Replication.Task> task(Operation operation, String key, String version) {
        return task(operation, key)
                .map(task -> new Replication.Task(
                        task.terms(),
                        task.bucket(),
                        task.placement(),
                        task.request().with(Query.of("versionId", version))));
    }

    Mono<S3Reply> listVersions() {
        return task(Operation.LIST_OBJECT_VERSIONS, "").flatMap(replication::listVersions);
    }

    Mono<S3Reply> list() {
        return task(Operation.LIST_OBJECTS_V2, "").flatMap(replication::list);
    }

    /** Tells when this gateway dies. */
    void atDeath(Runnable told) {
        atDeath.add(told);
    }

    static <T> void run(Mono<T> work, Consumer<T> done, Runnable failed) {
        work.subscribe(done, error -> failed.run());
    }
}
