package org.entente.gateway.replication;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.entente.backends.uri.Query;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.sites.ObjectFacts;
import org.entente.policy.condition.Facts;
import org.springframework.jdbc.core.simple.JdbcClient;
import reactor.core.publisher.Mono;

/** The multipart uploads at several sites. Each method fails with {@link Database.Unavailable}. */
final class JointUploads {
    private final Database database;
    private final Clock clock;

    JointUploads(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    Mono<Optional<JointUpload>> find(String id) {
        return database.read(client -> client.sql("select * from joint_upload where id = :id")
                .param("id", id)
                .query(JointUploads::upload)
                .optional());
    }

    /** Those of a bucket that have not come to their end, by key and age. */
    Mono<List<JointUpload>> of(String bucket) {
        return database.read(client -> client.sql(
                        "select * from joint_upload where bucket = :bucket and etag = '' order by object_key, created, id")
                .param("bucket", bucket)
                .query(JointUploads::upload)
                .list());
    }

    /** Forgets what was completed before that time, of which nobody will ask again. */
    Mono<Void> forgetCompleted(Instant before) {
        return database.write(client -> client.sql("delete from joint_upload where etag <> '' and created < :before")
                        .param("before", before.toEpochMilli())
                        .update())
                .then();
    }

    /** Those that were begun before that time and have not come to their end. */
    Mono<List<JointUpload>> open(Instant before) {
        return database.read(client -> client.sql("select * from joint_upload where etag = '' and created < :before")
                .param("before", before.toEpochMilli())
                .query(JointUploads::upload)
                .list());
    }

    Mono<Void> add(JointUpload upload) {
        return database.write(client -> client.sql("insert into joint_upload"
                                + " (id, bucket, object_key, generation, principal, label, tags, sites, created, etag)"
                                + " values (:id, :bucket, :key, :generation, :principal, :label, :tags, :sites, :created, '')"
                                + " on conflict (id) do nothing")
                        .param("id", upload.id())
                        .param("bucket", upload.name().bucket())
                        .param("key", upload.name().key().getBytes(UTF_8))
                        .param("generation", upload.generation().text())
                        .param("principal", upload.principal())
                        .param("label", upload.object().label())
                        .param("tags", ObjectFacts.encoded(upload.object().tags()))
                        .param("sites", ObjectFacts.encoded(upload.sites()))
                        .param("created", upload.created().toEpochMilli())
                        .update())
                .then();
    }

    /** Records a part, and which sites still have all of them. False when the upload has come to its end meanwhile. */
    Mono<Boolean> add(JointUpload upload, JointUpload.Part part) {
        return database.write(client -> {
            // Another part, sent at the same time, may have left out other sites.
            Map<String, String> left = new TreeMap<>(upload.sites());
            client.sql("select sites from joint_upload where id = :id")
                    .param("id", upload.id())
                    .query(String.class)
                    .optional()
                    .ifPresent(sites -> left.keySet().retainAll(decoded(sites).keySet()));
            boolean there = client.sql("update joint_upload set sites = :sites where id = :id and etag = ''")
                            .param("sites", ObjectFacts.encoded(left))
                            .param("id", upload.id())
                            .update()
                    == 1;
            if (there) {
                client.sql("insert into joint_part (upload, number, size, etag, modified)"
                                + " values (:upload, :number, :size, :etag, :modified)"
                                + " on conflict (upload, number) do update set size = excluded.size,"
                                + " etag = excluded.etag, modified = excluded.modified")
                        .param("upload", upload.id())
                        .param("number", part.number())
                        .param("size", part.size())
                        .param("etag", part.etag())
                        .param("modified", clock.millis())
                        .update();
            }
            return there;
        });
    }

    Mono<List<JointUpload.Part>> parts(String id) {
        return database.read(client -> client.sql("select * from joint_part where upload = :id order by number")
                .param("id", id)
                .query((ResultSet row, int number) -> new JointUpload.Part(
                        row.getInt("number"),
                        row.getLong("size"),
                        row.getString("etag"),
                        Instant.ofEpochMilli(row.getLong("modified"))))
                .list());
    }

    /** Records that the object has been made, for those who ask again. */
    Mono<Void> complete(String id, String etag) {
        return database.write(client -> {
                    client.sql("update joint_upload set etag = :etag where id = :id")
                            .param("etag", etag)
                            .param("id", id)
                            .update();
                    return withoutParts(client, id);
                })
                .then();
    }

    Mono<Void> remove(String id) {
        return database.write(client -> {
                    client.sql("delete from joint_upload where id = :id")
                            .param("id", id)
                            .update();
                    return withoutParts(client, id);
                })
                .then();
    }

    private static int withoutParts(JdbcClient client, String id) {
        return client.sql("delete from joint_part where upload = :id")
                .param("id", id)
                .update();
    }

    private static Map<String, String> decoded(String text) {
        Map<String, String> values = new TreeMap<>();
        Query.parse(text).parameters().forEach(value -> values.put(value.name(), value.value()));
        return values;
    }

    private static JointUpload upload(ResultSet row, int number) throws SQLException {
        return new JointUpload(
                row.getString("id"),
                new ObjectName(row.getString("bucket"), new String(row.getBytes("object_key"), UTF_8)),
                new Generation(row.getString("generation")),
                row.getString("principal"),
                new Facts.What(row.getString("label"), decoded(row.getString("tags"))),
                decoded(row.getString("sites")),
                Instant.ofEpochMilli(row.getLong("created")),
                Optional.of(row.getString("etag")).filter(etag -> !etag.isEmpty()));
    }
}
