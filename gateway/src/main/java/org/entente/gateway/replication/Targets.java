package org.entente.gateway.replication;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.entente.backends.Operation;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.model.Site;

/**
 * The sites that a write of a bucket's object goes to, as they can be reached at this moment.
 *
 * @param within another decision that binds what is sent
 */
record Targets(Placement placement, Optional<Placement> within, Bucket bucket, SiteDirectory sites) {

    /**
     * For what sends bytes: the members, and spares in the place of those that are dark.
     *
     * @throws S3Refusal when the fence, or what can be reached within it, leaves fewer than must acknowledge
     */
    List<Permit> storing() {
        int needed = acknowledge();
        if (placement.order().size() < needed) {
            throw Refusals.fenced(placement);
        }
        List<Permit> permits = permits(unreachable());
        if (permits.size() < needed) {
            throw Refusals.unavailable();
        }
        return permits;
    }

    /** One more site for what some others have missed; empty when there is none. */
    Optional<Permit> besides(Set<String> tried) {
        Set<String> avoided = new HashSet<>(unreachable());
        avoided.addAll(tried);
        return permits(avoided).stream().findFirst();
    }

    private List<Permit> permits(Set<String> avoided) {
        List<String> permitted = bucket.home().wanted().stream()
                .filter(placement.ruling()::permits)
                .toList();
        return placement.ruling().targets(permitted, avoided).stream()
                // Nothing stands in for a site that keeps locks: a copy without its lock is none.
                .filter(site -> !bucket.lockable()
                        || bucket.home().wanted().contains(site.name().value()))
                .flatMap(site -> placement.storingAt(site.name().value()).stream())
                .toList();
    }

    /**
     * For what only removes: the sites of the bucket that can be reached.
     *
     * @throws S3Refusal when there is none
     */
    List<Permit> removing() {
        List<Permit> permits = bucket.home().wanted().stream()
                .filter(sites::answers)
                .flatMap(site -> placement.retrievingFrom(site).stream())
                .toList();
        if (permits.isEmpty()) {
            throw Refusals.unavailable();
        }
        return permits;
    }

    List<Permit> forOperation(Operation operation) {
        return operation.effect() == Operation.Effect.STORE ? storing() : removing();
    }

    int acknowledge() {
        return Math.min(placement.policy().acknowledge(), bucket.home().wanted().size());
    }

    /** A site that is being drained takes only what it should have. */
    private boolean isLeft(String site) {
        return sites.isDraining(site) && !bucket.home().wanted().contains(site);
    }

    private boolean permittedWithin(String site) {
        return within.map(other -> other.storingAt(site).isPresent()).orElse(true);
    }

    private Set<String> unreachable() {
        return placement.order().stream()
                .map((Site site) -> site.name().value())
                .filter(site -> !sites.answers(site) || !permittedWithin(site) || isLeft(site))
                .collect(Collectors.toSet());
    }
}
