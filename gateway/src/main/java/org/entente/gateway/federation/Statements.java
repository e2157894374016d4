package org.entente.gateway.federation;

import java.util.function.Function;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Runs statements of the journal's database where they may block. */
public final class Statements {
    private final JdbcClient database;
    private final Scheduler scheduler;

    /** @param scheduler of a bounded number of threads */
    public Statements(JdbcClient database, Scheduler scheduler) {
        this.database = database;
        this.scheduler = scheduler;
    }

    /** Fails with {@link Catalogue.Unavailable} when the database cannot be reached. */
    public <T> Mono<T> run(Function<JdbcClient, T> statement) {
        return Mono.fromCallable(() -> statement.apply(database))
                .subscribeOn(scheduler)
                .onErrorMap(DataAccessException.class, Catalogue.Unavailable::new);
    }
}
