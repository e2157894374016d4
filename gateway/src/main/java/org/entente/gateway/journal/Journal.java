package org.entente.gateway.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import reactor.core.publisher.Mono;

/**
 * The entries. One write of a key at a time comes to its end, whichever gateway it goes through: it claims the key, does at
 * the sites what cannot be taken back, and says what that came to.
 *
 * <p>Each method fails with {@link Database.Unavailable} when the database cannot be had.
 */
public final class Journal {
    /** Enough for a gateway that was killed to be found gone, and for what it left to be no longer in doubt. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(25);

    /** Another write of the key takes too long to end. */
    public static final class Busy extends RuntimeException {
        Busy(ObjectName name) {
            super("another write of " + name + " takes too long to end", null, false, false);
        }
    }

    private final Database database;
    private final Clock clock;
    private final String gateway;
    private final Turns turns = new Turns();
    private final Map<Generation, Turns.Turn> open = new ConcurrentHashMap<>();

    /** @param gateway tells this one apart from all others that share the journal */
    public Journal(Database database, Clock clock, String gateway) {
        this.database = database;
        this.clock = clock;
        this.gateway = gateway;
    }

    /** What there is to be known of a key; empty when every member holds the same. */
    public Mono<Optional<Entry>> find(ObjectName name) {
        return database.read(client -> client.sql("select * from entry where bucket = :bucket and object_key = :key")
                .param("bucket", name.bucket())
                .param("key", name.bytes())
                .query(Rows::entry)
                .optional());
    }

    /**
     * Claims the key for the end of a write, durably, once no other write has it. What cannot be finished with
     * {@link #close} or {@link #cancel} must be {@linkplain #leave left}.
     *
     * @return the claim, or {@link Busy}
     */
    public Mono<Claim> open(Intent intent) {
        return Mono.defer(() -> {
            Turns.Turn turn = turns.ask(intent.name());
            Runnable release = release(intent, turn);
            return turn.ready()
                    .then(Mono.defer(
                            () -> database.write(client -> Rows.open(client, intent, gateway, clock.millis()))))
                    .flatMap(Mono::justOrEmpty)
                    .repeatWhenEmpty(tries -> tries.delayElements(BETWEEN_LOOKS))
                    .timeout(PATIENCE, Mono.error(() -> new Busy(intent.name())))
                    .map(before -> new Claim(intent, before))
                    .doOnError(failed -> release.run())
                    .doOnCancel(release);
        });
    }

    /** Remembers that this gateway ends a write, and what must happen when it does not any more. */
    private Runnable release(Intent intent, Turns.Turn turn) {
        open.put(intent.generation(), turn);
        return () -> leave(intent);
    }

    /**
     * Claims a key that is owed for bringing one site up to date; empty when it is not what it was any more, or is being
     * written.
     */
    public Mono<Claim> openToSettle(Intent intent, Standing.Known expected) {
        return Mono.defer(() -> {
            open.put(intent.generation(), turns.none());
            return database.write(client -> Rows.openToSettle(client, intent, gateway, expected)
                            ? Optional.of(new Claim(intent, expected))
                            : Optional.<Claim>empty())
                    .doOnNext(claim -> {
                        if (claim.isEmpty()) {
                            leave(intent);
                        }
                    })
                    .doOnError(failed -> leave(intent))
                    .flatMap(Mono::justOrEmpty);
        });
    }

    /**
     * Ends a write.
     *
     * @param left what it leaves of the key, by where the bucket should be at that moment; empty where that cannot be told
     * @return false when it could not be told, or the claim was not held any more, so that what became of the write is for
     *     others to say
     */
    public Mono<Boolean> close(Claim claim, Function<Home, Optional<Standing>> left) {
        return close(claim, left, VersionChange.NONE);
    }

    /**
     * The same in a bucket that keeps versions.
     *
     * @param change what the write has done to those of its key, if it is told
     */
    public Mono<Boolean> close(Claim claim, Function<Home, Optional<Standing>> left, VersionChange change) {
        String bucket = claim.intent().name().bucket();
        return database.write(client -> {
                    boolean told = Rows.home(client, bucket, database.locks())
                            .flatMap(left)
                            .filter(standing -> Rows.close(client, claim, standing, clock.millis()))
                            .isPresent();
                    if (told) {
                        Versions.apply(client, change);
                    }
                    return told;
                })
                .doFinally(signal -> leave(claim));
    }

    /** The same where it does not matter where the bucket should be. */
    public Mono<Boolean> close(Claim claim, Standing left) {
        return database.write(client -> Rows.close(client, claim, left, clock.millis()))
                .doFinally(signal -> leave(claim));
    }

    /** Records that a write may take effect at one more site; the claim with that site, or the old one when it is not held any more. */
    public Mono<Claim> widen(Claim claim, String site) {
        Set<String> sites = new TreeSet<>(claim.intent().sites());
        sites.add(site);
        Claim wider = new Claim(claim.intent().at(sites), claim.before());
        return database.write(client -> Rows.widen(client, wider) ? wider : claim);
    }

    /** Gives a claim back: no site has taken, or ever will take, the write for done. */
    public Mono<Boolean> cancel(Claim claim) {
        return close(claim, claim.before());
    }

    /** Ends this gateway's part in a write whose outcome is not known: it will be found by {@link #abandoned}. */
    public void leave(Claim claim) {
        leave(claim.intent());
    }

    /** Whether this gateway has begun, and not ended, to end a write. */
    public boolean holds(Intent intent) {
        return open.containsKey(intent.generation());
    }

    private void leave(Intent intent) {
        Turns.Turn turn = open.remove(intent.generation());
        if (turn != null) {
            turn.give();
        }
    }

    /** What an entry says of a write that nobody ends any more, as a claim for whoever finds out what became of it. */
    public static Optional<Claim> claim(Entry entry) {
        return entry.underWay().map(intent -> new Claim(intent, entry.standing()));
    }

    /**
     * Entries whose writes nobody ends any more.
     *
     * @param gone tells of another gateway whether it is at work no more
     */
    public Mono<List<Entry>> abandoned(Predicate<String> gone, int atMost) {
        return database.read(client -> Rows.underWay(client, atMost).stream()
                .filter(entry -> isAbandoned(entry, gone))
                .toList());
    }

    private boolean isAbandoned(Entry entry, Predicate<String> gone) {
        return entry.owner().equals(gateway)
                ? entry.underWay()
                        .filter(intent -> !open.containsKey(intent.generation()))
                        .isPresent()
                : gone.test(entry.owner());
    }

    /** Entries by which a site lacks something, or has what it should not, and that are to be looked at now. */
    public Mono<List<Entry>> due(String site, int atMost) {
        return database.read(client -> client.sql(Rows.DUE)
                .param("now", clock.millis())
                .param("site", "%," + site + ",%")
                .param("most", atMost)
                .query(Rows::entry)
                .list());
    }

    /**
     * Has nobody else look at an entry that is due before this much time has passed, so that gateways share the work; false when
     * another one has it.
     */
    public Mono<Boolean> lease(ObjectName name, Duration length) {
        return database.write(client -> client.sql("update entry set next_try = :next where bucket = :bucket"
                                + " and object_key = :key and next_try <= :now")
                        .param("next", clock.millis() + length.toMillis())
                        .param("now", clock.millis())
                        .param("bucket", name.bucket())
                        .param("key", name.bytes())
                        .update()
                == 1);
    }

    /** Has an entry looked at again, not before this much time has passed. */
    public Mono<Void> postpone(ObjectName name, Duration by) {
        return database.write(client -> client.sql("update entry set next_try = :next, tries = tries + 1"
                                + " where bucket = :bucket and object_key = :key")
                        .param("next", clock.millis() + by.toMillis())
                        .param("bucket", name.bucket())
                        .param("key", name.bytes())
                        .update())
                .then();
    }

    /**
     * Entries of a bucket in the order of keys for which a site's word is not to be taken.
     *
     * @param after only greater keys; empty for all
     * @param upTo no greater keys; none given means all
     */
    public Mono<List<Entry>> unlike(String bucket, String site, String after, Optional<String> upTo, int atMost) {
        return database.read(client -> Rows.unlike(client, bucket, site, after, upTo, atMost));
    }

    /** Entries of a bucket in the order of keys; the first ones behind a key. */
    public Mono<List<Entry>> of(String bucket, String after, int atMost) {
        return database.read(client -> client.sql("select * from entry where bucket = :bucket and object_key > :after"
                        + " order by object_key limit :most")
                .param("bucket", bucket)
                .param("after", after.getBytes(UTF_8))
                .param("most", atMost)
                .query(Rows::entry)
                .list());
    }

    /** How many keys of a bucket these sites lack. */
    public Mono<Long> owing(String bucket, Collection<String> sites) {
        return count(bucket, sites, "owed like :site");
    }

    /** How many entries of a bucket name one of these sites in any way. */
    public Mono<Long> speaking(String bucket, Collection<String> sites) {
        return count(
                bucket, sites, "(owed like :site or strays like :site or holders like :site or way_sites like :site)");
    }

    private Mono<Long> count(String bucket, Collection<String> sites, String condition) {
        return database.read(client -> sites.stream()
                .mapToLong(site -> client.sql("select count(*) from entry where bucket = :bucket and " + condition)
                        .param("bucket", bucket)
                        .param("site", "%," + site + ",%")
                        .query(Long.class)
                        .single())
                .sum());
    }

    /** Whether anything is known of any key of a bucket. */
    public Mono<Boolean> speaksOf(String bucket) {
        return database.read(client -> client.sql("select 1 from entry where bucket = :bucket limit 1")
                .param("bucket", bucket)
                .query(Integer.class)
                .optional()
                .isPresent());
    }

    /** The sites that lack something. */
    public Mono<Set<String>> behind() {
        return database.read(client -> Rows.behind(client, false));
    }

    /** The sites that lack something, or have what they should not. */
    public Mono<Set<String>> unlike() {
        return database.read(client -> Rows.behind(client, true));
    }

    /** How much each site lacks: every entry is looked at for it. */
    public Mono<List<Lag>> lags() {
        return database.read(Rows::lags);
    }

    /** How many entries there are, those included whose write is under way. */
    public Mono<Long> size() {
        return database.read(client ->
                client.sql("select count(*) from entry").query(Long.class).single());
    }

    /**
     * What one site lacks.
     *
     * @param keys how many
     * @param bytes in all
     * @param oldest since when it has lacked something, or had what it should not
     * @param strays how many it has that it should not
     */
    public record Lag(String site, long keys, long bytes, Instant oldest, long strays) {}

    /** All there is, for those who look at the journal as a whole. */
    public Mono<List<Entry>> all(int atMost) {
        return database.read(client -> client.sql("select * from entry order by bucket, object_key limit :most")
                .param("most", atMost)
                .query(Rows::entry)
                .list());
    }
}
