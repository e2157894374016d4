package org.entente.gateway.rehoming;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Home;
import reactor.core.publisher.Mono;

/** What is recorded of buckets on their way. Each method fails with {@link Database.Unavailable}. */
public final class Moves {
    private final Database database;
    private final Clock clock;
    private final String gateway;

    /** @param gateway tells this one apart from all others that share the journal */
    public Moves(Database database, Clock clock, String gateway) {
        this.database = database;
        this.clock = clock;
        this.gateway = gateway;
    }

    /** Walks under way, by bucket. */
    public Mono<List<Pass>> passes() {
        return database.read(
                client -> client.sql("select * from pass where bucket in (select name from bucket) order by bucket")
                        .query(Moves::pass)
                        .list());
    }

    /** Sends a bucket on its way, if it is where it was. */
    Mono<Boolean> begin(Bucket bucket, List<String> to) {
        return database.write(client -> client.sql("update bucket set moving_to = :to, phase = :phase,"
                                + " phase_since = :now where name = :name and members = :members and phase = ''")
                        .param("to", list(to))
                        .param("phase", Home.Phase.PREPARING.word())
                        .param("now", clock.millis())
                        .param("name", bucket.name())
                        .param("members", list(bucket.members()))
                        .update()
                == 1);
    }

    /** Has a bucket that is to stay stay, and says what its policies choose. */
    Mono<Void> stay(Bucket bucket, List<String> ideal) {
        return database.write(client -> client.sql("update bucket set ideal = :ideal where name = :name and phase = ''")
                        .param("ideal", list(ideal))
                        .param("name", bucket.name())
                        .update())
                .then();
    }

    /** The next stretch of the way, and the beginning of its walk. */
    Mono<Void> enter(Bucket bucket, Home.Phase phase) {
        return database.write(client -> {
                    client.sql("update bucket set phase = :phase, phase_since = :now where name = :name")
                            .param("phase", phase.word())
                            .param("now", clock.millis())
                            .param("name", bucket.name())
                            .update();
                    return client.sql("delete from alone where bucket = :name")
                            .param("name", bucket.name())
                            .update();
                })
                .then(forget(bucket));
    }

    /**
     * Ends the way: the bucket has other members, or is given up the new ones.
     *
     * @param left sites that are to lose what they hold of it
     * @param ideal what its policies chose
     */
    Mono<Void> arrive(Bucket bucket, List<String> members, Collection<String> left, List<String> ideal) {
        return database.write(client -> client.sql("update bucket set members = :members, moving_to = '', phase = '',"
                                + " leaving = :left, ideal = :ideal where name = :name")
                        .param("members", list(members))
                        .param("ideal", list(ideal))
                        .param("left", list(left))
                        .param("name", bucket.name())
                        .update())
                .then(forget(bucket));
    }

    /**
     * A site holds nothing of a bucket any more that it left. A bucket of one copy goes on without the journal then, so that
     * nothing must be under way that the journal knows of.
     */
    Mono<Void> leave(Bucket bucket, List<String> stillLeaving) {
        return database.write(client -> client.sql("update bucket set leaving = :left where name = :name"
                                + " and (:left <> '' or members like '%,%'"
                                + " or not (exists (select 1 from entry where bucket = :name)"
                                + " or exists (select 1 from joint_upload where bucket = :name and etag = '')))")
                        .param("left", list(stillLeaving))
                        .param("name", bucket.name())
                        .update())
                .then(forget(bucket));
    }

    private Mono<Void> forget(Bucket bucket) {
        return database.write(client -> client.sql("delete from pass where bucket = :name")
                        .param("name", bucket.name())
                        .update())
                .then();
    }

    /**
     * The bucket's walk, if it is for this gateway to go on with it; begun if there is none.
     *
     * @param gone tells of another gateway whether it is at work no more
     */
    Mono<Pass> take(Bucket bucket, Predicate<String> gone) {
        return database.write(client -> {
                    client.sql(
                                    "insert into pass (bucket, cursor, objects, bytes, total_objects, total_bytes, unlike, started,"
                                            + " owner, waits_for) values (:name, :nothing, 0, 0, 0, 0, 0, :now, :own, '')"
                                            + " on conflict (bucket) do nothing")
                            .param("name", bucket.name())
                            .param("nothing", new byte[0])
                            .param("now", clock.millis())
                            .param("own", gateway)
                            .update();
                    Pass there = client.sql("select * from pass where bucket = :name")
                            .param("name", bucket.name())
                            .query(Moves::pass)
                            .single();
                    boolean own = there.owner().equals(gateway);
                    boolean free = own
                            || (gone.test(there.owner())
                                    && client.sql(
                                                            "update pass set owner = :own where bucket = :name and owner = :other")
                                                    .param("own", gateway)
                                                    .param("name", bucket.name())
                                                    .param("other", there.owner())
                                                    .update()
                                            == 1);
                    return free ? Optional.of(there) : Optional.<Pass>empty();
                })
                .flatMap(Mono::justOrEmpty);
    }

    /** Records how far a walk has come; false when another gateway goes on with it. */
    Mono<Boolean> save(Pass pass) {
        return database.write(
                client -> client.sql("update pass set cursor = :cursor, objects = :objects, bytes = :bytes,"
                                        + " total_objects = :totalObjects, total_bytes = :totalBytes, unlike = :unlike,"
                                        + " waits_for = '' where bucket = :name and owner = :own")
                                .param("cursor", pass.cursor().getBytes(UTF_8))
                                .param("objects", pass.objects())
                                .param("bytes", pass.bytes())
                                .param("totalObjects", pass.totalObjects())
                                .param("totalBytes", pass.totalBytes())
                                .param("unlike", pass.unlike())
                                .param("name", pass.bucket())
                                .param("own", gateway)
                                .update()
                        == 1);
    }

    /** Says why a walk does not go on. */
    Mono<Void> waiting(String bucket, String reason) {
        return database.write(client -> client.sql("update pass set waits_for = :reason where bucket = :name")
                        .param("reason", reason)
                        .param("name", bucket)
                        .update())
                .then();
    }

    /** Tells the others whether this gateway still writes to a bucket without the journal. */
    Mono<Void> alone(String bucket, boolean is) {
        return database.write(client -> client.sql(
                                is
                                        ? "insert into alone (bucket, gateway) values (:name, :own)"
                                                + " on conflict (bucket, gateway) do nothing"
                                        : "delete from alone where bucket = :name and gateway = :own")
                        .param("name", bucket)
                        .param("own", gateway)
                        .update())
                .then();
    }

    /** The gateways that still write to a bucket without the journal. */
    Mono<Set<String>> alone(String bucket) {
        return database.read(client -> Set.copyOf(client.sql("select gateway from alone where bucket = :name")
                .param("name", bucket)
                .query(String.class)
                .list()));
    }

    private static Pass pass(ResultSet row, int number) throws SQLException {
        return new Pass(
                row.getString("bucket"),
                new String(row.getBytes("cursor"), UTF_8),
                row.getLong("objects"),
                row.getLong("bytes"),
                row.getLong("total_objects"),
                row.getLong("total_bytes"),
                row.getLong("unlike"),
                Instant.ofEpochMilli(row.getLong("started")),
                row.getString("owner"),
                row.getString("waits_for"));
    }

    private static String list(Collection<String> sites) {
        return String.join(",", sites);
    }
}
