package org.entente.gateway.replication;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.entente.gateway.journal.Claim;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.Intent;
import org.entente.gateway.journal.Standing;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.journal.Standing.Same;
import org.entente.gateway.journal.Standing.Summary;

/**
 * What a write has come to in all, from what it came to at each site. A function, so that every case can be tried.
 *
 * @param counts whether the client may be told that it is done
 * @param left what the journal says from now on; empty when only asking the sites can tell
 */
record Conclusion(boolean counts, Optional<Standing> left) {

    /**
     * @param outcomes of every target
     * @param what the listing's part of the object that was written
     */
    static Conclusion of(JointWrite write, Claim claim, Map<String, Outcome> outcomes, Summary what, Instant now) {
        Set<String> applied = sites(outcomes, Outcome.Applied.class);
        Set<String> unknown = sites(outcomes, Outcome.Unknown.class);
        if (counts(write, claim.before(), applied, now)) {
            if (write.kind() == Intent.Kind.AMEND) {
                return new Conclusion(true, Optional.of(amended(write, claim.before(), applied)));
            }
            return new Conclusion(true, Optional.of(after(write, claim.before(), applied, unknown, what, now)));
        }
        return new Conclusion(
                false, applied.isEmpty() && unknown.isEmpty() ? Optional.of(claim.before()) : Optional.empty());
    }

    /**
     * Whether these sites are enough. A deletion is remembered by the journal itself; no spare can stand in where an object is
     * only changed; and a site at which an earlier write may still take effect is not enough alone.
     *
     * @param applied the sites at which the write has taken effect
     */
    static boolean counts(JointWrite write, Standing before, Set<String> applied, Instant now) {
        Set<String> certain = new TreeSet<>(applied);
        certain.removeAll(doubtful(before, now));
        return switch (write.kind()) {
            case PUT, SETTLE -> applied.size() >= write.acknowledge() && !certain.isEmpty();
            case AMEND ->
                applied.size() >= Math.min(write.acknowledge(), write.targets().size()) && !applied.isEmpty();
            case DELETE -> !applied.isEmpty();
        };
    }

    /** The sites at which an earlier write may still take effect, whatever they show now. */
    static Set<String> doubtful(Standing before, Instant now) {
        Set<String> doubtful = new TreeSet<>();
        if (before instanceof Known known && known.doubtUntil().isAfter(now)) {
            doubtful.addAll(known.owed());
            doubtful.addAll(known.strays());
        }
        return doubtful;
    }

    /** How long it is until no earlier write can take effect any more; nothing or less where that is so already. */
    static Duration doubt(Standing standing, Instant now) {
        return standing instanceof Known known ? Duration.between(now, known.doubtUntil()) : Duration.ZERO;
    }

    /** What the sites hold is the same generation as before, and what is known of it has changed at some of them. */
    private static Standing amended(JointWrite write, Standing before, Set<String> applied) {
        Set<String> holders = new TreeSet<>(applied);
        if (before instanceof Known known) {
            holders.retainAll(known.holders().isEmpty() ? applied : known.holders());
        }
        Set<String> owed = new TreeSet<>(write.members());
        owed.removeAll(holders);
        if (before instanceof Known known) {
            Set<String> strays = new TreeSet<>(known.strays());
            strays.addAll(known.holders());
            strays.removeAll(write.members());
            return new Known(
                    true,
                    known.generation(),
                    holders,
                    owed,
                    strays,
                    known.doubtUntil(),
                    true,
                    known.what(),
                    write.principal());
        }
        return owed.isEmpty()
                ? new Same()
                : new Known(
                        true,
                        Generation.NONE,
                        holders,
                        owed,
                        Set.of(),
                        Instant.EPOCH,
                        true,
                        Summary.NOTHING,
                        write.principal());
    }

    private static Standing after(
            JointWrite write, Standing before, Set<String> applied, Set<String> unknown, Summary what, Instant now) {
        Set<String> holders = new TreeSet<>(applied);
        Set<String> strays = new TreeSet<>(applied);
        strays.addAll(unknown);
        Instant doubt = unknown.isEmpty() ? Instant.EPOCH : now.plus(Quarantine.LENGTH);
        if (before instanceof Known known) {
            // What an earlier write may still do at a site makes that site's word worth nothing until then.
            if (known.doubtUntil().isAfter(now)) {
                holders.removeAll(doubtful(before, now));
                doubt = doubt.isAfter(known.doubtUntil()) ? doubt : known.doubtUntil();
            }
            strays.addAll(known.strays());
            strays.addAll(known.holders());
        }
        strays.removeAll(write.members());
        boolean exists = write.kind() != Intent.Kind.DELETE;
        if (!exists) {
            strays.removeAll(applied);
            holders.retainAll(write.members());
        }
        Set<String> owed = new TreeSet<>(write.members());
        owed.removeAll(holders);
        Known after =
                new Known(exists, write.generation(), holders, owed, strays, doubt, false, what, write.principal());
        return after.settled() ? new Same() : after;
    }

    private static Set<String> sites(Map<String, Outcome> outcomes, Class<? extends Outcome> kind) {
        return outcomes.entrySet().stream()
                .filter(entry -> kind.isInstance(entry.getValue()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }
}
