package org.entente.gateway.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.journal.Standing.Same;
import org.entente.gateway.journal.Standing.Summary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;

/** The journal's statements: SQL that SQLite and PostgreSQL both understand. */
final class Rows {
    private static final String SAME = "same";
    private static final String PRESENT = "present";
    private static final String ABSENT = "absent";

    /** Asked every second of every site: what is not due must not be looked at for it. */
    static final String DUE = "select * from entry where way_kind = '' and next_try <= :now"
            + " and (owed like :site or strays like :site) limit :most";

    private Rows() {}

    /** Records a write under way; empty when another one of the key is. */
    static Optional<Standing> open(JdbcClient client, Intent intent, String owner, long now) {
        StatementSpec statement = client.sql("""
                insert into entry (bucket, object_key, standing, generation, holders, owed, strays, doubt_until, amended,
                    etag, size, modified, parts, principal, since, way_kind, way_generation, way_sites, way_acknowledge,
                    way_principal, way_parts, owner, next_try, tries)
                values (:bucket, :key, 'same', '', '', '', '', 0, 0, '', 0, 0, '', '', :now, :kind, :generation, :sites,
                    :acknowledge, :principal, :parts, :owner, :now, 0)
                on conflict (bucket, object_key) do update set way_kind = excluded.way_kind,
                    way_generation = excluded.way_generation, way_sites = excluded.way_sites,
                    way_acknowledge = excluded.way_acknowledge, way_principal = excluded.way_principal,
                    way_parts = excluded.way_parts, owner = excluded.owner
                where entry.way_kind = ''
                returning *
                """);
        return way(named(statement, intent.name()), intent, owner)
                .param("now", now)
                .query(Rows::entry)
                .optional()
                .map(Entry::standing);
    }

    /** Records that a site is being brought up to date; false when the entry is not what was expected. */
    static boolean openToSettle(JdbcClient client, Intent intent, String owner, Known expected) {
        StatementSpec statement = client.sql("""
                update entry set way_kind = :kind, way_generation = :generation, way_sites = :sites,
                    way_acknowledge = :acknowledge, way_principal = :principal, way_parts = :parts, owner = :owner
                where bucket = :bucket and object_key = :key and way_kind = '' and standing = :standing
                    and generation = :expected and holders = :holders and owed = :owed and strays = :strays
                    and doubt_until = :doubt
                """);
        return way(named(statement, intent.name()), intent, owner)
                        .param("standing", word(expected))
                        .param("expected", expected.generation().text())
                        .param("holders", list(expected.holders()))
                        .param("owed", list(expected.owed()))
                        .param("strays", list(expected.strays()))
                        .param("doubt", expected.doubtUntil().toEpochMilli())
                        .update()
                == 1;
    }

    /** Records where else a write under way may take effect; false when it is not under way any more. */
    static boolean widen(JdbcClient client, Claim claim) {
        return named(
                                client.sql("update entry set way_sites = :sites where bucket = :bucket"
                                        + " and object_key = :key and way_generation = :way"),
                                claim.intent().name())
                        .param("sites", list(claim.intent().sites()))
                        .param("way", claim.intent().generation().text())
                        .update()
                == 1;
    }

    private static StatementSpec named(StatementSpec statement, ObjectName name) {
        return statement.param("bucket", name.bucket()).param("key", name.bytes());
    }

    private static StatementSpec way(StatementSpec statement, Intent intent, String owner) {
        return statement
                .param("kind", intent.kind().name().toLowerCase(Locale.ROOT))
                .param("generation", intent.generation().text())
                .param("sites", list(intent.sites()))
                .param("acknowledge", intent.acknowledge())
                .param("principal", intent.principal())
                .param("parts", intent.parts().map(PartSizes::text).orElse(""))
                .param("owner", owner);
    }

    /**
     * Where a bucket is and should be; empty when there is no such bucket.
     *
     * @param locks whether rows must be locked to stay as they are until the transaction ends
     */
    static Optional<Home> home(JdbcClient client, String bucket, boolean locks) {
        return client.sql(
                        "select members, moving_to, phase from bucket where name = :name" + (locks ? " for share" : ""))
                .param("name", bucket)
                .query((ResultSet row, int number) ->
                        Home.of(row.getString("members"), row.getString("moving_to"), row.getString("phase")))
                .optional();
    }

    /** Ends a write, if it is the one under way. */
    static boolean close(JdbcClient client, Claim claim, Standing left, long now) {
        return switch (left) {
            case Same same ->
                named(
                                        client.sql("delete from entry where bucket = :bucket and object_key = :key"
                                                + " and way_generation = :way"),
                                        claim.intent().name())
                                .param("way", claim.intent().generation().text())
                                .update()
                        == 1;
            case Known known -> close(client, claim, known, now);
        };
    }

    private static boolean close(JdbcClient client, Claim claim, Known left, long now) {
        StatementSpec statement = client.sql("""
                update entry set standing = :standing, generation = :generation, holders = :holders, owed = :owed,
                    strays = :strays, doubt_until = :doubt, amended = :amended, etag = :etag, size = :size,
                    modified = :modified, parts = :parts, principal = :principal, next_try = :now, tries = 0,
                    way_kind = '', way_generation = '', way_sites = '', way_acknowledge = 0, way_principal = '', way_parts = '',
                    owner = ''
                where bucket = :bucket and object_key = :key and way_generation = :way
                """);
        return named(statement, claim.intent().name())
                        .param("way", claim.intent().generation().text())
                        .param("standing", word(left))
                        .param("generation", left.generation().text())
                        .param("holders", list(left.holders()))
                        .param("owed", list(left.owed()))
                        .param("strays", list(left.strays()))
                        .param("doubt", left.doubtUntil().toEpochMilli())
                        .param("amended", left.amended() ? 1 : 0)
                        .param("etag", left.what().etag())
                        .param("size", left.what().size())
                        .param("modified", left.what().modified().toEpochMilli())
                        .param("parts", left.what().parts().map(PartSizes::text).orElse(""))
                        .param("principal", left.principal())
                        .param("now", now)
                        .update()
                == 1;
    }

    private static String word(Known standing) {
        return standing.exists() ? PRESENT : ABSENT;
    }

    static List<Entry> underWay(JdbcClient client, int atMost) {
        return client.sql("select * from entry where way_kind <> '' order by since limit :most")
                .param("most", atMost)
                .query(Rows::entry)
                .list();
    }

    static List<Entry> unlike(
            JdbcClient client, String bucket, String site, String after, Optional<String> upTo, int atMost) {
        StatementSpec statement = client.sql("select * from entry where bucket = :bucket and object_key > :after"
                        + (upTo.isPresent() ? " and object_key <= :to" : "")
                        + " and standing <> 'same' and holders not like :site order by object_key limit :most")
                .param("bucket", bucket)
                .param("after", after.getBytes(UTF_8))
                .param("site", "%," + site + ",%")
                .param("most", atMost);
        upTo.ifPresent(last -> statement.param("to", last.getBytes(UTF_8)));
        return statement.query(Rows::entry).list();
    }

    /** Which sites are owed something, and which have strays. */
    private record Owing(String owed, String strays) {}

    /**
     * Goes from one of the few combinations to the next, by the index, however many entries have each.
     *
     * @param strays whether to count sites that have what they should not
     */
    static Set<String> behind(JdbcClient client, boolean strays) {
        Set<String> sites = new TreeSet<>();
        Optional<Owing> at = Optional.of(new Owing("", ""));
        while (at.isPresent()) {
            Owing last = at.get();
            // Not as one comparison of pairs: SQLite would walk all entries that have the same.
            at = next(client, last, "owed = :owed and strays > :strays").or(() -> next(client, last, "owed > :owed"));
            at.ifPresent(found -> {
                sites.addAll(sites(found.owed()));
                sites.addAll(strays ? sites(found.strays()) : Set.of());
            });
        }
        return sites;
    }

    private static Optional<Owing> next(JdbcClient client, Owing last, String condition) {
        return client.sql("select owed, strays from entry where " + condition + " order by owed, strays limit 1")
                .param("owed", last.owed())
                .param("strays", last.strays())
                .query((row, number) -> new Owing(row.getString("owed"), row.getString("strays")))
                .optional();
    }

    static List<Journal.Lag> lags(JdbcClient client) {
        Map<String, Journal.Lag> lags = new HashMap<>();
        client.sql("select owed, strays, count(*) as many, sum(size) as bytes, min(since) as oldest from entry"
                        + " where owed <> '' or strays <> '' group by owed, strays")
                .query((ResultSet row, int number) -> {
                    long many = row.getLong("many");
                    Instant oldest = Instant.ofEpochMilli(row.getLong("oldest"));
                    for (String site : sites(row.getString("owed"))) {
                        lags.merge(site, new Journal.Lag(site, many, row.getLong("bytes"), oldest, 0), Rows::sum);
                    }
                    for (String site : sites(row.getString("strays"))) {
                        lags.merge(site, new Journal.Lag(site, 0, 0, oldest, many), Rows::sum);
                    }
                    return "";
                })
                .list();
        return lags.values().stream()
                .sorted((a, b) -> a.site().compareTo(b.site()))
                .toList();
    }

    private static Journal.Lag sum(Journal.Lag a, Journal.Lag b) {
        return new Journal.Lag(
                a.site(),
                a.keys() + b.keys(),
                a.bytes() + b.bytes(),
                a.oldest().isBefore(b.oldest()) ? a.oldest() : b.oldest(),
                a.strays() + b.strays());
    }

    static Entry entry(ResultSet row, int number) throws SQLException {
        ObjectName name = new ObjectName(row.getString("bucket"), new String(row.getBytes("object_key"), UTF_8));
        return new Entry(name, standing(row), underWay(row, name), row.getString("owner"));
    }

    private static Standing standing(ResultSet row) throws SQLException {
        String standing = row.getString("standing");
        return standing.equals(SAME)
                ? new Same()
                : new Known(
                        standing.equals(PRESENT),
                        new Generation(row.getString("generation")),
                        sites(row.getString("holders")),
                        sites(row.getString("owed")),
                        sites(row.getString("strays")),
                        Instant.ofEpochMilli(row.getLong("doubt_until")),
                        row.getInt("amended") == 1,
                        new Summary(
                                row.getString("etag"),
                                row.getLong("size"),
                                Instant.ofEpochMilli(row.getLong("modified")),
                                PartSizes.parse(row.getString("parts"))),
                        row.getString("principal"));
    }

    private static Optional<Intent> underWay(ResultSet row, ObjectName name) throws SQLException {
        String kind = row.getString("way_kind");
        return kind.isEmpty()
                ? Optional.empty()
                : Optional.of(new Intent(
                        name,
                        Intent.Kind.valueOf(kind.toUpperCase(Locale.ROOT)),
                        new Generation(row.getString("way_generation")),
                        sites(row.getString("way_sites")),
                        row.getInt("way_acknowledge"),
                        row.getString("way_principal"),
                        PartSizes.parse(row.getString("way_parts"))));
    }

    /** Sites in a text in which each can be found by itself. */
    private static String list(Collection<String> sites) {
        return sites.isEmpty() ? "" : new TreeSet<>(sites).stream().collect(Collectors.joining(",", ",", ","));
    }

    private static Set<String> sites(String list) {
        List<String> names = new ArrayList<>(Arrays.asList(list.split(",", -1)));
        names.removeIf(String::isEmpty);
        return Set.copyOf(names);
    }
}
