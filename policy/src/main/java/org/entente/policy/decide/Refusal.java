package org.entente.policy.decide;

/**
 * No.
 *
 * @param reason the one that decided
 */
public record Refusal(Cause cause, String reason) implements Decision {

    /** What kind of refusal it is. */
    public enum Cause {
        /** The principal has no grant for this. */
        NO_GRANT,
        /** The bucket's owner lets it in, which a policy does not allow owners. */
        NOT_SHARED,
        /** No policy speaks of this bucket and key; what nobody has ruled on is refused. */
        NO_POLICY,
        /** The principal is not cleared for what may lie here. */
        NOT_CLEARED,
        /** The object bears a label that is no level. */
        UNKNOWN_LABEL
    }
}
