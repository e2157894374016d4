package org.entente.policy.model;

/** What a grant lets a principal do. */
public enum Action {
    /** Get objects and what is known of them. */
    READ,
    /** Put, change and delete objects. */
    WRITE,
    /** See which objects and uploads there are. */
    LIST,
    /** Make, configure and delete buckets. */
    MANAGE;

    @Override
    public String toString() {
        return Word.of(this);
    }
}
