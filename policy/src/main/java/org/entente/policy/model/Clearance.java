package org.entente.policy.model;

/** The levels of classification, lowest first: what a site is accredited for, and what a principal may see. */
public enum Clearance {
    UNCLASSIFIED,
    RESTRICTED,
    CONFIDENTIAL,
    SECRET,
    TOP_SECRET;

    /** Whether somebody or something cleared to this level may hold what is classified at the other. */
    public boolean covers(Clearance other) {
        return compareTo(other) >= 0;
    }

    @Override
    public String toString() {
        return Word.of(this);
    }
}
