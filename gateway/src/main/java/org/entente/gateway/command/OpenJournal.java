package org.entente.gateway.command;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.gateway.config.SnapshotMaker;
import org.entente.gateway.journal.Database;
import org.entente.gateway.metrics.Meters;
import org.entente.gateway.sites.Commands;
import org.entente.gateway.sites.WritesUnderWay;
import org.flywaydb.core.Flyway;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.support.TransactionTemplate;
import reactor.core.scheduler.Schedulers;

/** The journal and the sites, for a command that works beside the gateway or in its place. */
record OpenJournal(Database database, Commands commands) {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String READ_ONLY = "?open_mode=1&busy_timeout=5000";
    private static final String READ_WRITE =
            "?journal_mode=WAL&synchronous=FULL&busy_timeout=5000&transaction_mode=IMMEDIATE";

    static String environment(String name, String otherwise) {
        return Optional.ofNullable(System.getenv(name)).orElse(otherwise);
    }

    /** @param url of the database where it is shared; that of this machine's file where empty */
    private static OpenJournal at(String url, String mode, boolean made) {
        String address = url.isEmpty()
                ? "jdbc:sqlite:" + Path.of(environment("ENTENTE_DATA", ".entente"), "journal.db") + mode
                : url;
        DriverManagerDataSource source = new DriverManagerDataSource(address);
        if (made) {
            Flyway.configure().dataSource(source).load().migrate();
        }
        Database database = new Database(
                JdbcClient.create(source),
                !url.isEmpty(),
                new TransactionTemplate(new DataSourceTransactionManager(source)),
                Schedulers.boundedElastic(),
                Schedulers.boundedElastic(),
                Schedulers.parallel());
        Commands commands = new Commands(database, Clock.systemUTC());
        commands.follow().onErrorComplete().block(PATIENCE);
        return new OpenJournal(database, commands);
    }

    static OpenJournal toRead() {
        return at(environment("ENTENTE_JOURNAL_URL", ""), READ_ONLY, false);
    }

    /** Makes it where there is none. */
    static OpenJournal toWrite() {
        return at(environment("ENTENTE_JOURNAL_URL", ""), READ_WRITE, true);
    }

    /** What is done with the documents' sites; the exit code. */
    int with(Path directory, Report report, Function<SnapshotMaker.Made, Integer> work) {
        Function<String, Optional<String>> environment = name -> Optional.ofNullable(System.getenv(name));
        try (SnapshotMaker maker = new SnapshotMaker(
                environment, Clock.systemUTC(), new WritesUnderWay(), commands, Meters.none(), change -> {})) {
            SnapshotMaker.Made made = maker.make(new ConfigDirectory(directory).check(), 0);
            if (made.snapshot().isEmpty()) {
                made.findings().forEach(finding -> report.err().println(finding));
                return Exit.USAGE;
            }
            return work.apply(made);
        }
    }
}
