package org.entente.policy.model;

/** How urgent what somebody asks is, as messages are sorted in an alliance: when not all can be served, the last wait first. */
public enum Precedence {
    /** What can wait. */
    ROUTINE(0),
    /** Before what can wait. */
    PRIORITY(1),
    /** Before all that is not a matter of minutes. */
    IMMEDIATE(2),
    /** Never put off. */
    FLASH(3);

    private final int lower;

    Precedence(int lower) {
        this.lower = lower;
    }

    /** How many there are that wait before this one has to. */
    public int lower() {
        return lower;
    }

    @Override
    public String toString() {
        return Word.of(this);
    }
}
