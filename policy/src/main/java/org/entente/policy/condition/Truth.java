package org.entente.policy.condition;

/** What can be said of a condition. */
public enum Truth {
    TRUE,
    FALSE,
    /** It asks for what is not known, or cannot be worked out. */
    UNKNOWN
}
