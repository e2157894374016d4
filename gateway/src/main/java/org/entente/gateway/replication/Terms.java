package org.entente.gateway.replication;

import java.util.List;
import java.util.Optional;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Decision;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Question;
import org.entente.policy.model.Principal;

/** What holds for those who keep objects the same that others wrote: the policies in force, and the sites. */
public record Terms(PolicyEngine engine, List<Principal> principals, SiteDirectory sites) {

    /**
     * Where an object that is there already may lie; empty when no policy speaks of it any more.
     *
     * @param writer the name of its principal, who may have been removed since
     */
    public Optional<Placement> of(ObjectName name, String writer, Facts.What object) {
        return placement(Question.upkeep(principal(writer), name.bucket(), Optional.of(name.key()), object));
    }

    /** Where a bucket may be. */
    public Optional<Placement> of(String bucket, String writer) {
        return placement(Question.upkeep(principal(writer), bucket, Optional.empty(), Question.PLAIN));
    }

    private Optional<Placement> placement(Question question) {
        Decision decision = engine.decide(question);
        return decision instanceof Placement placement ? Optional.of(placement) : Optional.empty();
    }

    private Optional<Principal> principal(String name) {
        return principals.stream().filter(p -> p.name().value().equals(name)).findFirst();
    }
}
