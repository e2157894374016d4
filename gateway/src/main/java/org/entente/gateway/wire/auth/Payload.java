package org.entente.gateway.wire.auth;

import org.entente.backends.sigv4.SigningKey;

/** What the signature of a request's head says of its body. */
public sealed interface Payload {
    /** Nothing. */
    record Unsigned() implements Payload {}

    /** @param sha256 of all its bytes, in lower-case hexadecimal */
    record Hashed(String sha256) implements Payload {}

    /**
     * It comes in chunks, each signed with the signature before it.
     *
     * @param seed the head's signature
     * @param trailer whether a signed trailer follows
     */
    record SignedChunks(SigningKey key, String timestamp, String seed, boolean trailer) implements Payload {}

    /** It comes in chunks, unsigned, with a trailer. */
    record UnsignedChunks() implements Payload {}
}
