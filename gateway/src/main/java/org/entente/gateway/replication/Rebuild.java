package org.entente.gateway.replication;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.catalogue.DocumentKind;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.Generations;
import org.entente.gateway.journal.Intent;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.journal.Standing.Summary;
import org.entente.gateway.journal.Version;
import org.entente.gateway.journal.Versions;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.Question;
import org.entente.policy.decide.Ruling;
import org.entente.policy.model.Action;
import org.entente.policy.model.Principal;
import org.entente.policy.model.Site;
import reactor.core.publisher.Mono;

/**
 * Makes a lost journal anew from what the sites hold. By their stamps it can tell which of several objects of a key is the last one;
 * it cannot tell an object that a site has missed from one that only that site has deleted, and asks. Its methods block.
 */
public final class Rebuild {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** What becomes of objects that a member lacks and others have. */
    public enum Missing {
        /** The member is given them. */
        KEEP,
        /** The others lose them. */
        REMOVE
    }

    /**
     * What somebody must have decided.
     *
     * @param missing empty while that is open
     * @param newest whether, of objects that bear no stamp, that is right which was modified last by its site's clock
     * @param owner of the buckets that more or less than one principal may manage
     */
    public record Decisions(Optional<Missing> missing, boolean newest, Optional<String> owner) {}

    /**
     * What was found.
     *
     * @param entries how many keys are not the same everywhere
     * @param undecided what somebody must decide before anything is written
     * @param leftAlone buckets of which nothing is made, and why
     */
    public record Report(
            List<Bucket> buckets, long keys, long entries, List<String> undecided, List<String> leftAlone) {}

    private final Journal journal;
    private final Versions versions;
    private final Catalogue catalogue;
    private final Terms terms;
    private final Generations generations;
    private final Clock clock;
    private final Decisions decisions;

    public Rebuild(
            Journal journal,
            Versions versions,
            Catalogue catalogue,
            Terms terms,
            Generations generations,
            Clock clock,
            Decisions decisions) {
        this.journal = journal;
        this.versions = versions;
        this.catalogue = catalogue;
        this.terms = terms;
        this.generations = generations;
        this.clock = clock;
        this.decisions = decisions;
    }

    /**
     * Looks at everything.
     *
     * @param there the buckets that each site has
     * @param write whether the journal is written, which is only to be asked for when a look has left nothing undecided
     * @throws org.entente.backends.Fault when a site does not answer: then nothing can be said to be missing
     */
    public Report run(Map<String, Set<String>> there, boolean write) {
        List<String> undecided = new ArrayList<>();
        List<String> leftAlone = new ArrayList<>();
        List<Bucket> buckets = new ArrayList<>();
        long keys = 0;
        long[] entries = {0};
        for (String name :
                new TreeSet<>(there.values().stream().flatMap(Set::stream).toList())) {
            Set<String> sites = there.entrySet().stream()
                    .filter(site -> site.getValue().contains(name))
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toCollection(TreeSet::new));
            Optional<Bucket> bucket = await(catalogue.find(name)).or(() -> made(name, sites, undecided, leftAlone));
            if (bucket.isEmpty()) {
                continue;
            }
            buckets.add(bucket.get());
            if (write) {
                await(catalogue.add(bucket.get()));
            }
            keys += compared(bucket.get(), sites, undecided, known -> {
                entries[0] += known.known().settled() ? 0 : 1;
                if (write) {
                    written(known, bucket.get().owner());
                }
            });
        }
        return new Report(buckets, keys, entries[0], undecided, leftAlone);
    }

    private static <T> T await(Mono<T> work) {
        return work.blockOptional(PATIENCE).orElseThrow();
    }

    /**
     * A key of which something is to be recorded.
     *
     * @param known what the journal has to know, unless it is settled
     * @param versions the oldest first, in a bucket that keeps them
     */
    private record Unlike(ObjectName name, Known known, List<Version> versions) {}

    private interface Finding {
        void of(Unlike unlike);
    }

    /** A bucket of which the catalogue has lost its record. */
    private Optional<Bucket> made(String name, Set<String> sites, List<String> undecided, List<String> leftAlone) {
        if (terms.of(name, decisions.owner().orElse("")).isEmpty()) {
            leftAlone.add(name + " is left alone: no policy speaks of it");
            return Optional.empty();
        }
        List<String> owners = decisions
                .owner()
                .map(List::of)
                .orElseGet(() -> terms.principals().stream()
                        .filter(principal -> principal.may(Action.MANAGE, name))
                        .map((Principal principal) -> principal.name().value())
                        .toList());
        if (owners.size() != 1) {
            undecided.add(
                    name + ": who owns it? " + (owners.isEmpty() ? "nobody" : owners) + " may manage it: --owner");
            return Optional.empty();
        }
        String owner = owners.getFirst();
        Optional<Placement> placement = terms.of(name, owner);
        if (placement.isEmpty()) {
            leftAlone.add(name + " is left alone: no policy speaks of it");
            return Optional.empty();
        }
        Ruling ruling = placement.get().ruling();
        List<String> ideal = names(ruling.members().orElse(List.of()));
        Set<String> full = sites.stream()
                .filter(site -> !isEmpty(placement.get(), site))
                .collect(Collectors.toCollection(TreeSet::new));
        return Optional.of(new Bucket(
                name,
                owner,
                placement.get().policy().name().value(),
                members(ruling, ideal, sites, full),
                clock.instant(),
                ideal,
                documents(placement.get(), sites)));
    }

    /** What the bucket's sites were told of versions; of one site's bucket the site knows by itself. */
    private Map<DocumentKind, String> documents(Placement placement, Set<String> sites) {
        return sites.size() < 2
                ? Map.of()
                : sites.stream()
                        .flatMap(site -> placement.retrievingFrom(site).stream())
                        .filter(permit -> await(BucketAt.hasVersions(terms, permit)))
                        .findFirst()
                        .map(permit -> LostVersions.documents(terms, permit))
                        .orElse(Map.of());
    }

    /** Those that the policies choose, if they have it; where only one should, all that hold any of it until it has moved. */
    private static List<String> members(Ruling ruling, List<String> ideal, Set<String> sites, Set<String> full) {
        List<String> chosen = sites.containsAll(ideal) && !ideal.isEmpty()
                ? ideal
                : names(ruling.members(sites::contains, List.of()).orElse(List.of()));
        Set<String> members = new TreeSet<>(chosen);
        if (chosen.size() < 2) {
            members.addAll(full.isEmpty() && chosen.isEmpty() ? sites : full);
        }
        List<String> ordered = new ArrayList<>(names(ruling.order()));
        ordered.retainAll(members);
        members.stream().filter(site -> !ordered.contains(site)).forEach(ordered::add);
        return ordered;
    }

    private boolean isEmpty(Placement placement, String site) {
        return placement
                .retrievingFrom(site)
                .map(permit ->
                        await(SiteListing.objects(terms.sites(), permit, "", 1)).isEmpty())
                .orElse(true);
    }

    private static List<String> names(Collection<Site> sites) {
        return sites.stream().map(site -> site.name().value()).toList();
    }

    private long compared(Bucket bucket, Set<String> sites, List<String> undecided, Finding finding) {
        Optional<Placement> placement = terms.of(bucket.name(), bucket.owner());
        if (placement.isEmpty() || !bucket.replicated()) {
            return 0;
        }
        if (bucket.versioned()) {
            return versionsCompared(new LostVersions(terms, bucket, placement.get(), sites), undecided, finding);
        }
        Map<String, SiteKeys> keys = new HashMap<>();
        for (String site : sites) {
            placement
                    .get()
                    .retrievingFrom(site)
                    .ifPresent(permit -> keys.put(site, new SiteKeys(terms.sites(), permit, true)));
        }
        Set<String> members = new TreeSet<>(bucket.home().wanted());
        return SiteKeys.walk(keys, (key, shown) -> {
            boolean same = shown.keySet().equals(members)
                    && shown.values().stream().distinct().count() == 1;
            if (!same) {
                decided(bucket, new ObjectName(bucket.name(), key), members, shown.keySet(), undecided)
                        .ifPresent(
                                known -> finding.of(new Unlike(new ObjectName(bucket.name(), key), known, List.of())));
            }
        });
    }

    private long versionsCompared(LostVersions versions, List<String> undecided, Finding finding) {
        long compared = 0;
        for (List<String> keys = versions.keys(""); !keys.isEmpty(); keys = versions.keys(keys.getLast())) {
            for (String key : keys) {
                compared++;
                LostVersions.History history = versions.of(key);
                ofVersions(versions.bucket(), history, undecided).ifPresent(finding::of);
            }
        }
        return compared;
    }

    private Optional<Unlike> ofVersions(Bucket bucket, LostVersions.History history, List<String> undecided) {
        Set<String> members = new TreeSet<>(bucket.home().wanted());
        List<Version> all = new ArrayList<>();
        Set<String> strays = new TreeSet<>();
        for (Version version : history.oldestFirst()) {
            strays.addAll(version.ids().keySet());
            Set<String> lacking = new TreeSet<>(members);
            lacking.removeAll(version.ids().keySet());
            // Where one site says that something was deleted, the others missed that.
            boolean asked = !lacking.isEmpty() && !version.marker();
            if (asked && decisions.missing().isEmpty()) {
                undecided.add(version.name() + " version " + version.id() + ": is at "
                        + version.ids().keySet().stream().sorted().toList() + " and not at " + lacking
                        + ": --missing");
                return Optional.empty();
            }
            boolean gone =
                    asked && decisions.missing().filter(Missing.REMOVE::equals).isPresent();
            all.add(gone ? version.asGone() : version);
        }
        if (all.isEmpty()) {
            return Optional.empty();
        }
        strays.removeAll(members);
        Optional<Version> latest = Versions.latest(all.reversed());
        Known suspect = new Known(
                latest.filter(Version::shows).isPresent(),
                latest.map(Version::generation).orElse(Generation.NONE),
                history.alike() ? members : Set.of(),
                history.alike() ? Set.of() : members,
                strays,
                Instant.EPOCH,
                false,
                latest.map(Version::what).orElse(Summary.NOTHING),
                bucket.owner());
        return Optional.of(new Unlike(all.getFirst().name(), suspect, all));
    }

    /** What holds of a key that is not the same everywhere; empty when somebody must decide it, or nothing is left of it. */
    private Optional<Known> decided(
            Bucket bucket, ObjectName name, Set<String> members, Set<String> sites, List<String> undecided) {
        Map<String, Look.Holds> shown = new TreeMap<>();
        Map<String, Permit> permits = new TreeMap<>();
        for (String site : sites) {
            Permit permit = terms.of(name, bucket.owner(), Question.PLAIN)
                    .flatMap(placement -> placement.retrievingFrom(site))
                    .orElseThrow(() -> new IllegalStateException("no policy speaks of " + name));
            permits.put(site, permit);
            if (await(Look.at(terms.sites(), permit)) instanceof Look.Holds holds) {
                shown.put(site, holds);
            }
        }
        Optional<String> right = right(shown);
        if (right.isEmpty()) {
            undecided.add(name + ": differs at " + shown.keySet() + ", and bears no stamp at some of them: --newest");
            return Optional.empty();
        }
        Look.Holds best = Optional.ofNullable(shown.get(right.get())).orElseThrow();
        Set<String> lacking = new TreeSet<>(members);
        lacking.removeAll(shown.keySet());
        if (!lacking.isEmpty() && decisions.missing().isEmpty()) {
            undecided.add(name + ": is at " + shown.keySet() + " and not at " + lacking + ": --missing");
            return Optional.empty();
        }
        Set<String> holders = shown.entrySet().stream()
                .filter(site -> same(site.getValue(), best))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> strays = new TreeSet<>(shown.keySet());
        strays.removeAll(members);
        boolean removed = !lacking.isEmpty()
                && decisions.missing().filter(Missing.REMOVE::equals).isPresent();
        Set<String> owed = new TreeSet<>(members);
        owed.removeAll(removed ? lacking : holders);
        Permit at = Optional.ofNullable(permits.get(right.get())).orElseThrow();
        return Optional.of(
                removed
                        ? new Known(
                                false,
                                Generation.NONE,
                                lacking,
                                owed,
                                strays,
                                Instant.EPOCH,
                                false,
                                Summary.NOTHING,
                                bucket.owner())
                        : new Known(
                                true,
                                best.generation(),
                                holders,
                                owed,
                                strays,
                                Instant.EPOCH,
                                false,
                                Summaries.of(
                                        best.head(),
                                        await(new Boundaries(terms.sites()).of(at, best.etag(), best.length()))),
                                bucket.owner()));
    }

    private static boolean same(Look.Holds one, Look.Holds other) {
        return one.generation().equals(other.generation())
                && (!one.generation().isNone() || one.etag().equals(other.etag()));
    }

    /** The site that shows what is right. */
    private Optional<String> right(Map<String, Look.Holds> shown) {
        boolean stamped =
                shown.values().stream().noneMatch(holds -> holds.generation().isNone());
        boolean alike = shown.values().stream()
                .allMatch(holds -> same(holds, shown.values().iterator().next()));
        if (alike || stamped) {
            return shown.entrySet().stream()
                    .max(Comparator.comparing(site -> site.getValue().generation()))
                    .map(Map.Entry::getKey);
        }
        return decisions.newest()
                ? shown.entrySet().stream()
                        .max(Comparator.comparing(
                                site -> Summaries.of(site.getValue().head(), Optional.empty())
                                        .modified()))
                        .map(Map.Entry::getKey)
                : Optional.empty();
    }

    private void written(Unlike unlike, String owner) {
        if (!unlike.versions().isEmpty()) {
            versions.restore(unlike.versions()).block(PATIENCE);
        }
        if (unlike.known().settled()) {
            return;
        }
        Intent intent =
                new Intent(unlike.name(), Intent.Kind.SETTLE, generations.next(), Set.of(), 1, owner, Optional.empty());
        await(journal.open(intent).flatMap(claim -> journal.close(claim, unlike.known())));
    }
}
