package org.entente.gateway.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlReader.Element;
import org.entente.gateway.replication.Listing.Item;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.policy.decide.Permit;
import reactor.core.publisher.Mono;

/** What one site says that a bucket holds. */
public final class SiteListing {
    private static final int MAX_DOCUMENT = 16 << 20;

    private SiteListing() {}

    /** @param last the item that the site's page ends with; empty when there is nothing behind it */
    record Page(NavigableMap<String, Item> items, Optional<String> last) {}

    /**
     * An object.
     *
     * @param size in bytes
     */
    public record Found(String key, String etag, long size) {}

    /** The first objects behind a key, in the order of keys; fails with {@link Fault}. */
    public static Mono<List<Found>> objects(SiteDirectory sites, Permit permit, String after, int most) {
        return ask(sites, new Listing("", ""), after, most, permit)
                .map(page -> page.items().values().stream()
                        .map(Item.Content.class::cast)
                        .map(item -> new Found(item.key(), item.etag(), Long.parseLong(item.size())))
                        .toList());
    }

    /** One page as a site has it. */
    static Mono<Page> ask(SiteDirectory sites, Listing listing, String after, int most, Permit permit) {
        List<String> query = new ArrayList<>(List.of("list-type=2", "encoding-type=url", "max-keys=" + most));
        add(query, "prefix", listing.prefix());
        add(query, "delimiter", listing.delimiter());
        add(query, "start-after", after);
        S3Request request =
                S3Request.of(Operation.LIST_OBJECTS_V2, permit.bucket()).with(Query.parse(String.join("&", query)));
        return sites.perform(permit, request).flatMap(reply -> {
            if (!reply.succeeded()) {
                reply.discard();
                return Mono.error(new Fault(
                        JointWrite.site(permit),
                        new Fault.Unintelligible(),
                        "answers a listing with " + reply.status()));
            }
            return reply.bytes(MAX_DOCUMENT).map(document -> read(permit, document));
        });
    }

    private static void add(List<String> query, String name, String value) {
        if (!value.isEmpty()) {
            query.add(name + "=" + Rfc3986.encode(value));
        }
    }

    private static Page read(Permit permit, byte[] document) {
        NavigableMap<String, Item> items = Listing.empty();
        Element root;
        try {
            root = XmlReader.read(document);
        } catch (XmlReader.MalformedXml e) {
            throw new Fault(JointWrite.site(permit), new Fault.Unintelligible(), e);
        }
        for (Element object : root.children("Contents")) {
            String key = Rfc3986.decode(object.textOf("Key").orElse(""));
            items.put(
                    key,
                    new Item.Content(
                            key,
                            object.textOf("LastModified").orElse(""),
                            object.textOf("ETag").orElse(""),
                            object.textOf("Size").orElse("0"),
                            object.textOf("StorageClass").orElse("STANDARD")));
        }
        for (Element prefix : root.children("CommonPrefixes")) {
            String text = Rfc3986.decode(prefix.textOf("Prefix").orElse(""));
            items.put(text, new Item.CommonPrefix(text));
        }
        boolean truncated = root.textOf("IsTruncated").filter("true"::equals).isPresent() && !items.isEmpty();
        return new Page(items, truncated ? Optional.of(items.lastKey()) : Optional.empty());
    }
}
