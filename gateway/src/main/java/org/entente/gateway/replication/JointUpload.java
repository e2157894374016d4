package org.entente.gateway.replication;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.ObjectName;
import org.entente.policy.condition.Facts;

/**
 * A multipart upload at several sites.
 *
 * @param id ours, which clients know
 * @param generation what the object will show; none where it was begun before its bucket moved
 * @param object what its object will be
 * @param sites each site's own id of it; a site that has missed a part is not among them any more
 * @param etag of the object, once it has been made
 */
public record JointUpload(
        String id,
        ObjectName name,
        Generation generation,
        String principal,
        Facts.What object,
        Map<String, String> sites,
        Instant created,
        Optional<String> etag) {
    public JointUpload {
        sites = Map.copyOf(sites);
    }

    /** A site's own id of it; empty where it has none. */
    String idAt(String site) {
        return sites.getOrDefault(site, "");
    }

    /** The same, without the sites that have missed a part. */
    JointUpload at(Set<String> remaining) {
        Map<String, String> fewer = new TreeMap<>(sites);
        fewer.keySet().retainAll(remaining);
        return new JointUpload(id, name, generation, principal, object, fewer, created, etag);
    }

    /**
     * A part, as every site of the upload has it.
     *
     * @param size in bytes
     */
    public record Part(int number, long size, String etag, Instant modified) {}
}
