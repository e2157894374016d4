package org.entente.gateway.wire.auth;

import org.entente.policy.model.Principal;

/**
 * Whose an access key is.
 *
 * @param secret the key's other half
 */
public record Identity(Principal principal, String secret) {
    @Override
    public String toString() {
        return "Identity[" + principal.name() + "]";
    }
}
