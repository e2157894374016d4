package org.entente.gateway.front;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Clock;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Gateways;
import org.entente.gateway.journal.Generations;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.KeptStatements;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.metrics.Meters;
import org.entente.gateway.rehoming.Marking;
import org.entente.gateway.rehoming.Moves;
import org.entente.gateway.rehoming.Rehoming;
import org.entente.gateway.reload.Reloader;
import org.entente.gateway.replication.Replication;
import org.entente.gateway.replication.Settler;
import org.entente.gateway.replication.Settling;
import org.entente.gateway.sites.Commands;
import org.entente.gateway.sites.Warnings;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The assembly of the journal and of what keeps the sites the same by it. */
@Configuration(proxyBeanMethods = false)
class JournalParts {
    private static final int READERS = 4;
    private static final int LONGEST_QUEUE = 10_000;

    /** What tells this process apart from all others that share the journal, earlier ones of its own included. */
    record Identity(String name) {}

    /** Whether other gateways can use the journal's database, too. */
    record Sharing(boolean shared) {}

    @Bean
    Sharing sharing(@Value("${spring.datasource.url}") String url) {
        return new Sharing(isShared(url));
    }

    /** Comes between the pool's making and its first connection. */
    @Bean
    static BeanPostProcessor keptStatements() {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessBeforeInitialization(Object bean, String name) {
                if (bean instanceof HikariDataSource pool && !isShared(pool.getJdbcUrl())) {
                    pool.setDataSource(new KeptStatements(pool.getJdbcUrl()));
                }
                return bean;
            }
        };
    }

    private static boolean isShared(String url) {
        return !url.startsWith("jdbc:sqlite:");
    }

    @Bean
    Identity identity() {
        return new Identity(
                HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt()));
    }

    @Bean(destroyMethod = "dispose")
    Scheduler journalReaders() {
        return Schedulers.newBoundedElastic(READERS, LONGEST_QUEUE, "journal");
    }

    @Bean(destroyMethod = "dispose")
    Scheduler journalWriter() {
        return Schedulers.newSingle("journal-writer");
    }

    @Bean
    Database database(
            JdbcClient journal,
            PlatformTransactionManager transactions,
            @Qualifier("journalReaders") Scheduler readers,
            @Qualifier("journalWriter") Scheduler writer,
            Sharing sharing) {
        return new Database(
                journal,
                sharing.shared(),
                new TransactionTemplate(transactions),
                readers,
                writer,
                Schedulers.parallel());
    }

    @Bean
    Commands commands(Database database, Clock clock) {
        Commands commands = new Commands(database, clock);
        // What was cut off before a restart must be cut off after it, from the first request on.
        commands.follow().block();
        return commands;
    }

    @Bean
    Warnings warnings(Database database, Identity identity, Sharing sharing) {
        return new Warnings(database, identity.name(), sharing.shared());
    }

    @Bean
    Generations generations(Clock clock, Identity identity) {
        return new Generations(clock, identity.name());
    }

    @Bean
    Journal journal(Database database, Clock clock, Identity identity) {
        return new Journal(database, clock, identity.name());
    }

    @Bean
    Versions versions(Database database) {
        return new Versions(database);
    }

    @Bean
    Gateways gateways(Database database, Identity identity, Sharing sharing) {
        return new Gateways(database, identity.name(), sharing.shared(), System::nanoTime);
    }

    /** Says that there is something to settle. */
    @Bean
    Sinks.Many<Boolean> unsettled() {
        return Sinks.many().multicast().directBestEffort();
    }

    @Bean
    Replication replication(
            Journal journal,
            Database database,
            Catalogue catalogue,
            Generations generations,
            Clock clock,
            Sinks.Many<Boolean> unsettled) {
        return new Replication(journal, database, catalogue, generations, clock, () -> unsettled.tryEmitNext(true));
    }

    @Bean
    Settler settler(
            Journal journal,
            Versions versions,
            Catalogue catalogue,
            Reloader snapshots,
            Gateways gateways,
            Generations generations,
            Clock clock) {
        return new Settler(
                journal, versions, catalogue, () -> snapshots.get().terms(), gateways::isGone, generations, clock);
    }

    @Bean
    Settling settling(
            Settler settler,
            Gateways gateways,
            Commands commands,
            Warnings warnings,
            Replication replication,
            Reloader snapshots,
            Sinks.Many<Boolean> unsettled,
            Meters meters) {
        Mono<Void> tidying = Mono.defer(() -> replication.tidy(snapshots.get().terms()));
        Mono<Void> following = Mono.defer(commands::follow)
                .onErrorComplete()
                .then(Mono.defer(() -> warnings.follow(snapshots.get().sites().health())));
        Settling settling = new Settling(settler, gateways, following, tidying, unsettled, meters);
        settling.start();
        return settling;
    }

    @Bean
    Moves moves(Database database, Clock clock, Identity identity) {
        return new Moves(database, clock, identity.name());
    }

    @Bean
    Rehoming rehoming(
            Journal journal,
            Catalogue catalogue,
            Versions versions,
            Moves moves,
            Generations generations,
            Reloader snapshots,
            Gateways gateways) {
        Rehoming rehoming = new Rehoming(
                journal,
                catalogue,
                versions,
                moves,
                new Marking(journal, versions, generations),
                () -> snapshots.get().terms(),
                gateways::isGone,
                System::nanoTime);
        rehoming.start();
        return rehoming;
    }

    @Bean
    SiteMeters siteMeters(Reloader snapshots, Journal journal, Clock clock, Meters meters) {
        return new SiteMeters(snapshots, journal, clock, meters);
    }
}
