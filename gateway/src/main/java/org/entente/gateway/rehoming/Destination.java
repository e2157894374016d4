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
 * @param members the sites that it should have; empty when it need not move, or is on its way to them
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
        boolean chosenAnew = !bucket.ideal().isEmpty() && !bucket.ideal().equals(ideal);
        List<String> heading = bucket.move().map(Bucket.Move::to).orElse(bucket.members());
        Optional<List<String>> members = !chosenAnew && ruling.suits(bucket.members(), usable)
                ? Optional.of(bucket.members())
                // What need not move stays where it is.
                : ruling.members(usable, chosenAnew ? List.of() : bucket.members())
                        .map(chosen -> names(
                                ruling.order().stream().filter(chosen::contains).toList()));
        return new Destination(members.filter(there -> !there.equals(heading)), ideal);
    }

    private static List<String> names(List<Site> sites) {
        return sites.stream().map(site -> site.name().value()).toList();
    }
}
