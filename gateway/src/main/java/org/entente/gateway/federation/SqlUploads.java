package org.entente.gateway.federation;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.entente.backends.uri.Query;
import org.entente.gateway.journal.Database;
import org.entente.gateway.sites.ObjectFacts;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Question;
import org.springframework.jdbc.core.simple.JdbcClient;
import reactor.core.publisher.Mono;

/** The uploads in the journal's database. */
public final class SqlUploads implements Uploads {
    private static final int CACHED = 10_000;

    private record Id(String bucket, String key, String uploadId) {}

    private final Database database;
    private final Clock clock;
    /** An upload's facts never change, so that what was found once holds for all of its parts. */
    private final Cache<Id, Facts.What> known =
            Caffeine.newBuilder().maximumSize(CACHED).build();

    public SqlUploads(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    @Override
    public Mono<Facts.What> find(String bucket, String key, String uploadId) {
        Id id = new Id(bucket, key, uploadId);
        Facts.What cached = known.getIfPresent(id);
        if (cached != null) {
            return Mono.just(cached);
        }
        return database.read(client -> where(
                                client,
                                "select label, tags from upload where bucket = :bucket and object_key = :key and id = :id",
                                id)
                        .query(SqlUploads::object)
                        .optional()
                        .orElse(Question.PLAIN))
                .doOnNext(found -> known.put(id, found));
    }

    @Override
    public Mono<Void> add(String bucket, String key, String uploadId, Facts.What object) {
        Id id = new Id(bucket, key, uploadId);
        return database.write(client -> where(
                                client,
                                "insert into upload (bucket, object_key, id, label, tags, created)"
                                        + " values (:bucket, :key, :id, :label, :tags, :created)",
                                id)
                        .param("label", object.label())
                        .param("tags", ObjectFacts.encoded(object.tags()))
                        .param("created", clock.millis())
                        .update())
                .doOnNext(added -> known.put(id, object))
                .then();
    }

    @Override
    public Mono<Void> remove(String bucket, String key, String uploadId) {
        Id id = new Id(bucket, key, uploadId);
        return database.write(client -> where(
                                client,
                                "delete from upload where bucket = :bucket and object_key = :key and id = :id",
                                id)
                        .update())
                .doOnNext(removed -> known.invalidate(id))
                .then();
    }

    private static JdbcClient.StatementSpec where(JdbcClient client, String sql, Id id) {
        return client.sql(sql)
                .param("bucket", id.bucket())
                .param("key", id.key())
                .param("id", id.uploadId());
    }

    private static Facts.What object(ResultSet row, int number) throws SQLException {
        Map<String, String> tags = new HashMap<>();
        Query.parse(row.getString("tags")).parameters().forEach(tag -> tags.put(tag.name(), tag.value()));
        return new Facts.What(row.getString("label"), tags);
    }
}
