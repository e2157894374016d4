package org.entente.gateway.replication;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.entente.backends.Fault;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.journal.Entry;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.replication.Listing.Item;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.model.Site;

/**
 * Compares what the sites hold, key by key, and what the journal says of it. Its methods block; it holds a page per site in
 * memory, however many keys there are.
 */
public final class Census {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int PAGE = 1000;

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
        Map<String, Keys> members = new TreeMap<>();
        Map<String, Keys> others = new TreeMap<>();
        for (Site site : placement.get().order()) {
            String name = site.name().value();
            placement
                    .get()
                    .retrievingFrom(name)
                    .ifPresent(permit -> (bucket.home().wanted().contains(name) ? members : others)
                            .put(name, new Keys(permit, bucket.home().wanted().contains(name))));
        }
        try {
            return compare(bucket, members, others);
        } catch (Fault unreachable) {
            return new Findings(0, List.of(bucket.name() + ": " + unreachable.getMessage()));
        }
    }

    private Findings compare(Bucket bucket, Map<String, Keys> members, Map<String, Keys> others) {
        Map<String, Keys> all = new TreeMap<>(members);
        all.putAll(others);
        List<String> problems = new ArrayList<>();
        long compared = 0;
        while (true) {
            Optional<String> next =
                    all.values().stream().flatMap(keys -> keys.first().stream()).min(Listing.ORDER);
            if (next.isEmpty()) {
                return new Findings(compared, problems);
            }
            compared++;
            Map<String, String> shown = new TreeMap<>();
            all.forEach((site, keys) -> keys.take(next.get()).ifPresent(etag -> shown.put(site, etag)));
            boolean same = shown.keySet().equals(members.keySet())
                    && shown.values().stream().distinct().count() == 1;
            if (!same && !isKnown(new ObjectName(bucket.name(), next.get()))) {
                problems.add(bucket.name() + "/" + next.get() + ": not the same everywhere: " + shown + ", members "
                        + members.keySet());
            }
        }
    }

    private boolean isKnown(ObjectName name) {
        return journal.find(name)
                .blockOptional(PATIENCE)
                .flatMap(entry -> entry)
                .isPresent();
    }

    /** A site's keys in their order, of which a page at a time is known. */
    private final class Keys {
        private final Permit permit;
        private final boolean needed;
        private NavigableMap<String, Item> page = Listing.empty();
        private Optional<String> after = Optional.of("");

        /** @param needed whether the bucket must be there */
        Keys(Permit permit, boolean needed) {
            this.permit = permit;
            this.needed = needed;
        }

        Optional<String> first() {
            while (page.isEmpty() && after.isPresent()) {
                SiteListing.Page next = ask(after.get());
                page = next.items();
                after = next.last();
            }
            return page.isEmpty() ? Optional.empty() : Optional.of(page.firstKey());
        }

        private SiteListing.Page ask(String from) {
            SiteListing.Page nothing = new SiteListing.Page(Listing.empty(), Optional.empty());
            try {
                return SiteListing.ask(terms.sites(), new Listing("", ""), from, PAGE, permit)
                        .blockOptional(PATIENCE)
                        .orElse(nothing);
            } catch (Fault fault) {
                if (needed) {
                    throw fault;
                }
                return nothing;
            }
        }

        /** The ETag of a key, if that is the next one here. */
        Optional<String> take(String key) {
            if (first().filter(key::equals).isEmpty()) {
                return Optional.empty();
            }
            Item item = page.remove(key);
            return item instanceof Item.Content content ? Optional.of(content.etag()) : Optional.empty();
        }
    }

    /** Buckets by their names. */
    public static Map<String, Bucket> byName(List<Bucket> buckets) {
        Map<String, Bucket> named = new TreeMap<>(Comparator.naturalOrder());
        buckets.forEach(bucket -> named.put(bucket.name(), bucket));
        return named;
    }
}
