package org.entente.gateway.journal;

import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What the last write that came to its end left of a key. */
public sealed interface Standing {

    /** Every member holds the same. */
    record Same() implements Standing {}

    /**
     * Not every member holds it, or a site does that should not.
     *
     * @param exists false where the write was a deletion
     * @param generation what the holders show; an object's ETag in quotes where it bears no stamp
     * @param holders the sites that are known to have it
     * @param owed the sites that lack it, or may
     * @param strays the sites outside the members that hold, or may hold, some generation of it
     * @param doubtUntil until then an earlier write, of which nobody knows what became, may still take effect at an owed site
     * @param amended whether what is known of the object has changed without a new generation, so that a site may show the
     *     right one and still lack the change
     * @param what the listing's part; as it would be for an object of no bytes where there is none
     * @param principal whose write it was
     */
    record Known(
            boolean exists,
            Generation generation,
            Set<String> holders,
            Set<String> owed,
            Set<String> strays,
            Instant doubtUntil,
            boolean amended,
            Summary what,
            String principal)
            implements Standing {
        public Known {
            holders = sorted(holders);
            owed = sorted(owed);
            strays = sorted(strays);
        }

        private static Set<String> sorted(Set<String> sites) {
            return Collections.unmodifiableSet(new TreeSet<>(sites));
        }

        public boolean settled() {
            return owed.isEmpty() && strays.isEmpty();
        }

        /** The same once a site has been brought up to date. */
        public Known caughtUp(String site) {
            Set<String> more = new TreeSet<>(holders);
            more.add(site);
            return with(more, without(owed, site), without(strays, site));
        }

        /** The same once nothing of it lies at a site any more that should hold none. */
        public Known clearedAt(String site) {
            return with(without(holders, site), without(owed, site), without(strays, site));
        }

        private Known with(Set<String> holding, Set<String> lacking, Set<String> straying) {
            return new Known(exists, generation, holding, lacking, straying, doubtUntil, amended, what, principal);
        }

        private static Set<String> without(Set<String> sites, String site) {
            Set<String> fewer = new TreeSet<>(sites);
            fewer.remove(site);
            return fewer;
        }
    }

    /**
     * What a listing says of an object.
     *
     * @param etag in quotes
     * @param size in bytes
     * @param parts the lengths of the parts that it was uploaded in; empty where it was not
     */
    record Summary(String etag, long size, Instant modified, Optional<PartSizes> parts) {
        public static final Summary NOTHING = new Summary("", 0, Instant.EPOCH, Optional.empty());
    }
}
