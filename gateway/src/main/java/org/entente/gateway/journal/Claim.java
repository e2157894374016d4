package org.entente.gateway.journal;

/**
 * The right to end a write of a key. As long as one is held, no other write of that key can come to its end, through
 * whichever gateway.
 *
 * @param before what the write before left
 */
public record Claim(Intent intent, Standing before) {}
