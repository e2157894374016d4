package org.entente.gateway.wire.auth;

import org.entente.policy.model.Principal;

/** A request whose signature is right. */
public record Authenticated(Principal principal, Payload payload) {}
