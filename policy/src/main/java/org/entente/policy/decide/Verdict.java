package org.entente.policy.decide;

import java.util.List;
import org.entente.policy.model.Site;

/**
 * What the requirements say of one site.
 *
 * @param permitted whether all of them hold
 * @param reasons of the requirements that forbid it; when it is permitted, of those that hold
 */
public record Verdict(Site site, boolean permitted, List<Reason> reasons) {
    public Verdict {
        reasons = List.copyOf(reasons);
    }
}
