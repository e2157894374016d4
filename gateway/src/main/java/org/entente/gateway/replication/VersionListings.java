package org.entente.gateway.replication;

import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.entente.backends.S3Reply;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlWriter;
import org.entente.gateway.journal.Version;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.journal.Versions.Numbered;
import org.entente.gateway.replication.Listing.Item;
import org.entente.gateway.replication.Replication.Task;
import reactor.core.publisher.Mono;

/**
 * Listings of versions. Those that are known are told by what is known of them; an object of which none is known, since it has
 * not been written to since its bucket began to keep any, is a version of its own that a site tells of.
 */
final class VersionListings {
    /** What the places of versions among those of their key begin with, as tokens by which a listing goes on. */
    private static final String PLACE = "place-";

    private final Versions versions;
    private final JointListings listings;

    VersionListings(Versions versions, JointListings listings) {
        this.versions = versions;
        this.listings = listings;
    }

    /** What stands in a page: a version, or the prefix that it is rolled up into. */
    private sealed interface Line {
        record OfVersion(Version version, long position, boolean latest) implements Line {}

        record OfObject(Item.Content object) implements Line {}

        record OfPrefix(String text) implements Line {}
    }

    /** @param end the name up to which all lines are there; empty when there is nothing behind them */
    private record Source(NavigableMap<String, List<Line>> lines, Optional<String> end) {}

    Mono<S3Reply> list(Task task) {
        ListRequest asked = ListRequest.ofVersions(task.request());
        if (asked.most() == 0) {
            return Mono.just(answer(task, asked, List.of(), false));
        }
        String keyMarker = asked.query().first("key-marker").orElse("");
        return position(
                        task,
                        keyMarker,
                        asked.query().first("version-id-marker").orElse(""))
                .flatMap(position -> page(task, asked, position));
    }

    private Mono<S3Reply> page(Task task, ListRequest asked, long position) {
        return Mono.zip(known(task, asked, position), others(task, asked)).flatMap(both -> {
            Source all = merged(both.getT1(), both.getT2());
            if (all.lines().isEmpty() && all.end().isPresent()) {
                return page(task, asked.behind(all.end().get()), 0);
            }
            List<Line> lines =
                    all.lines().values().stream().flatMap(List::stream).toList();
            boolean cut = lines.size() > asked.most();
            return Mono.just(answer(
                    task,
                    asked,
                    cut ? lines.subList(0, asked.most()) : lines,
                    cut || all.end().isPresent()));
        });
    }

    /** Only versions of the marker's key below this place are asked for. */
    private Mono<Long> position(Task task, String key, String marker) {
        if (marker.startsWith(PLACE)) {
            try {
                return Mono.just(Long.parseLong(marker.substring(PLACE.length())));
            } catch (NumberFormatException e) {
                return Mono.just(0L);
            }
        }
        return marker.isEmpty()
                ? Mono.just(0L)
                : versions.positionOf(task.request().bucket(), key, marker);
    }

    private Mono<Source> known(Task task, ListRequest asked, long position) {
        Listing listing = asked.listing();
        int most = asked.most() + 1;
        return versions.after(task.request().bucket(), listing.prefix(), asked.after(), position, most)
                .flatMap(rows -> {
                    NavigableMap<String, List<Line>> lines = new TreeMap<>(Listing.ORDER);
                    String before =
                            position > 0 ? asked.query().first("key-marker").orElse("") : "";
                    for (Numbered row : rows) {
                        String key = row.version().name().key();
                        Optional<String> rolled = listing.rolledUp(key);
                        if (rolled.isPresent()) {
                            lines.put(rolled.get(), List.of(new Line.OfPrefix(rolled.get())));
                        } else {
                            boolean latest = !key.equals(before);
                            lines.computeIfAbsent(key, first -> new ArrayList<>())
                                    .add(new Line.OfVersion(row.version(), row.position(), latest));
                        }
                        before = key;
                    }
                    if (rows.size() < most) {
                        return Mono.just(new Source(lines, Optional.empty()));
                    }
                    String last = rows.getLast().version().name().key();
                    return Mono.just(
                            new Source(lines, Optional.of(listing.rolledUp(last).orElse(last))));
                });
    }

    private Mono<Source> others(Task task, ListRequest asked) {
        return listings.page(task, asked).flatMap(page -> {
            List<String> keys = page.items().values().stream()
                    .filter(Item.Content.class::isInstance)
                    .map(item -> ((Item.Content) item).key())
                    .toList();
            return versions.known(task.request().bucket(), keys).map(known -> source(page, known));
        });
    }

    private static Source source(JointListings.Page page, Set<String> known) {
        NavigableMap<String, List<Line>> lines = new TreeMap<>(Listing.ORDER);
        page.items().forEach((name, item) -> {
            switch (item) {
                case Item.Content object -> {
                    if (!known.contains(object.key())) {
                        lines.put(name, List.of(new Line.OfObject(object)));
                    }
                }
                case Item.CommonPrefix prefix -> lines.put(name, List.of(new Line.OfPrefix(prefix.text())));
            }
        });
        return new Source(lines, page.next().map(VersionListings::name));
    }

    private static String name(Item item) {
        return switch (item) {
            case Item.Content object -> object.key();
            case Item.CommonPrefix prefix -> prefix.text();
        };
    }

    private static Source merged(Source known, Source others) {
        NavigableMap<String, List<Line>> all = new TreeMap<>(Listing.ORDER);
        all.putAll(others.lines());
        all.putAll(known.lines());
        Optional<String> end = known.end().isPresent() && others.end().isPresent()
                ? Optional.of(
                        Listing.ORDER.compare(known.end().get(), others.end().get()) < 0
                                ? known.end().get()
                                : others.end().get())
                : known.end().or(others::end);
        end.ifPresent(name -> all.tailMap(name, false).clear());
        return new Source(all, end);
    }

    private static S3Reply answer(Task task, ListRequest asked, List<Line> lines, boolean more) {
        XmlWriter xml = XmlWriter.s3("ListVersionsResult")
                .leaf("Name", task.request().bucket())
                .leaf("Prefix", written(asked, asked.listing().prefix()))
                .leaf(
                        "KeyMarker",
                        written(asked, asked.query().first("key-marker").orElse("")))
                .leaf(
                        "VersionIdMarker",
                        asked.query().first("version-id-marker").orElse(""))
                .leaf("MaxKeys", String.valueOf(asked.most()))
                .leaf("IsTruncated", String.valueOf(more));
        if (!asked.listing().delimiter().isEmpty()) {
            xml.leaf("Delimiter", written(asked, asked.listing().delimiter()));
        }
        if (asked.encoded()) {
            xml.leaf("EncodingType", "url");
        }
        if (more) {
            switch (lines.getLast()) {
                case Line.OfVersion line ->
                    xml.leaf(
                                    "NextKeyMarker",
                                    written(asked, line.version().name().key()))
                            .leaf("NextVersionIdMarker", PLACE + line.position());
                case Line.OfObject line ->
                    xml.leaf("NextKeyMarker", written(asked, line.object().key()));
                case Line.OfPrefix line -> xml.leaf("NextKeyMarker", written(asked, line.text()));
            }
        }
        lines.forEach(line -> write(task, asked, xml, line));
        return S3Reply.xml(200, xml.end("ListVersionsResult"));
    }

    private static void write(Task task, ListRequest asked, XmlWriter xml, Line line) {
        switch (line) {
            case Line.OfVersion version -> {
                Version what = version.version();
                xml.open(what.marker() ? "DeleteMarker" : "Version");
                identity(
                        asked,
                        xml,
                        what.name().key(),
                        what.id(),
                        version.latest(),
                        DateTimeFormatter.ISO_INSTANT.format(what.what().modified()));
                if (!what.marker()) {
                    content(xml, what.what().etag(), String.valueOf(what.what().size()), "STANDARD");
                }
                owned(task, xml).close(what.marker() ? "DeleteMarker" : "Version");
            }
            case Line.OfObject object -> {
                Item.Content what = object.object();
                xml.open("Version");
                identity(asked, xml, what.key(), Version.NULL, true, what.modified());
                content(xml, what.etag(), what.size(), what.storageClass());
                owned(task, xml).close("Version");
            }
            case Line.OfPrefix prefix ->
                xml.open("CommonPrefixes")
                        .leaf("Prefix", written(asked, prefix.text()))
                        .close("CommonPrefixes");
        }
    }

    private static void identity(
            ListRequest asked, XmlWriter xml, String key, String id, boolean latest, String modified) {
        xml.leaf("Key", written(asked, key))
                .leaf("VersionId", id)
                .leaf("IsLatest", String.valueOf(latest))
                .leaf("LastModified", modified);
    }

    private static void content(XmlWriter xml, String etag, String size, String storageClass) {
        xml.leaf("ETag", etag).leaf("Size", size).leaf("StorageClass", storageClass);
    }

    private static XmlWriter owned(Task task, XmlWriter xml) {
        return xml.open("Owner")
                .leaf("ID", task.bucket().owner())
                .leaf("DisplayName", task.bucket().owner())
                .close("Owner");
    }

    private static String written(ListRequest asked, String text) {
        return asked.encoded() ? Rfc3986.encodePath(text) : text;
    }
}
