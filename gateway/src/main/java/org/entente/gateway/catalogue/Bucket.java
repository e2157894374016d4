package org.entente.gateway.catalogue;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.entente.gateway.journal.Home;

/**
 * A bucket as clients know it.
 *
 * @param owner the principal that made it
 * @param policy the one that placed it
 * @param members the sites that should hold its objects, the preferred one first
 * @param ideal the members that its policies chose when it was last placed, whether or not they could be had; empty where that
 *     is not known
 * @param leaving sites that have been members, and where what they hold of it is still to be removed
 * @param documents what its owner says of it, as it came
 */
public record Bucket(
        String name,
        String owner,
        String policy,
        List<String> members,
        Instant created,
        List<String> ideal,
        Optional<Move> move,
        List<String> leaving,
        Map<DocumentKind, String> documents) {

    private static final String ENABLED = ">Enabled<";

    /** A bucket's way to other members. */
    public record Move(List<String> to, Home.Phase phase, Instant since) {
        public Move {
            to = List.copyOf(to);
        }
    }

    public Bucket {
        members = List.copyOf(members);
        ideal = List.copyOf(ideal);
        leaving = List.copyOf(leaving);
        documents = Map.copyOf(documents);
        if (members.isEmpty()) {
            throw new IllegalArgumentException("a bucket has a member");
        }
    }

    /** A new one. */
    public Bucket(
            String name,
            String owner,
            String policy,
            List<String> members,
            Instant created,
            List<String> ideal,
            Map<DocumentKind, String> documents) {
        this(name, owner, policy, members, created, ideal, Optional.empty(), List.of(), documents);
    }

    /**
     * Whether more than one site holds its objects, so that the journal must know what is not the same everywhere; or has done
     * so, so that clients know its versions by our ids.
     */
    public boolean replicated() {
        return members.size() > 1 || move.isPresent() || !leaving.isEmpty() || versioned();
    }

    /** Whether it keeps versions of its objects, as far as that is for the gateway to know: at several sites. */
    public boolean versioned() {
        return documents.containsKey(DocumentKind.VERSIONING);
    }

    /** Whether new versions are kept beside older ones; else a new one takes the place of the one called null. */
    public boolean keepsVersions() {
        return document(DocumentKind.VERSIONING)
                .filter(text -> text.contains(ENABLED))
                .isPresent();
    }

    /**
     * What a site is to be told of a kind: of versions, always that it keeps them, since it could be given no second one
     * otherwise. That new ones take the place of the one called null is for the map of versions alone.
     */
    public Optional<String> atSites(DocumentKind kind) {
        return kind == DocumentKind.VERSIONING
                ? document(kind).map(text -> text.replace(">Suspended<", ENABLED))
                : document(kind);
    }

    /** Whether its objects can be locked, so that no site may have it that cannot lock them. */
    public boolean lockable() {
        return documents.containsKey(DocumentKind.OBJECT_LOCK);
    }

    public Optional<String> document(DocumentKind kind) {
        return Optional.ofNullable(documents.get(kind));
    }

    public Home home() {
        return move.map(way -> Home.between(members, way.to(), way.phase())).orElse(Home.at(members));
    }

    /** Every site that may hold something of it, spares excepted. */
    public Set<String> everywhere() {
        Set<String> all = new LinkedHashSet<>(home().sites());
        all.addAll(leaving);
        return all;
    }
}
