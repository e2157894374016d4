package org.entente.gateway.journal;

import java.util.Optional;
import java.util.Set;

/**
 * What a write is about to do: recorded before any site could take it for done.
 *
 * @param generation of the write itself, which no other has
 * @param sites those that it may take effect at
 * @param acknowledge how many of them make it count
 * @param principal whose write it is
 * @param parts the lengths of the parts of which the object is made; empty where it is not made of any
 */
public record Intent(
        ObjectName name,
        Kind kind,
        Generation generation,
        Set<String> sites,
        int acknowledge,
        String principal,
        Optional<PartSizes> parts) {

    /** What a write does. */
    public enum Kind {
        /** Makes a new object of the key. */
        PUT,
        /** Leaves no object. */
        DELETE,
        /** Changes what is known of the object, such as its tags. */
        AMEND,
        /** Removes one of the versions of the object for good. */
        PURGE,
        /** Brings one site up to date. */
        SETTLE
    }

    public Intent {
        sites = Set.copyOf(sites);
    }

    /** The same at other sites. */
    Intent at(Set<String> others) {
        return new Intent(name, kind, generation, others, acknowledge, principal, parts);
    }
}
