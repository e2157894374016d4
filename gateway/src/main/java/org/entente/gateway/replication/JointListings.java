package org.entente.gateway.replication;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import org.entente.backends.Fault;
import org.entente.backends.S3Reply;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlWriter;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.journal.Entry;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.replication.Listing.Item;
import org.entente.gateway.replication.Replication.Task;
import org.entente.policy.decide.Permit;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Listings of buckets that several sites hold: one of them is asked, and what it lacks or should not have any more is
 * corrected. A listing goes on at another site where it left off, since its tokens are ours.
 */
final class JointListings {
    /** Corrections looked at for one page; a page that would need more ends where they do. */
    private static final int CORRECTIONS = 2000;

    private final Journal journal;

    JointListings(Journal journal) {
        this.journal = journal;
    }

    /** @param next the name to go on behind; empty when there is nothing more */
    record Page(NavigableMap<String, Item> items, Optional<Item> next) {}

    Mono<S3Reply> list(Task task) {
        ListRequest asked = ListRequest.of(task.request());
        return page(task, asked).map(found -> answer(task, asked, found));
    }

    /** What stands in a page. */
    Mono<Page> page(Task task, ListRequest asked) {
        return asked.most() == 0
                ? Mono.just(new Page(Listing.empty(), Optional.empty()))
                : page(task, asked, asked.after());
    }

    /** Those members come first that answer and owe nothing. */
    private Mono<Page> page(Task task, ListRequest asked, String after) {
        List<Permit> sites = task.home().holding().stream()
                .filter(task.terms().sites()::answers)
                .flatMap(site -> task.placement().retrievingFrom(site).stream())
                .toList();
        return Flux.fromIterable(sites)
                .concatMap(
                        permit -> page(task, asked, after, permit).onErrorResume(Fault.class, fault -> Mono.empty()), 1)
                .next()
                .switchIfEmpty(Mono.error(Refusals::unavailable));
    }

    private Mono<Page> page(Task task, ListRequest asked, String after, Permit permit) {
        return SiteListing.ask(task.terms().sites(), asked.listing(), after, asked.most(), permit)
                .flatMap(there -> journal.unlike(
                                task.request().bucket(),
                                JointWrite.site(permit),
                                after,
                                there.last()
                                        .map(name -> Listing.behind(
                                                name, there.items().get(name) instanceof Item.CommonPrefix)),
                                CORRECTIONS)
                        .flatMap(entries -> corrected(task, asked, there, entries, permit))
                        // Where all that the site said was wrong, the client is not sent away with nothing but a token.
                        .flatMap(page -> page.items().isEmpty() && page.next().isPresent()
                                ? page(task, asked, name(page.next().get()), permit)
                                : Mono.just(page)));
    }

    private static String name(Item item) {
        return switch (item) {
            case Item.Content object -> object.key();
            case Item.CommonPrefix prefix -> Listing.behind(prefix.text(), true);
        };
    }

    private Mono<Page> corrected(
            Task task, ListRequest asked, SiteListing.Page there, List<Entry> entries, Permit permit) {
        NavigableMap<String, Item> items = Listing.empty();
        items.putAll(there.items());
        boolean cut = entries.size() == CORRECTIONS;
        if (cut) {
            String end = entries.getLast().name().key();
            items.tailMap(end, false).clear();
        }
        Set<String> doubtful = new HashSet<>();
        entries.forEach(entry -> asked.listing().correct(items, entry).ifPresent(doubtful::add));
        boolean more = cut || there.last().isPresent();
        return Flux.fromIterable(doubtful)
                .concatMap(prefix -> stillThere(task, prefix, entries, permit).doOnNext(is -> {
                    if (!is) {
                        items.remove(prefix);
                    }
                }))
                .then(Mono.fromSupplier(() -> cut(items, asked.most(), more, there)));
    }

    private static Page cut(NavigableMap<String, Item> items, int most, boolean more, SiteListing.Page there) {
        NavigableMap<String, Item> page = Listing.empty();
        for (Map.Entry<String, Item> item : items.entrySet()) {
            if (page.size() == most) {
                return new Page(page, Optional.of(page.lastEntry().getValue()));
            }
            page.put(item.getKey(), item.getValue());
        }
        Optional<Item> end = page.isEmpty()
                ? there.last().map(name -> there.items().get(name))
                : Optional.of(page.lastEntry().getValue());
        return new Page(page, more ? end : Optional.empty());
    }

    /** Whether a site has a key of a common prefix that has not been deleted. */
    private Mono<Boolean> stillThere(Task task, String prefix, List<Entry> entries, Permit permit) {
        Set<String> deleted = new HashSet<>();
        for (Entry entry : entries) {
            if (entry.name().key().startsWith(prefix)) {
                if (entry.standing() instanceof Known known && known.exists()) {
                    return Mono.just(true);
                }
                deleted.add(entry.name().key());
            }
        }
        int enough = Math.min(deleted.size() + 1, 1000);
        return SiteListing.ask(task.terms().sites(), new Listing(prefix, ""), "", enough, permit)
                .map(page -> !deleted.containsAll(page.items().keySet()));
    }

    private static S3Reply answer(Task task, ListRequest asked, Page page) {
        XmlWriter xml = XmlWriter.s3("ListBucketResult")
                .leaf("Name", task.request().bucket())
                .leaf("Prefix", written(asked, asked.listing().prefix()));
        if (asked.v2()) {
            xml.leaf("KeyCount", String.valueOf(page.items().size()));
            asked.query().first("continuation-token").ifPresent(token -> xml.leaf("ContinuationToken", token));
            asked.query().first("start-after").ifPresent(name -> xml.leaf("StartAfter", written(asked, name)));
        } else {
            xml.leaf("Marker", written(asked, asked.query().first("marker").orElse("")));
        }
        xml.leaf("MaxKeys", String.valueOf(asked.most()))
                .leaf("IsTruncated", String.valueOf(page.next().isPresent()));
        if (!asked.listing().delimiter().isEmpty()) {
            xml.leaf("Delimiter", written(asked, asked.listing().delimiter()));
        }
        if (asked.encoded()) {
            xml.leaf("EncodingType", "url");
        }
        page.next().ifPresent(end -> {
            boolean isPrefix = end instanceof Item.CommonPrefix;
            String name = end instanceof Item.CommonPrefix prefix ? prefix.text() : ((Item.Content) end).key();
            if (asked.v2()) {
                xml.leaf("NextContinuationToken", ListRequest.token(name, isPrefix));
            } else {
                xml.leaf("NextMarker", written(asked, name));
            }
        });
        page.items().values().forEach(item -> write(task, asked, xml, item));
        return S3Reply.xml(200, xml.end("ListBucketResult"));
    }

    private static void write(Task task, ListRequest asked, XmlWriter xml, Item item) {
        switch (item) {
            case Item.Content object -> {
                xml.open("Contents")
                        .leaf("Key", written(asked, object.key()))
                        .leaf("LastModified", object.modified())
                        .leaf("ETag", object.etag())
                        .leaf("Size", object.size())
                        .leaf("StorageClass", object.storageClass());
                if (asked.withOwner()) {
                    xml.open("Owner")
                            .leaf("ID", task.bucket().owner())
                            .leaf("DisplayName", task.bucket().owner())
                            .close("Owner");
                }
                xml.close("Contents");
            }
            case Item.CommonPrefix prefix ->
                xml.open("CommonPrefixes")
                        .leaf("Prefix", written(asked, prefix.text()))
                        .close("CommonPrefixes");
        }
    }

    private static String written(ListRequest asked, String text) {
        return asked.encoded() ? Rfc3986.encodePath(text) : text;
    }
}
