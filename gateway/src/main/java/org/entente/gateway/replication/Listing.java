package org.entente.gateway.replication;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.entente.gateway.journal.Entry;
import org.entente.gateway.journal.Standing.Known;

/**
 * One page of a listing: what a site says, corrected by what the journal knows better.
 *
 * @param prefix only keys that begin so
 * @param delimiter rolls up keys that have it behind the prefix; empty for none
 */
record Listing(String prefix, String delimiter) {
    /** S3's: that of the UTF-8 bytes. */
    static final Comparator<String> ORDER = (a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8));

    /** What stands in a page, by its name. */
    sealed interface Item {
        record Content(String key, String modified, String etag, String size, String storageClass) implements Item {}

        record CommonPrefix(String text) implements Item {}
    }

    static NavigableMap<String, Item> empty() {
        return new TreeMap<>(ORDER);
    }

    /** What a key stands as: itself, or the prefix that it is rolled up into. */
    Optional<String> rolledUp(String key) {
        if (delimiter.isEmpty()) {
            return Optional.empty();
        }
        int end = key.indexOf(delimiter, prefix.length());
        return end < 0 ? Optional.empty() : Optional.of(key.substring(0, end + delimiter.length()));
    }

    /** A name that is greater than all that begin with a common prefix, and than no other. */
    static String behind(String name, boolean isPrefix) {
        return isPrefix ? name + Character.toString(Character.MAX_CODE_POINT) : name;
    }

    /**
     * Corrects the site's items by one entry.
     *
     * @return the common prefix that might have lost its last key, if there is one
     */
    Optional<String> correct(NavigableMap<String, Item> items, Entry entry) {
        String key = entry.name().key();
        if (!key.startsWith(prefix) || !(entry.standing() instanceof Known known)) {
            return Optional.empty();
        }
        Optional<String> rolled = rolledUp(key);
        if (known.exists()) {
            if (rolled.isPresent()) {
                items.put(rolled.get(), new Item.CommonPrefix(rolled.get()));
            } else if (!known.what().etag().isEmpty()) {
                items.put(key, object(key, known));
            }
            return Optional.empty();
        }
        if (rolled.isEmpty()) {
            items.remove(key);
        }
        return rolled.filter(items::containsKey);
    }

    private static Item.Content object(String key, Known known) {
        return new Item.Content(
                key,
                DateTimeFormatter.ISO_INSTANT.format(known.what().modified()),
                known.what().etag(),
                String.valueOf(known.what().size()),
                "STANDARD");
    }
}
