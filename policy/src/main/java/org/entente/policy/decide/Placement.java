package org.entente.policy.decide;

import java.util.List;
import java.util.Optional;
import org.entente.policy.model.Policy;

/**
 * Yes, and where.
 *
 * @param question what was asked
 * @param policy the policy that orders the sites; the fence is all matching policies' together
 * @param copies how many sites should hold the object
 * @param order the permitted sites' verdicts, the best first; empty when the fence permits none
 * @param verdicts every site's, by name
 */
public record Placement(Question question, Policy policy, int copies, List<Verdict> order, List<Verdict> verdicts)
        implements Decision {
    public Placement {
        order = List.copyOf(order);
        verdicts = List.copyOf(verdicts);
    }

    /** Permits to send the object to each permitted site, the best first. */
    public List<Permit> storing() {
        return order.stream().map(v -> permit(v, Reach.STORE)).toList();
    }

    /** A permit to send the object to this site, or empty when the fence or ignorance of the site forbids it. */
    public Optional<Permit> storingAt(String site) {
        return named(site).filter(Verdict::permitted).map(v -> permit(v, Reach.STORE));
    }

    /**
     * A permit to read or remove what lies at this site already; empty when no such site is known. The fence does not
     * ask: it says where bytes may be sent, and what lies outside of a narrowed one must stay readable until moved.
     */
    public Optional<Permit> retrievingFrom(String site) {
        return named(site).map(v -> permit(v, Reach.RETRIEVE));
    }

    private Optional<Verdict> named(String site) {
        return verdicts.stream()
                .filter(v -> v.site().name().value().equals(site))
                .findFirst();
    }

    private Permit permit(Verdict verdict, Reach reach) {
        return new Permit(verdict.site(), question.bucket(), question.key(), reach);
    }
}
