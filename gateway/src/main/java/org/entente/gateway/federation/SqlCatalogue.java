package org.entente.gateway.federation;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** The catalogue in the journal's database. */
public final class SqlCatalogue implements Catalogue {
    /** How long a bucket that another gateway has deleted may still be found here. */
    private static final Duration FRESH = Duration.ofSeconds(2);

    private static final int CACHED = 10_000;

    private final Statements statements;
    private final Cache<String, Bucket> known =
            Caffeine.newBuilder().maximumSize(CACHED).expireAfterWrite(FRESH).build();

    public SqlCatalogue(Statements statements) {
        this.statements = statements;
    }

    @Override
    public Mono<Optional<Bucket>> find(String name) {
        Bucket cached = known.getIfPresent(name);
        if (cached != null) {
            return Mono.just(Optional.of(cached));
        }
        return statements
                .run(database -> database.sql("select * from bucket where name = :name")
                        .param("name", name)
                        .query(SqlCatalogue::bucket)
                        .optional())
                .doOnNext(found -> found.ifPresent(bucket -> known.put(name, bucket)));
    }

    @Override
    public Mono<List<Bucket>> all() {
        return statements.run(database -> database.sql("select * from bucket order by name")
                .query(SqlCatalogue::bucket)
                .list());
    }

    @Override
    public Mono<Boolean> add(Bucket bucket) {
        return statements.run(database -> database.sql("insert into bucket (name, owner, policy, members, created)"
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
        return statements
                .run(database -> database.sql("delete from bucket where name = :name")
                        .param("name", name)
                        .update())
                .doOnNext(removed -> known.invalidate(name))
                .then();
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
