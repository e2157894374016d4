package org.entente.gateway.config;

import java.util.Map;
import java.util.Optional;
import org.entente.gateway.federation.SiteDirectory;
import org.entente.gateway.wire.auth.Identity;
import org.entente.policy.decide.PolicyEngine;

/**
 * All that a request needs to know of the configuration. It is read once, at the request's entry, and never changes.
 *
 * @param identities by access key
 */
public record Snapshot(PolicyEngine engine, Map<String, Identity> identities, SiteDirectory sites) {
    public Snapshot {
        identities = Map.copyOf(identities);
    }

    public Optional<Identity> identity(String accessKey) {
        return Optional.ofNullable(identities.get(accessKey));
    }
}
