package org.entente.gateway.replication;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.entente.backends.Fault;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.journal.Entry;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.journal.Standing.Known;
import org.entente.policy.decide.Placement;
import org.entente.policy.model.Site;

/**
 * Compares what the sites hold, key by key, and what the journal says of it. Its methods block; it holds a page per site in
 * memory, however many keys there are.
 */
public final class Census {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /**
     * What was found.
     *
     * @param keys how many were compared
     * @param problems what should not be
     */
    public record Findings(long keys, List<String> problems) {}

    private final Journal journal;
    private final Terms terms;

    public Census(Journal journal, Terms terms) {
        this.journal = journal;
        this.terms = terms;
    }

    /** What is wrong with the journal's entries in themselves. */
    public static List<String> contradictions(List<Entry> entries, Map<String, Bucket> buckets) {
        List<String> problems = new ArrayList<>();
        for (Entry entry : entries) {
            Optional<Bucket> bucket =
                    Optional.ofNullable(buckets.get(entry.name().bucket()));
            if (bucket.isEmpty()) {
                problems.add(entry.name() + ": there is no such bucket");
            } else if (entry.standing() instanceof Known known) {
                contradictions(entry, known, Set.copyOf(bucket.get().home().wanted()), problems);
            } else if (entry.underWay().isEmpty()) {
                problems.add(entry.name() + ": has an entry, and is the same everywhere");
            }
        }
        return problems;
    }

    private static void contradictions(Entry entry, Known known, Set<String> members, List<String> problems) {
        Set<String> neither = new HashSet<>(members);
        neither.removeAll(known.holders());
        neither.removeAll(known.owed());
        if (!neither.isEmpty()) {
            problems.add(entry.name() + ": " + neither + " neither have it nor are owed it");
        }
        Set<String> both = new HashSet<>(known.holders());
        both.retainAll(known.owed());
        if (!both.isEmpty()) {
            problems.add(entry.name() + ": " + both + " have it and are owed it");
        }
        if (known.strays().stream().anyMatch(members::contains)) {
            problems.add(entry.name() + ": a member is said to be none");
        }
        if (known.settled() && entry.underWay().isEmpty()) {
            problems.add(entry.name() + ": is settled, and has an entry");
        }
    }

    /** What the sites of a bucket hold that is not the same, and that the journal does not know of. */
    public Findings compare(Bucket bucket) {
        Optional<Placement> placement = terms.of(bucket.name(), bucket.owner());
        if (placement.isEmpty()) {
            return new Findings(0, List.of(bucket.name() + ": no policy speaks of it any more"));
        }
        Map<String, SiteKeys> members = new TreeMap<>();
        Map<String, SiteKeys> others = new TreeMap<>();
        for (Site site : placement.get().order()) {
            String name = site.name().value();
            placement
                    .get()
                    .retrievingFrom(name)
                    .ifPresent(permit -> (bucket.home().wanted().contains(name) ? members : others)
                            .put(
                                    name,
                                    new SiteKeys(
                                            terms.sites(),
                                            permit,
                                            bucket.home().wanted().contains(name))));
        }
        try {
            return compare(bucket, members, others);
        } catch (Fault unreachable) {
            return new Findings(0, List.of(bucket.name() + ": " + unreachable.getMessage()));
        }
    }

    private Findings compare(Bucket bucket, Map<String, SiteKeys> members, Map<String, SiteKeys> others) {
        Map<String, SiteKeys> all = new TreeMap<>(members);
        all.putAll(others);
        List<String> problems = new ArrayList<>();
        long compared = SiteKeys.walk(all, (key, shown) -> {
            boolean same = shown.keySet().equals(members.keySet())
                    && shown.values().stream().distinct().count() == 1;
            if (!same && !isKnown(new ObjectName(bucket.name(), key))) {
                problems.add(bucket.name() + "/" + key + ": not the same everywhere: " + shown + ", members "
                        + members.keySet());
            }
        });
        return new Findings(compared, problems);
    }

    private boolean isKnown(ObjectName name) {
        return journal.find(name)
                .blockOptional(PATIENCE)
                .flatMap(entry -> entry)
                .isPresent();
    }

    /** Buckets by their names. */
    public static Map<String, Bucket> byName(List<Bucket> buckets) {
        Map<String, Bucket> named = new TreeMap<>(Comparator.naturalOrder());
        buckets.forEach(bucket -> named.put(bucket.name(), bucket));
        return named;
    }
}
