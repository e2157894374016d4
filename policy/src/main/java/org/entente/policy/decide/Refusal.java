package org.entente.policy.decide;

import java.util.List;

/**
 * No.
 *
 * @param reason the one that decided
 */
public record Refusal(Cause cause, String reason, List<Verdict> verdicts) implements Decision {
    public Refusal {
        verdicts = List.copyOf(verdicts);
    }

    /** What kind of refusal it is. */
    public enum Cause {
        /** The principal has no grant for this. */
        NO_GRANT,
        /** No policy speaks of this bucket and key; what nobody has ruled on is refused. */
        NO_POLICY,
        /** The principal is not cleared for what may lie here. */
        NOT_CLEARED
    }
}
