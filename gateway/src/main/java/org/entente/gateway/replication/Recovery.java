package org.entente.gateway.replication;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.journal.Claim;
import org.entente.gateway.journal.Entry;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.Home;
import org.entente.gateway.journal.Intent;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.PartSizes;
import org.entente.gateway.journal.Standing;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.journal.Standing.Same;
import org.entente.gateway.journal.Standing.Summary;
import org.entente.gateway.journal.Version;
import org.entente.gateway.journal.VersionChange;
import org.entente.gateway.journal.Versions;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.Question;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Finds out what became of writes that nobody has ended: a gateway was killed, or a site did not answer. Their clients
 * were told nothing, or that they failed, so that either state is right; the sites must come to agree on one.
 */
final class Recovery {
    private final Journal journal;
    private final Versions versions;
    private final Clock clock;

    Recovery(Journal journal, Versions versions, Clock clock) {
        this.journal = journal;
        this.versions = versions;
        this.clock = clock;
    }

    /** False when it cannot be told at present. */
    Mono<Boolean> recover(Terms terms, Bucket bucket, Entry entry) {
        Claim claim = Journal.claim(entry).orElseThrow();
        Optional<Placement> placement = terms.of(entry.name(), claim.intent().principal(), Question.PLAIN);
        if (placement.isEmpty()) {
            return Mono.just(false);
        }
        Set<String> asked = new TreeSet<>(bucket.everywhere());
        asked.addAll(claim.intent().sites());
        return Flux.fromIterable(asked)
                .flatMap(site -> Mono.justOrEmpty(placement.get().retrievingFrom(site))
                        .flatMap(permit -> Look.at(terms.sites(), permit))
                        .defaultIfEmpty(new Look.Silent())
                        .map(look -> Map.entry(site, look)))
                .collectMap(Map.Entry::getKey, Map.Entry::getValue)
                .flatMap(looks -> bucket.versioned() && claim.intent().kind() != Intent.Kind.SETTLE
                        ? versions.of(entry.name()).flatMap(all -> ofVersions(bucket, claim, all, looks))
                        : journal.close(claim, home -> decided(claim, home, looks, clock.instant())));
    }

    /**
     * A version that any site shows is there from now on. What else the write may have done is undone when the sites are looked
     * at, which all of them are.
     */
    private Mono<Boolean> ofVersions(Bucket bucket, Claim claim, List<Version> all, Map<String, Look> looks) {
        Intent intent = claim.intent();
        Instant doubt = clock.instant().plus(Quarantine.LENGTH);
        Map<String, Look.Holds> showing = new TreeMap<>();
        looks.forEach((site, look) -> {
            if (intent.kind() == Intent.Kind.PUT
                    && look instanceof Look.Holds holds
                    && holds.generation().equals(intent.generation())) {
                showing.put(site, holds);
            }
        });
        if (showing.isEmpty()) {
            VersionChange change =
                    intent.kind() == Intent.Kind.AMEND ? new VersionChange.Doubted(intent.name()) : VersionChange.NONE;
            return journal.close(
                    claim,
                    home -> all.isEmpty()
                            ? decided(claim, home, looks, clock.instant())
                            : Optional.of(VersionWrites.suspect(
                                    claim, home, all, doubt, claim.before() instanceof Known known && known.amended())),
                    change);
        }
        Map<String, String> ids = new TreeMap<>();
        showing.forEach((site, holds) -> ids.put(site, holds.head().get(NewVersion.HEADER, Version.NULL)));
        ids.values().removeIf(Version.NULL::equals);
        if (ids.isEmpty()) {
            return journal.close(claim, home -> decided(claim, home, looks, clock.instant()));
        }
        Version made = new Version(
                intent.name(),
                bucket.keepsVersions() ? intent.generation().text() : Version.NULL,
                intent.generation(),
                false,
                summary(showing.keySet(), looks, intent.parts()),
                intent.principal(),
                ids);
        List<Version> more = new ArrayList<>(all);
        more.removeIf(version -> version.id().equals(made.id()));
        more.addFirst(made);
        return journal.close(
                claim,
                home -> Optional.of(VersionWrites.suspect(claim, home, more, doubt, false)),
                new VersionChange.Added(made));
    }

    /**
     * What the journal says from now on; empty when too little can be seen.
     *
     * @param looks at all sites of the bucket and all that the write may have reached
     */
    static Optional<Standing> decided(Claim claim, Home home, Map<String, Look> looks, Instant now) {
        return switch (claim.intent().kind()) {
            // The site is owed as it was; what may still happen there is waited for.
            case SETTLE -> Optional.of(doubtful(claim.before(), now));
            // Of an object without versions there is none to be removed.
            case PURGE -> Optional.of(doubtful(claim.before(), now));
            case AMEND -> amended(claim, home, looks);
            case PUT, DELETE -> written(claim, home, looks, now);
        };
    }

    static Standing doubtful(Standing before, Instant now) {
        return before instanceof Known known
                ? new Known(
                        known.exists(),
                        known.generation(),
                        known.holders(),
                        known.owed(),
                        known.strays(),
                        now.plus(Quarantine.LENGTH),
                        known.amended(),
                        known.what(),
                        known.principal())
                : before;
    }

    /** The first site that had the object before says what is known of it now; the others follow. */
    private static Optional<Standing> amended(Claim claim, Home home, Map<String, Look> looks) {
        Set<String> had = holdersBefore(claim, home);
        return new TreeSet<>(had)
                .stream()
                        .filter(site -> looks.get(site) instanceof Look.Holds)
                        .findFirst()
                        .map(site -> {
                            Known before = claim.before() instanceof Known known ? known : null;
                            return new Known(
                                    true,
                                    before == null ? Generation.NONE : before.generation(),
                                    Set.of(site),
                                    without(home.wanted(), Set.of(site)),
                                    before == null ? Set.of() : before.strays(),
                                    Instant.EPOCH,
                                    true,
                                    before == null ? Summary.NOTHING : before.what(),
                                    claim.intent().principal());
                        });
    }

    private static Optional<Standing> written(Claim claim, Home home, Map<String, Look> looks, Instant now) {
        Intent intent = claim.intent();
        Set<String> applied = intent.sites().stream()
                .filter(site -> shows(looks.getOrDefault(site, new Look.Silent()), intent))
                .collect(Collectors.toSet());
        Set<String> earlier = new TreeSet<>(holdersBefore(claim, home));
        earlier.removeAll(applied);
        earlier.removeIf(site -> !looks.containsKey(site) || looks.get(site) instanceof Look.Silent);
        boolean wanted = !applied.isEmpty() && (applied.size() >= intent.acknowledge() || earlier.isEmpty());
        // What an earlier write may yet undo is nothing to go forward by: until that is over, the state before is
        // needed.
        boolean lasting = intent.kind() == Intent.Kind.DELETE
                || !without(applied, Conclusion.doubtful(claim.before(), now)).isEmpty();
        if (wanted && lasting) {
            return Optional.of(forward(claim, home, applied, looks, now));
        }
        if (wanted && earlier.isEmpty()) {
            return Optional.empty();
        }
        boolean allSpeak = intent.sites().stream().noneMatch(site -> looks.get(site) instanceof Look.Silent);
        // What every member held before, only a member can show.
        boolean unseen = earlier.isEmpty() && (!allSpeak || claim.before() instanceof Same);
        return unseen ? Optional.empty() : Optional.of(back(claim, home, earlier, looks, now));
    }

    private static boolean shows(Look look, Intent intent) {
        return intent.kind() == Intent.Kind.DELETE
                ? look instanceof Look.Absent
                : look instanceof Look.Holds holds && holds.generation().equals(intent.generation());
    }

    private static Standing forward(Claim claim, Home home, Set<String> applied, Map<String, Look> looks, Instant now) {
        Intent intent = claim.intent();
        boolean exists = intent.kind() == Intent.Kind.PUT;
        // That nothing is there does not show that the deletion has happened: it may have been so, and it may still
        // come.
        Set<String> seen = exists ? applied : without(absent(home.wanted(), looks), intent.sites());
        Set<String> holders = without(seen, Conclusion.doubtful(claim.before(), now));
        // Where it does not show yet, it may still come.
        boolean open = !exists || !applied.containsAll(intent.sites());
        Instant doubt = claim.before() instanceof Known known ? known.doubtUntil() : Instant.EPOCH;
        Known left = new Known(
                exists,
                intent.generation(),
                holders,
                without(home.wanted(), holders),
                without(strays(claim), home.wanted()),
                open ? now.plus(Quarantine.LENGTH) : doubt,
                false,
                summary(applied, looks, intent.parts()),
                intent.principal());
        return left.settled() ? new Same() : left;
    }

    /**
     * The state before holds on. What the write reached may still come to take it for done, so that those sites are owed
     * until they have been looked at once more; where nothing tells the generations apart, their word is taken now.
     */
    private static Standing back(Claim claim, Home home, Set<String> earlier, Map<String, Look> looks, Instant now) {
        Known before = claim.before() instanceof Known known ? known : seen(claim, earlier, looks);
        Set<String> certain = without(before.holders(), claim.intent().sites());
        boolean tellable =
                !before.exists() || (!before.amended() && !before.generation().isNone());
        Set<String> holders = certain.isEmpty() && !tellable ? common(before.holders(), earlier) : certain;
        return new Known(
                before.exists(),
                before.generation(),
                holders,
                without(home.wanted(), holders),
                without(strays(claim), home.wanted()),
                now.plus(Quarantine.LENGTH),
                before.amended(),
                before.what(),
                before.principal());
    }

    /** What every member held before, as those show it that the write has not reached. */
    private static Known seen(Claim claim, Set<String> earlier, Map<String, Look> looks) {
        Optional<Look.Holds> shown = earlier.stream()
                .map(looks::get)
                .filter(Look.Holds.class::isInstance)
                .map(Look.Holds.class::cast)
                .findFirst();
        return new Known(
                shown.isPresent(),
                shown.map(Look.Holds::generation).orElse(Generation.NONE),
                earlier,
                Set.of(),
                Set.of(),
                Instant.EPOCH,
                false,
                shown.map(holds -> Summaries.of(holds.head(), Optional.empty())).orElse(Summary.NOTHING),
                claim.intent().principal());
    }

    private static Summary summary(Set<String> sites, Map<String, Look> looks, Optional<PartSizes> parts) {
        return sites.stream()
                .map(looks::get)
                .filter(Look.Holds.class::isInstance)
                .map(look -> Summaries.of(((Look.Holds) look).head(), parts))
                .findFirst()
                .orElse(Summary.NOTHING);
    }

    /**
     * What holds of a key that no site is known to have, after everything that could still happen to it has: what it should
     * be, if a site shows that; else what a later write has made of it whose client was told that it failed. What is older is
     * left over from before, and never comes back.
     *
     * @param looks at all sites that might have it
     * @return empty when too little can be seen
     */
    static Optional<Known> found(Known known, Map<String, Look> looks) {
        Map<String, Generation> shown = new TreeMap<>();
        looks.forEach((site, look) -> {
            if (look instanceof Look.Holds holds) {
                shown.put(site, holds.generation());
            }
        });
        boolean there = shown.containsValue(known.generation());
        if (!there && looks.values().stream().anyMatch(Look.Silent.class::isInstance)) {
            return Optional.empty();
        }
        Generation right = there
                ? known.generation()
                : shown.values().stream()
                        .filter(later -> later.compareTo(known.generation()) > 0)
                        .max(Comparator.naturalOrder())
                        .orElse(Generation.NONE);
        Set<String> holders = shown.entrySet().stream()
                .filter(site -> !right.isNone() && site.getValue().equals(right))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        Summary what = there ? known.what() : summary(holders, looks, Optional.empty());
        return Optional.of(new Known(
                !holders.isEmpty(),
                right,
                holders,
                without(known.owed(), holders),
                known.strays(),
                Instant.EPOCH,
                known.amended(),
                what,
                known.principal()));
    }

    private static Set<String> holdersBefore(Claim claim, Home home) {
        return claim.before() instanceof Known known ? known.holders() : new TreeSet<>(home.holding());
    }

    private static Set<String> strays(Claim claim) {
        Set<String> strays = new TreeSet<>(claim.intent().sites());
        if (claim.before() instanceof Known known) {
            strays.addAll(known.strays());
            strays.addAll(known.holders());
        }
        return strays;
    }

    private static Set<String> absent(Collection<String> members, Map<String, Look> looks) {
        return members.stream()
                .filter(site -> looks.get(site) instanceof Look.Absent)
                .collect(Collectors.toSet());
    }

    private static Set<String> without(Collection<String> sites, Collection<String> others) {
        Set<String> rest = new TreeSet<>(sites);
        rest.removeAll(others);
        return rest;
    }

    private static Set<String> common(Set<String> sites, Set<String> others) {
        Set<String> both = new TreeSet<>(sites);
        both.retainAll(others);
        return both;
    }
}
