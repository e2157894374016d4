package org.entente.gateway.config;

import java.util.Map;
import java.util.Optional;
import org.entente.gateway.replication.Terms;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.gateway.wire.auth.Identity;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.model.Documents;

/**
 * All that a request needs to know of the configuration. It is read once, at the request's entry, and never changes.
 *
 * @param revision the number of the set of policies, counted from 1
 * @param identities by access key
 * @param tokens the operators' bearer tokens
 */
public record Snapshot(
        long revision,
        Documents documents,
        PolicyEngine engine,
        Map<String, Identity> identities,
        OperatorTokens tokens,
        SiteDirectory sites) {
    public Snapshot {
        identities = Map.copyOf(identities);
    }

    public Optional<Identity> identity(String accessKey) {
        return Optional.ofNullable(identities.get(accessKey));
    }

    /** What those go by who keep objects the same. */
    public Terms terms() {
        return new Terms(engine, documents.principals(), sites);
    }
}
