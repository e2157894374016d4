package org.entente.gateway.journal;

import java.util.Map;
import java.util.Set;
import org.entente.gateway.journal.Standing.Summary;

/**
 * One of the versions that a bucket keeps of an object, or of its deletions.
 *
 * @param id what clients call it
 * @param generation what it shows at the sites; none where it bears no stamp
 * @param marker whether it marks a deletion, and has no content
 * @param gone whether it has been removed for good, and is only known until no site has it any more
 * @param what a listing says of it
 * @param principal whose write it was
 * @param ids what the sites that have it call it, by their names
 * @param behind those of them that lack a change of its tags, retention or hold
 */
public record Version(
        ObjectName name,
        String id,
        Generation generation,
        boolean marker,
        boolean gone,
        Summary what,
        String principal,
        Map<String, String> ids,
        Set<String> behind) {
    /** What S3 calls the version of an object that was made while its bucket kept none. */
    public static final String NULL = "null";

    public Version {
        ids = Map.copyOf(ids);
        behind = Set.copyOf(behind);
    }

    /** A new one. */
    public Version(
            ObjectName name,
            String id,
            Generation generation,
            boolean marker,
            Summary what,
            String principal,
            Map<String, String> ids) {
        this(name, id, generation, marker, false, what, principal, ids, Set.of());
    }

    /** The same once it has been removed for good. */
    public Version asGone() {
        return new Version(name, id, generation, marker, true, what, principal, ids, behind);
    }

    /** Whether it is content that a site shows as the object once it is the latest. */
    public boolean shows() {
        return !marker && !gone;
    }
}
