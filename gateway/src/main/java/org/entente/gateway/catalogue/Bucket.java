package org.entente.gateway.catalogue;

import java.time.Instant;
import java.util.List;

/**
 * A bucket as clients know it.
 *
 * @param owner the principal that made it
 * @param policy the one that placed it
 * @param members the sites that should hold its objects, the preferred one first
 */
public record Bucket(String name, String owner, String policy, List<String> members, Instant created) {
    public Bucket {
        members = List.copyOf(members);
        if (members.isEmpty()) {
            throw new IllegalArgumentException("a bucket has a member");
        }
    }

    /** Whether more than one site holds its objects, so that the journal must know what is not the same everywhere. */
    public boolean replicated() {
        return members.size() > 1;
    }
}
