package org.entente.gateway.replication;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.entente.backends.Fault;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.DocumentKind;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.journal.Standing.Summary;
import org.entente.gateway.journal.Version;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.Question;
import reactor.core.publisher.Mono;

/**
 * The versions of a bucket's keys as its sites show them, of which nothing else is known any more. Objects are told apart by their
 * stamps, which also are what clients call their versions; markers by what they lie upon. Its methods block.
 *
 * @param sites that have the bucket
 */
record LostVersions(Terms terms, Bucket bucket, Placement whole, Set<String> sites) {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int MAX_DOCUMENT = 1 << 20;

    /** A place in the history of a key, by which sites agree that they mean the same. */
    private record Place(String text) {}

    /** @param alike whether every member has all of them, in this order, and nobody else has any */
    record History(List<Version> oldestFirst, boolean alike) {}

    private static <T> T await(Mono<T> work) {
        return work.blockOptional(PATIENCE).orElseThrow();
    }

    /** What the sites were told of versions and locks. */
    static Map<DocumentKind, String> documents(Terms terms, Permit permit) {
        Map<DocumentKind, String> documents = new EnumMap<>(DocumentKind.class);
        for (DocumentKind kind : List.of(DocumentKind.VERSIONING, DocumentKind.OBJECT_LOCK)) {
            await(terms.sites()
                            .perform(
                                    permit,
                                    S3Request.of(kind.operations().get(), permit.bucket())
                                            .with(Query.of(kind.toString(), "")))
                            .flatMap(reply -> reply.bytes(MAX_DOCUMENT)
                                    .map(document -> reply.succeeded()
                                            ? Optional.of(new String(document, UTF_8))
                                            : Optional.<String>empty())))
                    .ifPresent(text -> documents.put(kind, text));
        }
        return documents;
    }

    /** The first keys behind one that any site has versions of, as far as all of them tell; empty at the end. */
    List<String> keys(String after) {
        TreeSet<String> keys = new TreeSet<>(Listing.ORDER);
        Optional<String> horizon = Optional.empty();
        for (String site : sites) {
            SiteVersions.Keys page = await(SiteVersions.keys(terms.sites(), permit(site), after));
            keys.addAll(page.keys());
            if (page.more()) {
                String last = page.keys().getLast();
                horizon = Optional.of(horizon.filter(end -> Listing.ORDER.compare(end, last) < 0)
                        .orElse(last));
            }
        }
        horizon.ifPresent(end -> keys.tailSet(end, false).clear());
        return List.copyOf(keys);
    }

    private Permit permit(String site) {
        return whole.retrievingFrom(site).orElseThrow(() -> new Copier.Failed(site + " is not known"));
    }

    /** What becomes of a key's versions by what all sites have. */
    History of(String key) {
        ObjectName name = new ObjectName(bucket.name(), key);
        Placement plain = terms.of(name, bucket.owner(), Question.PLAIN)
                .orElseThrow(() -> new Copier.Failed("no policy speaks of " + name));
        Map<Place, Version> known = new HashMap<>();
        Map<String, List<Place>> histories = new LinkedHashMap<>();
        for (String site : new TreeSet<>(sites)) {
            Permit looking = plain.retrievingFrom(site).orElseThrow(() -> new Copier.Failed(site + " is not known"));
            List<Place> places = new ArrayList<>();
            String under = "0";
            int markers = 0;
            for (SiteVersions.Found found :
                    await(SiteVersions.of(terms.sites(), permit(site), key)).reversed()) {
                Version version;
                if (found.marker()) {
                    String id = found.id().equals(Version.NULL) ? Version.NULL : "marker-" + under + "-" + ++markers;
                    version = one(name, id, new Generation(id), true, Summary.NOTHING);
                } else {
                    Look look = await(Look.at(terms.sites(), looking, Optional.of(found.id())));
                    if (!(look instanceof Look.Holds holds)) {
                        throw new Fault(site, new Fault.Unintelligible(), "does not say what a version is");
                    }
                    Generation shown = Look.shown(holds.head());
                    boolean isNull = found.id().equals(Version.NULL);
                    if (!isNull && holds.generation().isNone()) {
                        // Somebody else put it there.
                        continue;
                    }
                    under = shown.text().replace("\"", "");
                    markers = 0;
                    Summary what = Summaries.of(
                            holds.head(),
                            await(new Boundaries(terms.sites())
                                    .of(looking, Optional.of(found.id()), holds.etag(), holds.length())));
                    version = one(name, isNull ? Version.NULL : shown.text(), shown, false, what);
                }
                Place place = new Place(version.generation().text());
                places.add(place);
                Version before = known.getOrDefault(place, version);
                Map<String, String> ids = new TreeMap<>(before.ids());
                ids.put(site, found.id());
                known.put(place, at(before, ids, before.id().equals(Version.NULL) ? version.id() : before.id()));
            }
            histories.put(site, places);
        }
        Set<String> members = new HashSet<>(bucket.home().wanted());
        boolean alike = histories.keySet().equals(members)
                && histories.values().stream().distinct().count() <= 1;
        return new History(
                merged(histories.values()).stream()
                        .map(place -> Optional.ofNullable(known.get(place)).orElseThrow())
                        .toList(),
                alike);
    }

    private Version one(ObjectName name, String id, Generation generation, boolean marker, Summary what) {
        return new Version(name, id, generation, marker, what, bucket.owner(), Map.of());
    }

    private static Version at(Version version, Map<String, String> ids, String id) {
        return new Version(
                version.name(), id, version.generation(), version.marker(), version.what(), version.principal(), ids);
    }

    /** One order that has each site's; where sites leave it open, the stamps decide. */
    private static List<Place> merged(Iterable<List<Place>> histories) {
        List<List<Place>> longest = new ArrayList<>();
        histories.forEach(longest::add);
        longest.sort(
                Comparator.comparingInt((List<Place> history) -> history.size()).reversed());
        List<Place> order = new ArrayList<>();
        for (List<Place> history : longest) {
            int at = 0;
            for (Place place : history) {
                int there = order.indexOf(place);
                if (there < 0) {
                    while (at < order.size() && order.get(at).text().compareTo(place.text()) < 0) {
                        at++;
                    }
                    order.add(at, place);
                    there = at;
                }
                at = there + 1;
            }
        }
        return order;
    }
}
