package org.entente.policy.decide;

import java.util.List;
import java.util.Optional;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Site;

/**
 * Yes, and where.
 *
 * @param question what was asked
 * @param ruling what the matching policies say together
 * @param certain whether all that the policies asked for was known; when it was not, the fence is narrower than it
 *     might turn out to be
 */
public record Placement(Question question, Ruling ruling, boolean certain) implements Decision {

    /** The policy that orders the sites; the fence is all matching policies' together. */
    public Policy policy() {
        return ruling.policy();
    }

    /** The permitted sites, the best first; empty when the fence permits none. */
    public List<Site> order() {
        return ruling.order();
    }

    /** Every site's verdict, by name. */
    public List<Verdict> verdicts() {
        return ruling.verdicts();
    }

    /** Permits to send the object to each permitted site, the best first. */
    public List<Permit> storing() {
        return order().stream().map(site -> permit(site, Reach.STORE)).toList();
    }

    /** A permit to send the object to this site, or empty when the fence or ignorance of the site forbids it. */
    public Optional<Permit> storingAt(String site) {
        return ruling.permits(site) ? named(site).map(s -> permit(s, Reach.STORE)) : Optional.empty();
    }

    /**
     * A permit to read or remove what lies at this site already; empty when no such site is known. The fence does not
     * ask: it says where bytes may be sent, and what lies outside of a narrowed one must stay readable until moved.
     */
    public Optional<Permit> retrievingFrom(String site) {
        return named(site).map(s -> permit(s, Reach.RETRIEVE));
    }

    private Optional<Site> named(String site) {
        return ruling.site(site);
    }

    private Permit permit(Site site, Reach reach) {
        return new Permit(site, question, reach);
    }
}
