package org.entente.gateway.rehoming;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.backends.xml.XmlReader;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.journal.Entry;
import org.entente.gateway.journal.Home;
import org.entente.gateway.journal.Home.Phase;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.replication.BucketAt;
import org.entente.gateway.replication.SiteListing;
import org.entente.gateway.replication.Terms;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Moves buckets whose members should be others. A bucket on its way first gathers: writes go to its members and to those to come,
 * and a walk through all keys has the latter be given what they lack, while reads stay where they were. When nothing is lacking,
 * reads switch, and another walk removes from the sites that were left what the members have. Until the switch it can turn back.
 */
public final class Rehoming implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Rehoming.class);
    private static final Duration IDLE = Duration.ofSeconds(1);

    /** How long a phase lasts at least, so that every gateway knows of it: longer than one remembers a bucket. */
    private static final Duration NEWS = Duration.ofSeconds(5);

    private static final int MAX_DOCUMENT = 1 << 20;
    private static final int PAGE = 500;
    private static final int AT_ONCE = 16;

    /** More keys than this are not marked before the settler has caught up. */
    private static final long BACKLOG = 2000;

    private record Seen(String bucket, Phase phase) {}

    private final Journal journal;
    private final Catalogue catalogue;
    private final Versions versions;
    private final Moves moves;
    private final Marking marking;
    private final Supplier<Terms> terms;
    private final Predicate<String> gone;
    private final LongSupplier nanos;
    private final Map<Seen, Long> since = new ConcurrentHashMap<>();
    private final Map<String, String> reasons = new ConcurrentHashMap<>();
    private final Disposable.Composite running = Disposables.composite();

    /**
     * @param terms those in force
     * @param gone tells of another gateway whether it is at work no more
     * @param nanos of a clock that only ever goes forward
     */
    public Rehoming(
            Journal journal,
            Catalogue catalogue,
            Versions versions,
            Moves moves,
            Marking marking,
            Supplier<Terms> terms,
            Predicate<String> gone,
            LongSupplier nanos) {
        this.journal = journal;
        this.catalogue = catalogue;
        this.versions = versions;
        this.moves = moves;
        this.marking = marking;
        this.terms = terms;
        this.gone = gone;
        this.nanos = nanos;
    }

    /** Begins; to be called once. */
    public void start() {
        running.add(Mono.defer(this::round)
                .flatMap(more -> more ? Mono.just(0L) : Mono.delay(IDLE))
                .repeat()
                .subscribe());
        // By itself, since a round may take long and others rely on being told in time.
        running.add(Mono.defer(this::tellWhatIsWrittenAlone)
                .onErrorComplete()
                .then(Mono.delay(IDLE))
                .repeat()
                .subscribe());
    }

    /** Of buckets of one copy that are about to move: whether writes are under way here of which the journal knows nothing. */
    private Mono<Void> tellWhatIsWrittenAlone() {
        Terms now = terms.get();
        return catalogue
                .all()
                .flatMapMany(Flux::fromIterable)
                .filter(bucket -> bucket.members().size() == 1
                        && bucket.move()
                                .filter(move -> move.phase() == Phase.PREPARING)
                                .isPresent())
                .concatMap(bucket -> moves.alone(bucket.name(), now.sites().isWrittenAlone(bucket.name())))
                .then();
    }

    @Override
    public void close() {
        running.dispose();
    }

    /** Does what can be done now; true when there is more to do at once. It never fails. */
    private Mono<Boolean> round() {
        Terms now = terms.get();
        return catalogue
                .all()
                .flatMapMany(Flux::fromIterable)
                .concatMap(bucket -> step(now, bucket).onErrorResume(error -> waiting(bucket, error)), 1)
                .reduce(false, Boolean::logicalOr)
                .onErrorResume(error -> {
                    LOG.warn("no bucket can be moved: {}", error.getMessage());
                    return Mono.just(false);
                });
    }

    private Mono<Boolean> waiting(Bucket bucket, Throwable error) {
        String reason = Optional.ofNullable(error.getMessage()).orElse(error.toString());
        if (!reason.equals(reasons.put(bucket.name(), reason))) {
            LOG.warn("bucket {} should move, and waits: {}", bucket.name(), reason);
        }
        return moves.waiting(bucket.name(), reason).thenReturn(false).onErrorReturn(false);
    }

    private Mono<Boolean> step(Terms now, Bucket bucket) {
        Optional<Placement> placement = now.of(bucket.name(), bucket.owner());
        if (placement.isEmpty()) {
            return Mono.just(false);
        }
        Destination destination =
                Destination.of(bucket, placement.get(), site -> !now.sites().isDraining(site));
        if (bucket.move().isEmpty() && bucket.leaving().isEmpty()) {
            return destination
                    .members()
                    .map(to -> begun(now, bucket, placement.get(), to))
                    .orElseGet(() -> bucket.ideal().equals(destination.ideal())
                            ? Mono.just(false)
                            : moves.stay(bucket, destination.ideal()).thenReturn(false));
        }
        return moves.take(bucket, gone)
                .flatMap(pass -> bucket.move()
                        .map(move -> onItsWay(now, bucket, move, placement.get(), destination, pass))
                        .orElseGet(() -> left(now, bucket, placement.get(), pass)))
                .defaultIfEmpty(false);
    }

    /** Whether a site has objects of which the journal does not know: what it holds as a spare, it does. */
    private Mono<Boolean> strange(Terms now, Bucket bucket, Permit permit) {
        Function<String, Mono<List<SiteListing.Found>>> page =
                after -> SiteListing.objects(now.sites(), permit, after, PAGE);
        return page.apply("")
                .expand(found -> found.isEmpty()
                        ? Mono.empty()
                        : page.apply(found.getLast().key()))
                .concatMapIterable(found -> found)
                .concatMap(found -> journal.find(new ObjectName(bucket.name(), found.key())))
                .any(Optional::isEmpty);
    }

    /** Only where nothing lies that would seem to be the bucket's. And nothing of whose versions only its site knows. */
    private Mono<Boolean> begun(Terms now, Bucket bucket, Placement placement, List<String> to) {
        // One that answers: a site that is dark for good can be left, too.
        String member = bucket.members().stream()
                .filter(now.sites()::answers)
                .findFirst()
                .orElseThrow(() -> new Marking.Postponed("none of " + bucket.members() + " can be reached"));
        Permit from = permit(placement, member);
        return (bucket.versioned() ? Mono.just(false) : BucketAt.hasVersions(now, from))
                .doOnNext(has -> refuse(has, "the bucket " + bucket.name() + " has versions, which cannot be moved"))
                .thenMany(Flux.fromIterable(without(to, bucket.members())))
                .concatMap(site -> BucketAt.ensured(now, bucket, bucket.owner(), site)
                        .then(strange(now, bucket, permit(placement, site)))
                        .doOnNext(strange -> refuse(
                                strange,
                                "the bucket " + bucket.name() + " at " + site + " holds what nobody put there for it"))
                        // It may have been there already, as a spare that was told something else.
                        .then(BucketAt.told(now, bucket, permit(placement, site))))
                .then(moves.begin(bucket, to))
                .doOnNext(begun -> LOG.info("bucket {} moves from {} to {}", bucket.name(), bucket.members(), to));
    }

    private static void refuse(boolean wrong, String why) {
        if (wrong) {
            throw new Marking.Postponed(why);
        }
    }

    private Mono<Boolean> onItsWay(
            Terms now, Bucket bucket, Bucket.Move move, Placement placement, Destination destination, Pass pass) {
        if (destination.members().isPresent() && move.phase() != Phase.SWITCHING) {
            LOG.info("bucket {} does not move to {} any more", bucket.name(), move.to());
            return moves.arrive(bucket, bucket.members(), without(move.to(), bucket.members()), bucket.ideal())
                    .thenReturn(true);
        }
        return switch (move.phase()) {
            case PREPARING -> prepared(now, bucket, placement);
            case GATHERING -> gathered(now, bucket, move, placement, pass);
            case SWITCHING ->
                isNew(bucket, move.phase())
                        ? Mono.just(false)
                        : moves.arrive(bucket, move.to(), without(bucket.members(), move.to()), destination.ideal())
                                .thenReturn(true);
        };
    }

    /** Whether some gateway may not know of a phase yet; time is counted from when this one saw it. */
    private boolean isNew(Bucket bucket, Phase phase) {
        long now = nanos.getAsLong();
        since.keySet().removeIf(seen -> seen.bucket().equals(bucket.name()) && seen.phase() != phase);
        return now - since.computeIfAbsent(new Seen(bucket.name(), phase), seen -> now) < NEWS.toNanos();
    }

    private Mono<Boolean> prepared(Terms now, Bucket bucket, Placement placement) {
        if (isNew(bucket, Phase.PREPARING)) {
            return Mono.just(false);
        }
        return moves.alone(bucket.name())
                .flatMap(alone -> alone.stream().allMatch(gone)
                        ? counted(now, bucket, placement)
                                .flatMap(total -> moves.enter(bucket, Phase.GATHERING)
                                        .then(moves.take(bucket, gone))
                                        .flatMap(begun -> moves.save(total.of(begun))))
                                .thenReturn(true)
                        : moves.waiting(bucket.name(), "writes that began before it moved are under way")
                                .thenReturn(false));
    }

    /** @param objects how many there are */
    private record Total(long objects, long bytes) {
        Pass of(Pass pass) {
            return new Pass(
                    pass.bucket(),
                    pass.cursor(),
                    pass.objects(),
                    pass.bytes(),
                    objects,
                    bytes,
                    pass.unlike(),
                    pass.started(),
                    pass.owner(),
                    pass.waitsFor());
        }

        Total plus(List<SiteListing.Found> page) {
            return new Total(
                    objects + page.size(),
                    bytes + page.stream().mapToLong(SiteListing.Found::size).sum());
        }
    }

    private Mono<Total> counted(Terms now, Bucket bucket, Placement placement) {
        Function<String, Mono<List<SiteListing.Found>>> page =
                after -> listed(now, placement, bucket.home().holding(), after, 1000);
        return page.apply("")
                .expand(found -> found.isEmpty()
                        ? Mono.empty()
                        : page.apply(found.getLast().key()))
                .reduce(new Total(0, 0), Total::plus);
    }

    private Mono<Boolean> gathered(Terms now, Bucket bucket, Bucket.Move move, Placement placement, Pass pass) {
        List<String> coming = without(move.to(), bucket.members());
        Function<String, Mono<Marking.Result>> mark = key -> marking.gathered(now, bucket, key);
        return journal.owing(bucket.name(), coming).flatMap(owed -> {
            if (owed > BACKLOG) {
                return Mono.just(false);
            }
            return known(bucket, pass, mark)
                    .then(listed(now, placement, bucket.home().holding(), pass.cursor(), PAGE))
                    .flatMap(page -> withVersions(bucket, pass.cursor(), page))
                    .flatMap(page -> {
                        if (!page.isEmpty()) {
                            return marked(pass, page, mark);
                        }
                        return owed > 0
                                ? moves.waiting(bucket.name(), owed + " objects are being copied")
                                        .thenReturn(false)
                                : moves.enter(bucket, Phase.SWITCHING).thenReturn(true);
                    });
        });
    }

    private Mono<Boolean> left(Terms now, Bucket bucket, Placement placement, Pass pass) {
        String site = bucket.leaving().getFirst();
        List<String> others = bucket.leaving().subList(1, bucket.leaving().size());
        if (!now.sites().knows(site)) {
            LOG.warn("bucket {} is not removed from {}, which no document speaks of any more", bucket.name(), site);
            return moves.leave(bucket, others).thenReturn(true);
        }
        Function<String, Mono<Marking.Result>> mark = key -> marking.left(now, bucket, key, site);
        return known(bucket, pass, mark)
                .then(BucketAt.isThere(now, permit(placement, site)))
                .flatMap(there -> there
                        ? listed(now, placement, List.of(site), pass.cursor(), PAGE)
                                .flatMap(page -> withVersions(bucket, pass.cursor(), page))
                        : Mono.just(List.<SiteListing.Found>of()))
                .flatMap(page -> page.isEmpty() ? leftForGood(now, bucket, placement, pass) : marked(pass, page, mark));
    }

    private Mono<Boolean> leftForGood(Terms now, Bucket bucket, Placement placement, Pass pass) {
        String site = bucket.leaving().getFirst();
        List<String> others = bucket.leaving().subList(1, bucket.leaving().size());
        return Mono.zip(journal.speaking(bucket.name(), List.of(site)), hasUploads(now, permit(placement, site)))
                .flatMap(still -> {
                    if (still.getT1() > 0) {
                        return moves.waiting(bucket.name(), still.getT1() + " objects are being removed at " + site)
                                .thenReturn(false);
                    }
                    if (still.getT2()) {
                        return moves.waiting(bucket.name(), "uploads in parts are under way at " + site)
                                .thenReturn(false);
                    }
                    return emptied(now, placement, site, pass)
                            .then(moves.leave(bucket, others))
                            .thenReturn(!others.isEmpty());
                });
    }

    /** Uploads that were begun there can only be ended there. */
    private static Mono<Boolean> hasUploads(Terms now, Permit permit) {
        return now.sites()
                .perform(
                        permit,
                        S3Request.of(Operation.LIST_MULTIPART_UPLOADS, permit.bucket())
                                .with(Query.parse("uploads&max-uploads=1")))
                .flatMap(reply -> reply.bytes(MAX_DOCUMENT).map(document -> {
                    try {
                        return reply.succeeded()
                                && !XmlReader.read(document).children("Upload").isEmpty();
                    } catch (XmlReader.MalformedXml e) {
                        throw new Marking.Postponed("a site gives an answer that cannot be read");
                    }
                }));
    }

    /** Where something had to be left, so is the bucket. */
    private static Mono<Void> emptied(Terms now, Placement placement, String site, Pass pass) {
        if (pass.unlike() > 0) {
            LOG.warn(
                    "{} objects of bucket {} are left at {}: its members hold others",
                    pass.unlike(),
                    pass.bucket(),
                    site);
            return Mono.empty();
        }
        Permit permit = permit(placement, site);
        return now.sites()
                .perform(permit, S3Request.of(Operation.DELETE_BUCKET, permit.bucket()))
                .doOnNext(S3Reply::discard)
                .then();
    }

    /** At the beginning of a walk, what the journal knows already is put to where the bucket should be now. */
    private Mono<Void> known(Bucket bucket, Pass pass, Function<String, Mono<Marking.Result>> mark) {
        if (!pass.cursor().isEmpty()) {
            return Mono.empty();
        }
        Home home = bucket.home();
        Function<String, Mono<List<Entry>>> page = after -> journal.of(bucket.name(), after, PAGE);
        return page.apply("")
                .expand(found -> found.isEmpty()
                        ? Mono.empty()
                        : page.apply(found.getLast().name().key()))
                .concatMapIterable(entries -> entries)
                .filter(entry -> entry.standing() instanceof Known known
                        && !Marking.rebased(known, home, Set.of()).equals(known))
                .flatMap(entry -> mark.apply(entry.name().key()), AT_ONCE)
                .then();
    }

    private Mono<Boolean> marked(Pass pass, List<SiteListing.Found> page, Function<String, Mono<Marking.Result>> mark) {
        return Flux.fromIterable(page)
                .flatMap(found -> mark.apply(found.key()), AT_ONCE)
                .filter(result -> result == Marking.Result.UNLIKE)
                .count()
                .flatMap(unlike -> moves.save(pass.to(
                        page.getLast().key(),
                        page.size(),
                        page.stream().mapToLong(SiteListing.Found::size).sum(),
                        unlike)));
    }

    private static Mono<List<SiteListing.Found>> listed(
            Terms now, Placement placement, List<String> sites, String after, int most) {
        return Flux.fromIterable(sites)
                .filter(now.sites()::answers)
                .concatMap(
                        site -> SiteListing.objects(now.sites(), permit(placement, site), after, most)
                                .onErrorResume(Fault.class, fault -> Mono.empty()),
                        1)
                .next()
                .switchIfEmpty(Mono.error(() -> new Marking.Postponed("none of " + sites + " can be reached")));
    }

    /** A page of keys with those among them that have versions, and no object at present. */
    private Mono<List<SiteListing.Found>> withVersions(Bucket bucket, String after, List<SiteListing.Found> page) {
        if (!bucket.versioned()) {
            return Mono.just(page);
        }
        return versions.keys(bucket.name(), after, PAGE).map(keys -> {
            NavigableMap<ObjectName, SiteListing.Found> all = new TreeMap<>();
            keys.forEach(key -> all.put(new ObjectName(bucket.name(), key), new SiteListing.Found(key, "", 0)));
            page.forEach(found -> all.put(new ObjectName(bucket.name(), found.key()), found));
            // A page tells nothing of what is behind it.
            if (!page.isEmpty()) {
                all.tailMap(new ObjectName(bucket.name(), page.getLast().key()), false)
                        .clear();
            }
            if (keys.size() == PAGE) {
                all.tailMap(new ObjectName(bucket.name(), keys.getLast()), false)
                        .clear();
            }
            return List.copyOf(all.values());
        });
    }

    private static Permit permit(Placement placement, String site) {
        return placement.retrievingFrom(site).orElseThrow(() -> new Marking.Postponed(site + " is not known"));
    }

    private static List<String> without(List<String> sites, List<String> others) {
        Set<String> rest = new LinkedHashSet<>(sites);
        others.forEach(rest::remove);
        return new ArrayList<>(rest);
    }
}
