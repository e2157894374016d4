package org.entente.gateway.replication;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.Intent;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.journal.PartSizes;
import org.entente.policy.decide.Permit;

/**
 * One write at several sites.
 *
 * @param shown the generation that its objects show; none where the write was begun before its bucket moved
 * @param targets where it is written; the bucket's sites that can be reached, and spares in the place of others
 * @param acknowledge how many of them must have it before the client is told so
 * @param principal whose write it is
 * @param parts the lengths of the parts of which the object is made; empty where it is not made of any
 * @param bucket what it is a write of an object of
 */
record JointWrite(
        ObjectName name,
        Intent.Kind kind,
        Generation generation,
        Generation shown,
        List<Permit> targets,
        int acknowledge,
        String principal,
        Optional<PartSizes> parts,
        Bucket bucket) {
    JointWrite {
        targets = List.copyOf(targets);
    }

    Intent intent() {
        return new Intent(name, kind, generation, sites(), acknowledge, principal, parts);
    }

    Set<String> sites() {
        return targets.stream().map(JointWrite::site).collect(Collectors.toSet());
    }

    static String site(Permit permit) {
        return permit.site().name().value();
    }
}
