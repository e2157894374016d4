package org.entente.gateway.replication;

import java.time.Duration;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.entente.backends.Fault;
import org.entente.gateway.replication.Listing.Item;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.policy.decide.Permit;

/** A site's keys in their order, of which a page at a time is known. Its methods block. */
final class SiteKeys {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int PAGE = 1000;

    private final SiteDirectory sites;
    private final Permit permit;
    private final boolean needed;
    private NavigableMap<String, Item> page = Listing.empty();
    private Optional<String> after = Optional.of("");

    /** @param needed whether the site must answer, and have the bucket */
    SiteKeys(SiteDirectory sites, Permit permit, boolean needed) {
        this.sites = sites;
        this.permit = permit;
        this.needed = needed;
    }

    /**
     * Visits every key that any site has, in their order.
     *
     * @param visitor given a key, and its ETag at each site that has it
     * @return how many there were
     * @throws Fault when a site that is needed does not answer
     */
    static long walk(Map<String, SiteKeys> sites, BiConsumer<String, Map<String, String>> visitor) {
        long visited = 0;
        while (true) {
            Optional<String> next = sites.values().stream()
                    .flatMap(keys -> keys.first().stream())
                    .min(Listing.ORDER);
            if (next.isEmpty()) {
                return visited;
            }
            visited++;
            Map<String, String> shown = new TreeMap<>();
            sites.forEach((site, keys) -> keys.take(next.get()).ifPresent(etag -> shown.put(site, etag)));
            visitor.accept(next.get(), shown);
        }
    }

    private Optional<String> first() {
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
            return SiteListing.ask(sites, new Listing("", ""), from, PAGE, permit)
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
    private Optional<String> take(String key) {
        if (first().filter(key::equals).isEmpty()) {
            return Optional.empty();
        }
        Item item = page.remove(key);
        return item instanceof Item.Content content ? Optional.of(content.etag()) : Optional.empty();
    }
}
