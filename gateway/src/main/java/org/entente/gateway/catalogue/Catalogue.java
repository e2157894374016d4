package org.entente.gateway.catalogue;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Home;
import org.springframework.jdbc.core.simple.JdbcClient;
import reactor.core.publisher.Mono;

/** Which buckets there are. Each method fails with {@link Database.Unavailable} when that cannot be known at present. */
public final class Catalogue {
    /** How long what is known of a bucket is believed: so long one that another gateway has deleted may still be found here. */
    public static final Duration FRESH = Duration.ofSeconds(2);

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
        return database.read(client -> {
                    Map<DocumentKind, String> documents = documents(client, name);
                    return client.sql("select * from bucket where name = :name")
                            .param("name", name)
                            .query((row, number) -> bucket(row, documents))
                            .optional();
                })
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
        return database.read(client -> {
            Map<String, Map<DocumentKind, String>> documents = new HashMap<>();
            client.sql("select * from bucket_document")
                    .query(Document::of)
                    .list()
                    .forEach(document -> documents
                            .computeIfAbsent(document.bucket(), bucket -> new EnumMap<>(DocumentKind.class))
                            .put(document.kind(), document.text()));
            return client.sql("select * from bucket order by name")
                    .query((row, number) -> bucket(row, documents.getOrDefault(row.getString("name"), Map.of())))
                    .list();
        });
    }

    private record Document(String bucket, DocumentKind kind, String text) {
        static Document of(ResultSet row, int number) throws SQLException {
            return new Document(
                    row.getString("bucket"), DocumentKind.of(row.getString("kind")), row.getString("document"));
        }
    }

    private static Map<DocumentKind, String> documents(JdbcClient client, String bucket) {
        return client
                .sql("select * from bucket_document where bucket = :bucket")
                .param("bucket", bucket)
                .query(Document::of)
                .list()
                .stream()
                .collect(Collectors.toMap(Document::kind, Document::text));
    }

    /** Keeps durably what the owner says of a bucket, in the place of what was said before. */
    public Mono<Void> say(String bucket, DocumentKind kind, String document) {
        return changed(bucket, client -> say(client, bucket, kind, document));
    }

    private static int say(JdbcClient client, String bucket, DocumentKind kind, String document) {
        return client.sql("insert into bucket_document (bucket, kind, document)"
                        + " select name, :kind, :document from bucket where name = :bucket"
                        + " on conflict (bucket, kind) do update set document = excluded.document")
                .param("bucket", bucket)
                .param("kind", kind.toString())
                .param("document", document)
                .update();
    }

    /** Forgets durably what was said. */
    public Mono<Void> unsay(String bucket, DocumentKind kind) {
        return changed(
                bucket,
                client -> client.sql("delete from bucket_document where bucket = :bucket and kind = :kind")
                        .param("bucket", bucket)
                        .param("kind", kind.toString())
                        .update());
    }

    private Mono<Void> changed(String bucket, Function<JdbcClient, Integer> change) {
        return database.write(change).doOnNext(done -> known.invalidate(bucket)).then();
    }

    /** Records a bucket and its documents durably; false when one of its name exists already, which then stays as it is. */
    public Mono<Boolean> add(Bucket bucket) {
        return database.write(client -> {
            boolean added = client.sql(
                                    "insert into bucket (name, owner, policy, members, created, ideal) values"
                                            + " (:name, :owner, :policy, :members, :created, :ideal) on conflict (name) do nothing")
                            .param("name", bucket.name())
                            .param("owner", bucket.owner())
                            .param("policy", bucket.policy())
                            .param("members", String.join(",", bucket.members()))
                            .param("created", bucket.created().toEpochMilli())
                            .param("ideal", String.join(",", bucket.ideal()))
                            .update()
                    == 1;
            if (added) {
                bucket.documents().forEach((kind, text) -> say(client, bucket.name(), kind, text));
            }
            return added;
        });
    }

    /** Forgets a bucket durably, if it was there. */
    public Mono<Void> remove(String name) {
        return database.write(client -> {
                    for (String table : List.of("bucket_document", "version", "version_at_site")) {
                        client.sql("delete from " + table + " where bucket = :name")
                                .param("name", name)
                                .update();
                    }
                    return client.sql("delete from bucket where name = :name")
                            .param("name", name)
                            .update();
                })
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

    private static Bucket bucket(ResultSet row, Map<DocumentKind, String> documents) throws SQLException {
        return new Bucket(
                row.getString("name"),
                row.getString("owner"),
                row.getString("policy"),
                Home.names(row.getString("members")),
                Instant.ofEpochMilli(row.getLong("created")),
                Home.names(row.getString("ideal")),
                move(row),
                Home.names(row.getString("leaving")),
                documents);
    }
}
