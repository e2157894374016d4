package org.entente.gateway.replication;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.entente.gateway.journal.Claim;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.Home;
import org.entente.gateway.journal.Intent;
import org.entente.gateway.journal.Standing;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.journal.Standing.Same;
import org.entente.gateway.journal.Standing.Summary;

/**
 * What a write has come to in all, from what it came to at each site. A function, so that every case can be tried.
 *
 * @param before what the journal said when the key was claimed
 * @param sent when the sites began to be given what they could act on: what an earlier write could do at that time, it may have
 *     done to this one
 * @param applied the sites at which it has taken effect
 * @param unknown those at which it may have, or still may
 * @param lacking in a bucket that keeps versions, the sites that lack some, or did not say what they call the new one
 * @param what the listing's part of the object that was written
 */
record Conclusion(
        JointWrite write,
        Standing before,
        Instant sent,
        Set<String> applied,
        Set<String> unknown,
        Set<String> lacking,
        Summary what,
        Instant now) {

    /** @param outcomes of every target */
    static Conclusion of(
            JointWrite write,
            Claim claim,
            Instant sent,
            Map<String, Outcome> outcomes,
            Set<String> lacking,
            Summary what,
            Instant now) {
        return new Conclusion(
                write,
                claim.before(),
                sent,
                sites(outcomes, Outcome.Applied.class),
                sites(outcomes, Outcome.Unknown.class),
                lacking,
                what,
                now);
    }

    /** Whether the client may be told that it is done. */
    boolean counts() {
        return counts(write, before, applied, sent);
    }

    /** Whether it is known what it has come to; when not, only asking the sites can tell. */
    boolean isKnown() {
        return counts() || (applied.isEmpty() && unknown.isEmpty());
    }

    /** What the journal says from now on. */
    Standing left(Home home) {
        if (!counts()) {
            return before;
        }
        return write.kind() == Intent.Kind.AMEND ? amended(home) : after(home);
    }

    /**
     * Whether these sites are enough. A deletion is remembered by the journal itself; no spare can stand in where an object is
     * only changed; and a site at which an earlier write may still take effect is not enough alone.
     *
     * @param applied the sites at which the write has taken effect
     */
    static boolean counts(JointWrite write, Standing before, Set<String> applied, Instant sent) {
        Set<String> certain = new TreeSet<>(applied);
        certain.removeAll(doubtful(before, sent));
        return switch (write.kind()) {
            case PUT, PURGE, SETTLE -> applied.size() >= write.acknowledge() && !certain.isEmpty();
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
    private Standing amended(Home home) {
        Set<String> holders = new TreeSet<>(applied);
        if (before instanceof Known known) {
            holders.retainAll(known.holders().isEmpty() ? applied : known.holders());
        }
        Set<String> owed = new TreeSet<>(home.wanted());
        owed.removeAll(holders);
        if (before instanceof Known known) {
            Set<String> strays = new TreeSet<>(known.strays());
            strays.addAll(known.holders());
            home.wanted().forEach(strays::remove);
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

    private Standing after(Home home) {
        Set<String> holders = new TreeSet<>(applied);
        Set<String> strays = new TreeSet<>(applied);
        strays.addAll(unknown);
        Instant doubt = unknown.isEmpty() ? Instant.EPOCH : now.plus(Quarantine.LENGTH);
        if (before instanceof Known known) {
            // What an earlier write may still do at a site makes that site's word worth nothing until then.
            if (known.doubtUntil().isAfter(sent)) {
                holders.removeAll(doubtful(before, sent));
                doubt = doubt.isAfter(known.doubtUntil()) ? doubt : known.doubtUntil();
            }
            strays.addAll(known.strays());
            strays.addAll(known.holders());
        }
        home.wanted().forEach(strays::remove);
        boolean exists = write.kind() != Intent.Kind.DELETE;
        if (!exists) {
            // Where versions are kept, a deletion leaves them all.
            if (!write.bucket().versioned()) {
                strays.removeAll(applied);
            }
            holders.retainAll(home.wanted());
        }
        holders.removeAll(lacking);
        Set<String> owed = new TreeSet<>(home.wanted());
        owed.removeAll(holders);
        Known after = new Known(exists, write.shown(), holders, owed, strays, doubt, false, what, write.principal());
        return after.settled() ? new Same() : after;
    }

    private static Set<String> sites(Map<String, Outcome> outcomes, Class<? extends Outcome> kind) {
        return outcomes.entrySet().stream()
                .filter(entry -> kind.isInstance(entry.getValue()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }
}
