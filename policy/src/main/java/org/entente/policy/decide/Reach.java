package org.entente.policy.decide;

/** How far a permit reaches. */
public enum Reach {
    /** Look at what lies at the site already, or remove it. Sends no byte of an object, so no fence forbids it. */
    RETRIEVE,
    /** Send an object's bytes or metadata to the site: only within the fence. */
    STORE
}
