package org.entente.gateway.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.entente.gateway.journal.Standing.Summary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import reactor.core.publisher.Mono;

/**
 * The versions of objects in buckets that keep them at several sites. Each site has ids of its own for them, so that, unlike of
 * keys, something is to be known of each. They change with the ends of writes, by {@link Journal#close}.
 *
 * <p>Each method fails with {@link Database.Unavailable} when the database cannot be had.
 */
public final class Versions {
    private static final String OF_KEY = " where bucket = :bucket and object_key = :key";

    private final Database database;

    public Versions(Database database) {
        this.database = database;
    }

    /** Those of a key, the latest first; what is gone is left out only when no site has it any more. */
    public Mono<List<Version>> of(ObjectName name) {
        return database.read(client -> {
            Map<String, Map<String, String>> ids = new HashMap<>();
            Map<String, Set<String>> behind = new HashMap<>();
            named(client.sql("select * from version_at_site" + OF_KEY), name).query(row -> {
                String id = row.getString("id");
                ids.computeIfAbsent(id, none -> new HashMap<>()).put(row.getString("site"), row.getString("own_id"));
                if (row.getInt("behind") == 1) {
                    behind.computeIfAbsent(id, none -> new HashSet<>()).add(row.getString("site"));
                }
            });
            return named(client.sql("select * from version" + OF_KEY + " order by position desc"), name)
                    .query((row, number) -> version(
                            row,
                            ids.getOrDefault(row.getString("id"), Map.of()),
                            behind.getOrDefault(row.getString("id"), Set.of())))
                    .list();
        });
    }

    /** One of a key's that is not gone. */
    public static Optional<Version> named(List<Version> all, String id) {
        return all.stream()
                .filter(version -> version.id().equals(id) && !version.gone())
                .findFirst();
    }

    /** The latest that is not gone. */
    public static Optional<Version> latest(List<Version> all) {
        return all.stream().filter(version -> !version.gone()).findFirst();
    }

    /** Those of the sites that do not have every version that is not gone. */
    public static Set<String> lacking(List<Version> all, Collection<String> sites) {
        return sites.stream()
                .filter(site -> all.stream()
                        .anyMatch(version -> !version.gone() && !version.ids().containsKey(site)))
                .collect(Collectors.toSet());
    }

    /** The first keys behind one of which versions are known. */
    public Mono<List<String>> keys(String bucket, String after, int most) {
        return database.read(client -> client.sql("select distinct object_key from version where bucket = :bucket"
                        + " and object_key > :after order by object_key limit :most")
                .param("bucket", bucket)
                .param("after", after.getBytes(UTF_8))
                .param("most", most)
                .query((row, number) -> new String(row.getBytes("object_key"), UTF_8))
                .list());
    }

    /**
     * A version in a listing, where its sites do not matter.
     *
     * @param position among those of its key; the greatest is the latest
     */
    public record Numbered(Version version, long position) {}

    /**
     * Those of a bucket in the order of keys, the latest of each first.
     *
     * @param prefix only keys that begin so
     * @param after only greater keys, and of this one those
     * @param below whose position is less
     */
    public Mono<List<Numbered>> after(String bucket, String prefix, String after, long below, int most) {
        return database.read(client -> client.sql("select * from version where bucket = :bucket and gone = 0"
                        + " and object_key >= :prefix and object_key <= :end"
                        + " and (object_key > :after or (object_key = :after and position < :below))"
                        + " order by object_key, position desc limit :most")
                .param("bucket", bucket)
                .param("prefix", prefix.getBytes(UTF_8))
                .param("end", (prefix + Character.toString(Character.MAX_CODE_POINT)).getBytes(UTF_8))
                .param("after", after.getBytes(UTF_8))
                .param("below", below)
                .param("most", most)
                .query((row, number) -> new Numbered(version(row, Map.of(), Set.of()), row.getLong("position")))
                .list());
    }

    /** The position of one among those of its key; 0 where there is no such version. */
    public Mono<Long> positionOf(String bucket, String key, String id) {
        return database.read(client -> named(
                        client.sql("select position from version" + OF_KEY + " and id = :id"),
                        new ObjectName(bucket, key))
                .param("id", id)
                .query(Long.class)
                .optional()
                .orElse(0L));
    }

    /** Which of these keys have versions that are known of. */
    public Mono<Set<String>> known(String bucket, List<String> keys) {
        return keys.isEmpty()
                ? Mono.just(Set.of())
                : database.read(client -> client
                        .sql("select distinct object_key from version where bucket = :bucket and object_key in (:keys)")
                        .param("bucket", bucket)
                        .param(
                                "keys",
                                keys.stream().map(key -> key.getBytes(UTF_8)).toList())
                        .query((row, number) -> new String(row.getBytes("object_key"), UTF_8))
                        .list()
                        .stream()
                        .collect(Collectors.toSet()));
    }

    /** Whether any version of any key of a bucket is known. */
    public Mono<Boolean> any(String bucket) {
        return database.read(client -> client.sql("select 1 from version where bucket = :bucket limit 1")
                .param("bucket", bucket)
                .query(Integer.class)
                .optional()
                .isPresent());
    }

    /** Records one that was there before its bucket began to keep any, unless others are known by now. */
    public Mono<Void> begin(Version first) {
        return database.write(client -> {
                    boolean others = named(client.sql("select 1 from version" + OF_KEY + " limit 1"), first.name())
                            .query(Integer.class)
                            .optional()
                            .isPresent();
                    if (!others) {
                        add(client, first);
                    }
                    return others;
                })
                .then();
    }

    /**
     * Records all of a key whose versions were not known any more.
     *
     * @param oldestFirst those among them that are gone have to be removed yet
     */
    public Mono<Void> restore(List<Version> oldestFirst) {
        return database.write(client -> {
                    oldestFirst.forEach(version -> {
                        add(client, version);
                        if (version.gone()) {
                            apply(client, new VersionChange.Removed(version, Set.of()));
                        }
                    });
                    return oldestFirst.size();
                })
                .then();
    }

    /** Records what a site calls one, and that it has it as it is. */
    public Mono<Void> put(Version version, String site, String ownId) {
        return database.write(client -> at(client, version, site, ownId)).then();
    }

    /** Records that a site does not have one any more. */
    public Mono<Void> take(Version version, String site) {
        return database.write(client -> {
                    take(client, version, Set.of(site));
                    return site;
                })
                .then();
    }

    /** Forgets one that no site has. */
    public Mono<Void> forget(Version version) {
        return database.write(client -> remove(client, version)).then();
    }

    static void apply(JdbcClient client, VersionChange change) {
        switch (change) {
            case VersionChange.None none -> {}
            case VersionChange.Added added -> add(client, added.version());
            case VersionChange.Removed removed -> {
                named(
                                client.sql("update version set gone = 1" + OF_KEY + " and id = :id"),
                                removed.version().name())
                        .param("id", removed.version().id())
                        .update();
                take(client, removed.version(), removed.at());
            }
            case VersionChange.Doubted doubted ->
                named(
                                client.sql("update version_at_site set behind = 1" + OF_KEY
                                        + " and site <> (select min(other.site) from version_at_site other"
                                        + " where other.bucket = version_at_site.bucket"
                                        + " and other.object_key = version_at_site.object_key"
                                        + " and other.id = version_at_site.id)"),
                                doubted.name())
                        .update();
            case VersionChange.Amended amended ->
                amended.behind()
                        .forEach(site -> named(
                                        client.sql("update version_at_site set behind = 1" + OF_KEY
                                                + " and id = :id and site = :site"),
                                        amended.version().name())
                                .param("id", amended.version().id())
                                .param("site", site)
                                .update());
        }
    }

    private static void add(JdbcClient client, Version version) {
        remove(client, version);
        named(client.sql("""
                insert into version (bucket, object_key, id, position, generation, marker, gone, etag, size, modified, parts,
                    principal)
                values (:bucket, :key, :id,
                    (select coalesce(max(position), 0) + 1 from version where bucket = :bucket and object_key = :key),
                    :generation, :marker, 0, :etag, :size, :modified, :parts, :principal)
                """), version.name())
                .param("id", version.id())
                .param("generation", version.generation().text())
                .param("marker", version.marker() ? 1 : 0)
                .param("etag", version.what().etag())
                .param("size", version.what().size())
                .param("modified", version.what().modified().toEpochMilli())
                .param("parts", version.what().parts().map(PartSizes::text).orElse(""))
                .param("principal", version.principal())
                .update();
        version.ids().forEach((site, ownId) -> at(client, version, site, ownId));
    }

    private static int at(JdbcClient client, Version version, String site, String ownId) {
        // The one that a site calls null is overwritten by the next one.
        named(
                        client.sql("delete from version_at_site" + OF_KEY + " and site = :site and own_id = :own"),
                        version.name())
                .param("site", site)
                .param("own", ownId)
                .update();
        return named(
                        client.sql("insert into version_at_site (bucket, object_key, id, site, own_id, behind)"
                                + " select bucket, object_key, id, :site, :own, 0 from version" + OF_KEY
                                + " and id = :id on conflict (bucket, object_key, id, site)"
                                + " do update set own_id = excluded.own_id, behind = 0"),
                        version.name())
                .param("id", version.id())
                .param("site", site)
                .param("own", ownId)
                .update();
    }

    private static void take(JdbcClient client, Version version, Set<String> sites) {
        for (String site : sites) {
            named(client.sql("delete from version_at_site" + OF_KEY + " and id = :id and site = :site"), version.name())
                    .param("id", version.id())
                    .param("site", site)
                    .update();
        }
        named(
                        client.sql("delete from version" + OF_KEY
                                + " and id = :id and gone = 1 and not exists (select 1 from"
                                + " version_at_site there where there.bucket = version.bucket"
                                + " and there.object_key = version.object_key and there.id = version.id)"),
                        version.name())
                .param("id", version.id())
                .update();
    }

    private static int remove(JdbcClient client, Version version) {
        for (String table : List.of("version_at_site", "version")) {
            named(client.sql("delete from " + table + OF_KEY + " and id = :id"), version.name())
                    .param("id", version.id())
                    .update();
        }
        return 0;
    }

    private static StatementSpec named(StatementSpec statement, ObjectName name) {
        return statement.param("bucket", name.bucket()).param("key", name.bytes());
    }

    private static Version version(ResultSet row, Map<String, String> ids, Set<String> behind) throws SQLException {
        return new Version(
                new ObjectName(row.getString("bucket"), new String(row.getBytes("object_key"), UTF_8)),
                row.getString("id"),
                new Generation(row.getString("generation")),
                row.getInt("marker") == 1,
                row.getInt("gone") == 1,
                new Summary(
                        row.getString("etag"),
                        row.getLong("size"),
                        Instant.ofEpochMilli(row.getLong("modified")),
                        PartSizes.parse(row.getString("parts"))),
                row.getString("principal"),
                ids,
                behind);
    }
}
