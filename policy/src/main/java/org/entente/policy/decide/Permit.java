package org.entente.policy.decide;

import java.util.Optional;
import org.entente.policy.model.Site;

/**
 * The right to reach one site for one bucket and key. Only a {@link Placement} gives it out, and whatever sends
 * requests to sites takes nothing else, so that no code can send bytes past the fence by mistake.
 */
public final class Permit {
    private final Site site;
    private final Question question;
    private final Reach reach;

    Permit(Site site, Question question, Reach reach) {
        this.site = site;
        this.question = question;
        this.reach = reach;
    }

    public Site site() {
        return site;
    }

    public String bucket() {
        return question.bucket();
    }

    /** The object's key; empty where the bucket as a whole is meant. */
    public Optional<String> key() {
        return question.key();
    }

    /** What was asked when it was given. */
    public Question question() {
        return question;
    }

    public Reach reach() {
        return reach;
    }

    @Override
    public String toString() {
        return "Permit[" + reach + " " + bucket() + key().map(k -> "/" + k).orElse("") + " at " + site.name() + "]";
    }
}
