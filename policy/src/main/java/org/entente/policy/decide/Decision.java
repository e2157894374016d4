package org.entente.policy.decide;

/** The answer to a {@link Question}. */
public sealed interface Decision permits Placement, Refusal {}
