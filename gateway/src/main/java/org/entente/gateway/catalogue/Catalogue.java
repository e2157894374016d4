package org.entente.gateway.catalogue;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Home;
import reactor.core.publisher.Mono;

/** Which buckets there are. Each method fails with {@link Database.Unavailable} when that cannot be known at present. */
public final class Catalogue {
    /** How long a bucket that another gateway has deleted may still be found here. */
    private static final Duration FRESH = Duration.ofSeconds(2);

    private static final int CACHED = 10_000;

    private final Database database;
    private final Cache<String, Bucket> known;

    /** What was known last, for when the database cannot say: buckets with one copy need nothing else of it. */
    private final Cache<String, Bucket> remembered =
            Caffeine.newBuilder().maximumSize(CACHED).build();

    public Catalogue(Database database) {
        this(database, System::nanoTime);
    }

    /** @param nanos of a clock that only ever goes forward */
    public Catalogue(Database database, LongSupplier nanos) {
        this.database = database;
        this.known = Caffeine.newBuilder()
                .maximumSize(CACHED)
                .expireAfterWrite(FRESH)
                .ticker(nanos::getAsLong)
                .build();
    }

    public Mono<Optional<Bucket>> find(String name) {
        Bucket cached = known.getIfPresent(name);
        if (cached != null) {
            return Mono.just(Optional.of(cached));
        }
        return database.read(client -> client.sql("select * from bucket where name = :name")
                        .param("name", name)
                        .query(Catalogue::bucket)
                        .optional())
                .doOnNext(found -> remember(name, found))
                .onErrorResume(
                        Database.Unavailable.class,
                        lost -> Optional.ofNullable(remembered.getIfPresent(name))
                                .map(bucket -> {
                                    // The next ones need not wait to be told the same.
                                    known.put(name, bucket);
                                    return Mono.just(Optional.of(bucket));
                                })
                                .orElseGet(() -> Mono.error(lost)));
    }

    private void remember(String name, Optional<Bucket> found) {
        if (found.isPresent()) {
            known.put(name, found.get());
            remembered.put(name, found.get());
        } else {
            remembered.invalidate(name);
        }
    }

    /** All of them, by name. */
    public Mono<List<Bucket>> all() {
        return database.read(client -> client.sql("select * from bucket order by name")
                .query(Catalogue::bucket)
                .list());
    }

    /** Records a bucket durably; false when one of its name exists already, which then stays as it is. */
    public Mono<Boolean> add(Bucket bucket) {
        return database.write(client -> client.sql(
                                "insert into bucket (name, owner, policy, members, created, ideal) values"
                                        + " (:name, :owner, :policy, :members, :created, :ideal) on conflict (name) do nothing")
                        .param("name", bucket.name())
                        .param("owner", bucket.owner())
                        .param("policy", bucket.policy())
                        .param("members", String.join(",", bucket.members()))
                        .param("created", bucket.created().toEpochMilli())
                        .param("ideal", String.join(",", bucket.ideal()))
                        .update()
                == 1);
    }

    /** Forgets a bucket durably, if it was there. */
    public Mono<Void> remove(String name) {
        return database.write(client -> client.sql("delete from bucket where name = :name")
                        .param("name", name)
                        .update())
                .doOnNext(removed -> {
                    known.invalidate(name);
                    remembered.invalidate(name);
                })
                .then();
    }

    private static Optional<Bucket.Move> move(ResultSet row) throws SQLException {
        String phase = row.getString("phase");
        return phase.isEmpty()
                ? Optional.empty()
                : Optional.of(new Bucket.Move(
                        Home.names(row.getString("moving_to")),
                        Home.Phase.valueOf(phase.toUpperCase(Locale.ROOT)),
                        Instant.ofEpochMilli(row.getLong("phase_since"))));
    }

    private static Bucket bucket(ResultSet row, int number) throws SQLException {
        return new Bucket(
                row.getString("name"),
                row.getString("owner"),
                row.getString("policy"),
                Home.names(row.getString("members")),
                Instant.ofEpochMilli(row.getLong("created")),
                Home.names(row.getString("ideal")),
                move(row),
                Home.names(row.getString("leaving")));
    }
}
