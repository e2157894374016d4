package org.entente.gateway.rehoming;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.entente.gateway.catalogue.Bucket;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.Ruling;
import org.entente.policy.model.Site;

/**
 * Where a bucket should be, if not where it is. A bucket moves when its policies choose other members than they did, and when
 * it may not stay with one that it has; that a better site has come back is no reason.
 *
 * @param members the sites that it should have; empty when it need not move
 * @param ideal what its policies choose at present, whether or not it can be had
 */
public record Destination(Optional<List<String>> members, List<String> ideal) {

    /** The members that the policies choose when every site can be had. */
    public static List<String> ideal(Placement placement) {
        return names(placement.ruling().members().orElse(List.of()));
    }

    /**
     * @param placement of the bucket as a whole
     * @param usable whether a site may go on to hold anything
     */
    static Destination of(Bucket bucket, Placement placement, Predicate<String> usable) {
        Ruling ruling = placement.ruling();
        List<String> ideal = ideal(placement);
        List<String> heading = bucket.move().map(Bucket.Move::to).orElse(bucket.members());
        boolean chosenAnew = !bucket.ideal().isEmpty() && !bucket.ideal().equals(ideal);
        if (!chosenAnew && ruling.suits(heading, usable)) {
            return new Destination(Optional.empty(), ideal);
        }
        // What need not move stays where it is.
        List<String> kept = chosenAnew ? List.of() : bucket.members();
        Optional<List<String>> members = ruling.members(usable, kept)
                .map(chosen -> ruling.order().stream().filter(chosen::contains).toList())
                .map(Destination::names)
                .filter(chosen -> !chosen.equals(heading));
        return new Destination(members, ideal);
    }

    private static List<String> names(List<Site> sites) {
        return sites.stream().map(site -> site.name().value()).toList();
    }
}
