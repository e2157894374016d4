package org.entente.gateway.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.entente.backends.s3.S3Site;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.transaction.support.TransactionTemplate;
import reactor.core.publisher.Hooks;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * Nothing acknowledged is lost, nothing deleted comes back, nothing leaves the fence, and all members are the same in the end,
 * whatever fails. {@code -Dentente.simulation.seeds=100000} plays more, {@code -Dentente.simulation.first=N} begins elsewhere.
 */
class SimulationTest {
    private static final int SEEDS = Integer.getInteger("entente.simulation.seeds", 400);
    private static final long FIRST = Long.getLong("entente.simulation.first", 1);
    private static final int STEPS = 40;

    @Test
    void whateverFailsThePromisesHold() {
        Hooks.onNextDropped(S3Site::letGo);
        SingleConnectionDataSource source = new SingleConnectionDataSource("jdbc:sqlite::memory:", true);
        new ResourceDatabasePopulator(
                        new ClassPathResource("db/migration/V1__buckets.sql"),
                        new ClassPathResource("db/migration/V2__uploads_and_revisions.sql"),
                        new ClassPathResource("db/migration/V3__journal.sql"),
                        new ClassPathResource("db/migration/V4__moves.sql"),
                        new ClassPathResource("db/migration/V5__bucket_documents.sql"),
                        new ClassPathResource("db/migration/V7__versions.sql"))
                .execute(source);
        JdbcClient client = JdbcClient.create(source);
        TransactionTemplate transactions = new TransactionTemplate(new DataSourceTransactionManager(source));
        long operations = 0;
        long successes = 0;
        long kills = 0;
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
            try {
                Simulation simulation = new Simulation(seed, time, client, transactions);
                simulation.run(STEPS);
                operations += simulation.history().size();
                successes += simulation.history().successes();
                kills += simulation.kills();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            } finally {
                VirtualTimeScheduler.reset();
            }
        }
        System.out.printf(
                "SimulationTest: %d seeds, %d operations, %d of them acknowledged, %d gateways killed%n",
                SEEDS, operations, successes, kills);
        assertThat(successes).isGreaterThan(operations / 3);
        Hooks.resetOnNextDropped();
        source.destroy();
    }
}
