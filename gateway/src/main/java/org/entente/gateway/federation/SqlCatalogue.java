package org.entente.gateway.federation;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** The catalogue in the journal's database. */
public final class SqlCatalogue implements Catalogue {
    /** How long a bucket that another gateway has deleted may still be found here. */
    private static final Duration FRESH = Duration.ofSeconds(2);

    private static final int CACHED = 10_000;

    private final JdbcClient database;
    private final Scheduler scheduler;
    private final Cache<String, Bucket> known =
            Caffeine.newBuilder().maximumSize(CACHED).expireAfterWrite(FRESH).build();

    /** @param scheduler where statements may block */
    public SqlCatalogue(JdbcClient database, Scheduler scheduler) {
        this.database = database;
        this.scheduler = scheduler;
    }

    @Override
    public Mono<Optional<Bucket>> find(String name) {
        Bucket cached = known.getIfPresent(name);
        if (cached != null) {
            return Mono.just(Optional.of(cached));
        }
        return statement(() -> database.sql("select * from bucket where name = :name")
                        .param("name", name)
                        .query(SqlCatalogue::bucket)
                        .optional())
                .doOnNext(found -> found.ifPresent(bucket -> known.put(name, bucket)));
    }

    @Override
    public Mono<List<Bucket>> all() {
        return statement(() -> database.sql("select * from bucket order by name")
                .query(SqlCatalogue::bucket)
                .list());
    }

    @Override
    public Mono<Boolean> add(Bucket bucket) {
        return statement(() -> database.sql("insert into bucket (name, owner, policy, members, created)"
                                + " values (:name, :owner, :policy, :members, :created) on conflict (name) do nothing")
                        .param("name", bucket.name())
                        .param("owner", bucket.owner())
                        .param("policy", bucket.policy())
                        .param("members", String.join(",", bucket.members()))
                        .param("created", bucket.created().toEpochMilli())
                        .update()
                == 1);
    }

    @Override
    public Mono<Void> remove(String name) {
        return statement(() -> database.sql("delete from bucket where name = :name")
                        .param("name", name)
                        .update())
                .doOnNext(removed -> known.invalidate(name))
                .then();
    }

    private <T> Mono<T> statement(Callable<T> statement) {
        return Mono.fromCallable(statement)
                .subscribeOn(scheduler)
                .onErrorMap(DataAccessException.class, Unavailable::new);
    }

    private static Bucket bucket(ResultSet row, int number) throws SQLException {
        return new Bucket(
                row.getString("name"),
                row.getString("owner"),
                row.getString("policy"),
                List.of(row.getString("members").split(",", -1)),
                Instant.ofEpochMilli(row.getLong("created")));
    }
}
