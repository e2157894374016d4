package org.entente.gateway.replication;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.journal.Claim;
import org.entente.gateway.journal.Entry;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.Generations;
import org.entente.gateway.journal.Intent;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.Standing;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.journal.Standing.Same;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.sites.Inquiry;
import org.entente.gateway.sites.ObjectFacts;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.Question;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Brings the sites to be the same: ends what nobody has ended, and gives each site what it is owed. */
public final class Settler {
    private static final Logger LOG = LoggerFactory.getLogger(Settler.class);
    private static final int AT_ONCE = 8;
    private static final int BATCH = 256;
    private static final Duration LATER = Duration.ofSeconds(5);

    /** Longer than most copies take; two gateways that make the same one do it twice, and no harm. */
    private static final Duration LEASE = Duration.ofSeconds(30);

    private final Journal journal;
    private final Catalogue catalogue;
    private final Supplier<Terms> terms;
    private final Predicate<String> gone;
    private final Generations generations;
    private final Clock clock;
    private final Recovery recovery;
    private final Backlog backlog;

    /**
     * @param terms those in force
     * @param gone tells of another gateway whether it is at work no more
     */
    public Settler(
            Journal journal,
            Versions versions,
            Catalogue catalogue,
            Supplier<Terms> terms,
            Predicate<String> gone,
            Generations generations,
            Clock clock) {
        this.journal = journal;
        this.catalogue = catalogue;
        this.terms = terms;
        this.gone = gone;
        this.generations = generations;
        this.clock = clock;
        this.recovery = new Recovery(journal, versions, clock);
        this.backlog = new Backlog(journal, versions, clock);
    }

    /**
     * Does what can be done now.
     *
     * @return how many entries it has brought forward; it never fails
     */
    public Mono<Long> round() {
        Terms now = terms.get();
        return recovered(now)
                .then(journal.unlike())
                .flatMapMany(Flux::fromIterable)
                .filter(now.sites()::answers)
                .concatMap(site -> journal.due(site, BATCH)
                        .flatMapMany(Flux::fromIterable)
                        .flatMap(
                                entry -> journal.lease(entry.name(), LEASE)
                                        .flatMap(ours -> ours ? settled(now, entry, site) : Mono.just(false)),
                                AT_ONCE))
                .filter(done -> done)
                .count()
                .onErrorResume(error -> {
                    LOG.warn("the journal cannot be settled: {}", error.getMessage());
                    return Mono.just(0L);
                });
    }

    private Mono<Void> recovered(Terms now) {
        return journal.abandoned(gone, BATCH)
                .flatMapMany(Flux::fromIterable)
                .flatMap(entry -> withBucket(entry, bucket -> recovery.recover(now, bucket, entry)), AT_ONCE)
                .then();
    }

    /** Tells the sites that owe nothing from those that do. */
    public Mono<Void> tellCaughtUp() {
        return journal.behind()
                .doOnNext(behind -> terms.get().sites().health().forEach((site, health) -> {
                    if (!behind.contains(site)) {
                        health.caughtUp();
                    }
                }))
                .then();
    }

    private Mono<Boolean> withBucket(Entry entry, Function<Bucket, Mono<Boolean>> work) {
        return catalogue
                .find(entry.name().bucket())
                .flatMap(found -> found.map(work).orElse(Mono.just(false)))
                .onErrorResume(error -> {
                    LOG.warn("{} is not settled yet: {}", entry.name(), error.getMessage());
                    return journal.postpone(entry.name(), LATER)
                            .thenReturn(false)
                            .onErrorReturn(false);
                });
    }

    private Mono<Boolean> settled(Terms now, Entry entry, String site) {
        if (!(entry.standing() instanceof Known known)) {
            return Mono.just(false);
        }
        Duration doubt = Conclusion.doubt(known, clock.instant());
        if (doubt.isPositive()) {
            return journal.postpone(entry.name(), doubt.plusMillis(1)).thenReturn(false);
        }
        return withBucket(
                entry,
                bucket -> backlog.isFor(bucket, entry.name(), known, site).flatMap(versions -> {
                    if (versions) {
                        return ofVersions(now, bucket, entry, known, site);
                    }
                    return known.owed().contains(site)
                            ? given(now, entry, known, site)
                            : cleared(
                                    now, entry, known, Set.copyOf(bucket.home().wanted()), site);
                }));
    }

    private Mono<Boolean> ofVersions(Terms now, Bucket bucket, Entry entry, Known known, String site) {
        Optional<Placement> plain = now.of(entry.name(), known.principal(), Question.PLAIN);
        if (plain.isEmpty()) {
            return later(entry, "no policy speaks of it");
        }
        Supplier<Intent> intents = () -> intent(entry, known, site);
        return (known.owed().contains(site)
                        ? backlog.given(now, bucket, entry, known, plain.get(), intents)
                        : backlog.cleared(now, bucket, entry, known, plain.get(), intents))
                .switchIfEmpty(released(entry));
    }

    /** Gives a site the object that it is owed, or takes from it what has been deleted. */
    private Mono<Boolean> given(Terms now, Entry entry, Known known, String site) {
        Optional<Placement> placement = now.of(entry.name(), known.principal(), Question.PLAIN);
        Optional<Permit> looking = placement.flatMap(p -> p.retrievingFrom(site));
        if (looking.isEmpty()) {
            return later(entry, "no policy speaks of it, or " + site + " is not known any more");
        }
        if (isLost(known)) {
            return reexamined(now, entry, known, placement.get());
        }
        return Look.at(now.sites(), looking.get()).flatMap(look -> switch (look) {
            case Look.Silent silent -> later(entry, site + " does not answer");
            case Look.Absent absent ->
                known.exists() ? copied(now, entry, known, placement.get(), site) : noted(entry, known, site);
            case Look.Holds holds -> {
                if (!known.exists()) {
                    yield removed(now, entry, known, looking.get(), known.caughtUp(site));
                }
                boolean right = !known.amended()
                        && !known.generation().isNone()
                        && holds.generation().equals(known.generation());
                yield right ? noted(entry, known, site) : copied(now, entry, known, placement.get(), site);
            }
        });
    }

    /** Whether no site is known to have it, so that each that might is needed. */
    private static boolean isLost(Known known) {
        return known.exists() && known.holders().isEmpty();
    }

    /** No site is known to have it: all that might are looked at, and what they show holds. */
    private Mono<Boolean> reexamined(Terms now, Entry entry, Known known, Placement placement) {
        Set<String> candidates = new TreeSet<>(known.owed());
        candidates.addAll(known.strays());
        return Flux.fromIterable(candidates)
                .concatMap(site -> Mono.justOrEmpty(placement.retrievingFrom(site))
                        .flatMap(permit -> Look.at(now.sites(), permit))
                        .defaultIfEmpty(new Look.Silent())
                        .map(look -> Map.entry(site, look)))
                .collectMap(Map.Entry::getKey, Map.Entry::getValue)
                .flatMap(looks -> Recovery.found(known, looks)
                        .map(found -> journal.openToSettle(intent(entry, known, candidates), known)
                                .flatMap(claim -> journal.close(claim, left(found)))
                                .switchIfEmpty(released(entry)))
                        .orElseGet(() -> later(entry, "too few sites say whether they have it")));
    }

    private Mono<Boolean> later(Entry entry, String why) {
        LOG.debug("{} is settled later: {}", entry.name(), why);
        return journal.postpone(entry.name(), LATER).thenReturn(false);
    }

    /** It is not what it was, or it is another site's turn: nobody need wait for the lease to end. */
    private Mono<Boolean> released(Entry entry) {
        return Mono.defer(() -> journal.postpone(entry.name(), Duration.ZERO).thenReturn(false));
    }

    private Intent intent(Entry entry, Known known, String site) {
        return intent(entry, known, Set.of(site));
    }

    private Intent intent(Entry entry, Known known, Set<String> sites) {
        return new Intent(
                entry.name(),
                Intent.Kind.SETTLE,
                generations.next(),
                sites,
                1,
                known.principal(),
                known.what().parts());
    }

    /** The site has what it should have already. */
    private Mono<Boolean> noted(Entry entry, Known known, String site) {
        return journal.openToSettle(intent(entry, known, site), known)
                .flatMap(claim -> journal.close(claim, left(known.caughtUp(site))))
                .switchIfEmpty(released(entry));
    }

    private static Standing left(Known known) {
        return known.settled() ? new Same() : known;
    }

    private Mono<Boolean> copied(Terms now, Entry entry, Known known, Placement plain, String site) {
        Optional<Permit> source = known.holders().stream()
                .filter(now.sites()::answers)
                .flatMap(holder -> plain.retrievingFrom(holder).stream())
                .findFirst();
        if (source.isEmpty()) {
            return later(entry, "no site that has it answers");
        }
        return new Inquiry(new ObjectFacts(now.engine().classification()))
                .about(entry.name().bucket(), entry.name().key(), Inquiry.at(now.sites(), source.get()))
                .map(object -> now.of(entry.name(), known.principal(), object).flatMap(p -> p.storingAt(site)))
                .flatMap(target -> target.map(to -> copied(now, entry, known, source.get(), to))
                        .orElseGet(() -> later(entry, "the fence does not permit " + site)));
    }

    private Mono<Boolean> copied(Terms now, Entry entry, Known known, Permit from, Permit to) {
        String site = JointWrite.site(to);
        Intent intent = intent(entry, known, site);
        Mono<Claim> last = journal.openToSettle(intent, known)
                .switchIfEmpty(Mono.error(() -> new Copier.Failed("it has been written meanwhile")))
                .cache();
        return ensured(now, entry, known, site)
                .then(new Copier(now.sites(), true)
                        .copy(
                                from,
                                to,
                                known.amended() ? Generation.NONE : known.generation(),
                                known.what().parts(),
                                last))
                .doOnNext(S3Reply::discard)
                .then(Mono.defer(() -> last.flatMap(claim -> journal.close(claim, left(known.caughtUp(site))))))
                .onErrorResume(error -> claimed(last, intent)
                        .flatMap(claim -> journal.close(claim, Recovery.doubtful(known, clock.instant())))
                        .then(Mono.error(error)));
    }

    /** The claim, if it was had before the failure. */
    private Mono<Claim> claimed(Mono<Claim> last, Intent intent) {
        return journal.holds(intent) ? last : Mono.empty();
    }

    private Mono<Void> ensured(Terms now, Entry entry, Known known, String site) {
        return BucketAt.ensured(now, entry.name().bucket(), known.principal(), site);
    }

    private Mono<Boolean> removed(Terms now, Entry entry, Known known, Permit at, Known then) {
        Intent intent = intent(entry, known, JointWrite.site(at));
        return journal.openToSettle(intent, known)
                .flatMap(claim -> now.sites()
                        .perform(
                                at,
                                S3Request.of(
                                        Operation.DELETE_OBJECT,
                                        at.bucket(),
                                        entry.name().key()))
                        .flatMap(reply -> {
                            reply.discard();
                            boolean gone = reply.succeeded() || reply.status() == 404;
                            return journal.close(claim, gone ? left(then) : known)
                                    .map(closed -> closed && gone);
                        })
                        .onErrorResume(error -> journal.close(claim, Recovery.doubtful(known, clock.instant()))
                                .then(Mono.error(error))))
                .switchIfEmpty(released(entry));
    }

    /** Takes from a site what should not be there, once it is not needed any more. */
    private Mono<Boolean> cleared(Terms now, Entry entry, Known known, Set<String> members, String site) {
        Set<String> others = new TreeSet<>(known.owed());
        others.retainAll(members);
        if (!others.isEmpty() && (known.holders().contains(site) || isLost(known))) {
            return released(entry);
        }
        return now.of(entry.name(), known.principal(), Question.PLAIN)
                .flatMap(placement -> placement.retrievingFrom(site))
                .map(permit -> removed(now, entry, known, permit, known.clearedAt(site)))
                .orElseGet(() -> later(entry, "no policy speaks of it, or " + site + " is not known any more"));
    }
}
