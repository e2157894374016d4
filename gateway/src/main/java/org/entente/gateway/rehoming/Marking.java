package org.entente.gateway.rehoming;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.journal.Claim;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.Generations;
import org.entente.gateway.journal.Home;
import org.entente.gateway.journal.Intent;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.journal.Standing;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.journal.Standing.Same;
import org.entente.gateway.journal.Standing.Summary;
import org.entente.gateway.journal.Version;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.replication.Boundaries;
import org.entente.gateway.replication.Look;
import org.entente.gateway.replication.Summaries;
import org.entente.gateway.replication.Terms;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.Question;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Says in the journal what has to happen to one key of a bucket that moves. Nothing is copied or removed here: the settler does
 * that, and writes and reads go on meanwhile as they do with any key that is not the same everywhere.
 */
public final class Marking {
    private final Journal journal;
    private final Versions versions;
    private final Generations generations;

    public Marking(Journal journal, Versions versions, Generations generations) {
        this.journal = journal;
        this.versions = versions;
        this.generations = generations;
    }

    /** What came of it. */
    enum Result {
        MARKED,
        /** The members hold something else than the site that is to lose it. */
        UNLIKE
    }

    /** A site does not say what it has; later it may. */
    static final class Postponed extends RuntimeException {
        Postponed(String reason) {
            super(reason, null, false, false);
        }
    }

    /** Has the sites to come be given the key. */
    Mono<Result> gathered(Terms terms, Bucket bucket, String key) {
        return marked(
                terms,
                bucket,
                key,
                Set.of(),
                whereVersioned(
                        bucket,
                        Set.of(),
                        (placement, claim) -> look(
                                        terms, placement, bucket.home().holding())
                                .flatMap(seen -> seen.look() instanceof Look.Holds holds
                                        ? new Boundaries(terms.sites())
                                                .of(seen.at(), holds.etag(), holds.length())
                                                .flatMap(parts -> journal.close(
                                                        claim,
                                                        home -> Optional.of(owed(
                                                                home,
                                                                holds,
                                                                Summaries.of(holds.head(), parts),
                                                                bucket))))
                                        : journal.cancel(claim))
                                .thenReturn(Result.MARKED)));
    }

    /** Where versions of a key are known, they say which site lacks what; else the sites are looked at. */
    private Silence whereVersioned(Bucket bucket, Set<String> left, Silence otherwise) {
        return (placement, claim) -> {
            if (!bucket.versioned()) {
                return otherwise.about(placement, claim);
            }
            return versions.of(claim.intent().name())
                    .flatMap(all -> all.isEmpty()
                            ? otherwise.about(placement, claim)
                            : journal.close(claim, home -> Optional.of(ofVersions(home, all, left, bucket)))
                                    .thenReturn(Result.MARKED));
        };
    }

    private static Standing ofVersions(Home home, List<Version> all, Set<String> left, Bucket bucket) {
        Optional<Version> latest = Versions.latest(all);
        Set<String> owed = new TreeSet<>(home.wanted());
        owed.removeAll(home.holding());
        owed.addAll(Versions.lacking(all, home.wanted()));
        Known known = new Known(
                latest.filter(Version::shows).isPresent(),
                latest.map(Version::generation).orElse(Generation.NONE),
                without(home.wanted(), owed),
                owed,
                left,
                Instant.EPOCH,
                false,
                latest.map(Version::what).orElse(Summary.NOTHING),
                bucket.owner());
        return known.settled() ? new Same() : known;
    }

    private static Standing owed(Home home, Look.Holds holds, Summary what, Bucket bucket) {
        Known known = new Known(
                true,
                holds.generation(),
                Set.copyOf(home.holding()),
                without(home.wanted(), home.holding()),
                Set.of(),
                Instant.EPOCH,
                false,
                what,
                bucket.owner());
        return known.settled() ? new Same() : known;
    }

    /** Has the key removed from a site that the bucket has left, once it is certain that the members have what it holds. */
    Mono<Result> left(Terms terms, Bucket bucket, String key, String site) {
        return marked(
                terms,
                bucket,
                key,
                Set.of(site),
                whereVersioned(
                        bucket,
                        Set.of(site),
                        (placement, claim) -> look(
                                        terms, placement, bucket.home().holding())
                                .flatMap(seen -> alike(terms, placement, seen, site)
                                        .flatMap(alike -> alike
                                                ? journal.close(
                                                                claim,
                                                                home -> Optional.of(
                                                                        stray(home, seen.look(), bucket, site)))
                                                        .thenReturn(Result.MARKED)
                                                : journal.cancel(claim).thenReturn(Result.UNLIKE)))));
    }

    private static Standing stray(Home home, Look look, Bucket bucket, String site) {
        Optional<Look.Holds> there = look instanceof Look.Holds holds ? Optional.of(holds) : Optional.empty();
        return new Known(
                there.isPresent(),
                there.map(Look.Holds::generation).orElse(Generation.NONE),
                Set.copyOf(home.wanted()),
                Set.of(),
                Set.of(site),
                Instant.EPOCH,
                false,
                there.map(holds -> Summaries.of(holds.head(), Optional.empty())).orElse(Summary.NOTHING),
                bucket.owner());
    }

    /** What is done about a key of which the journal says nothing, while it is claimed. */
    private interface Silence {
        Mono<Result> about(Placement placement, Claim claim);
    }

    private Mono<Result> marked(Terms terms, Bucket bucket, String key, Set<String> left, Silence silence) {
        ObjectName name = new ObjectName(bucket.name(), key);
        Placement placement = terms.of(name, bucket.owner(), Question.PLAIN)
                .orElseThrow(() -> new Postponed("no policy speaks of " + name + " any more"));
        Intent intent =
                new Intent(name, Intent.Kind.SETTLE, generations.next(), Set.of(), 1, bucket.owner(), Optional.empty());
        return journal.open(intent)
                .flatMap(claim -> (claim.before() instanceof Known known
                                ? journal.close(claim, home -> Optional.of(rebased(known, home, left)))
                                        .thenReturn(Result.MARKED)
                                : silence.about(placement, claim))
                        .onErrorResume(error -> journal.cancel(claim).then(Mono.error(error))));
    }

    /**
     * What the journal knew already, by where the bucket should be now.
     *
     * @param left sites that hold something of it, whether or not the journal knew
     */
    static Standing rebased(Known known, Home home, Set<String> left) {
        Set<String> holders = new TreeSet<>(known.holders());
        if (!known.exists()) {
            holders.retainAll(home.wanted());
        }
        Set<String> strays = new TreeSet<>(known.strays());
        strays.addAll(known.holders());
        strays.addAll(known.owed());
        strays.addAll(left);
        home.wanted().forEach(strays::remove);
        Known rebased = new Known(
                known.exists(),
                known.generation(),
                holders,
                without(home.wanted(), holders),
                strays,
                known.doubtUntil(),
                known.amended(),
                known.what(),
                known.principal());
        return rebased.settled() ? new Same() : rebased;
    }

    private record Seen(Permit at, Look look) {}

    /** What the first of the sites shows that says anything. */
    private static Mono<Seen> look(Terms terms, Placement placement, List<String> sites) {
        return Flux.fromIterable(sites)
                .flatMap(site -> Mono.justOrEmpty(placement.retrievingFrom(site)))
                .concatMap(permit -> Look.at(terms.sites(), permit).map(look -> new Seen(permit, look)), 1)
                .filter(seen -> !(seen.look() instanceof Look.Silent))
                .next()
                .switchIfEmpty(Mono.error(() -> new Postponed("none of " + sites + " answers")));
    }

    /**
     * Whether nothing is lost with what a site holds. Writes since have gone to the members first, so that only two objects that
     * bear no generation, or the same, could be the same one.
     */
    private static Mono<Boolean> alike(Terms terms, Placement placement, Seen member, String site) {
        Optional<Permit> at = placement.retrievingFrom(site);
        if (at.isEmpty() || !(member.look() instanceof Look.Holds holds)) {
            return Mono.just(true);
        }
        return Look.at(terms.sites(), at.get()).flatMap(look -> switch (look) {
            case Look.Silent silent -> Mono.error(new Postponed(site + " does not answer"));
            case Look.Absent absent -> Mono.just(true);
            case Look.Holds old -> {
                boolean other = !old.generation().equals(holds.generation())
                        && !holds.generation().isNone();
                yield other || (old.etag().equals(holds.etag()) && old.length() == holds.length())
                        ? Mono.just(true)
                        : Mono.zip(digest(terms, member.at()), digest(terms, at.get()), Arrays::equals);
            }
        });
    }

    private static Mono<byte[]> digest(Terms terms, Permit at) {
        return terms.sites()
                .perform(
                        at,
                        S3Request.of(Operation.GET_OBJECT, at.bucket(), at.key().orElseThrow()))
                .flatMap((S3Reply reply) -> {
                    if (!reply.succeeded()) {
                        reply.discard();
                        return Mono.error(new Postponed(at.site().name() + " answers " + reply.status()));
                    }
                    MessageDigest sha256 = sha256();
                    return reply.body()
                            .doOnNext(buffer -> {
                                sha256.update(buffer.nioBuffer());
                                buffer.release();
                            })
                            .then(Mono.fromSupplier(sha256::digest));
                });
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static Set<String> without(Collection<String> sites, Collection<String> others) {
        Set<String> rest = new TreeSet<>(sites);
        rest.removeAll(others);
        return rest;
    }
}
