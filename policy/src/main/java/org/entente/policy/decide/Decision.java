package org.entente.policy.decide;

import java.util.List;

/** The answer to a {@link Question}. */
public sealed interface Decision permits Placement, Refusal {
    /** What the requirements say of each site, by the sites' names; empty when it did not come to that. */
    List<Verdict> verdicts();
}
