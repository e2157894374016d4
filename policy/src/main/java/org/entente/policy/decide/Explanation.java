package org.entente.policy.decide;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.entente.policy.model.Action;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Position;
import org.entente.policy.model.Site;

/**
 * A decision and its reasons in words, for people and their programs.
 *
 * @param permitted whether it may be done, and some site can do it
 * @param why the reason of a refusal; empty when it is permitted
 * @param policy the one that places, and where it is written; empty when it did not come to that
 * @param members the sites that should hold the object
 * @param targets the sites that it would be done at, in their order
 * @param sites each site, whether it is permitted, and the rules that say so
 */
public record Explanation(
        boolean permitted,
        Optional<String> why,
        Optional<Placed> policy,
        List<String> members,
        List<String> targets,
        List<Judged> sites) {

    /** @param at the line of its name */
    public record Placed(String name, Position at) {}

    /** @param reasons of the rules that forbid the site; when it is permitted, of those that hold */
    public record Judged(String site, boolean permitted, List<Reason> reasons) {}

    /** @param dark the sites that are assumed not to be reachable */
    public static Explanation of(Decision decision, Set<String> dark) {
        return switch (decision) {
            case Refusal refusal ->
                new Explanation(
                        false, Optional.of(refusal.reason()), Optional.empty(), List.of(), List.of(), List.of());
            case Placement placement -> of(placement, dark);
        };
    }

    private static Explanation of(Placement placement, Set<String> dark) {
        Ruling ruling = placement.ruling();
        Policy policy = ruling.policy();
        boolean writes = placement.question().action() == Action.WRITE;
        Optional<List<Site>> members = ruling.members();
        List<String> targets = (writes ? ruling.targets(dark) : members.orElse(List.of()))
                .stream()
                        .map(site -> site.name().value())
                        .filter(site -> !dark.contains(site))
                        .toList();
        return new Explanation(
                members.isPresent() && targets.size() >= (writes ? policy.acknowledge() : 1),
                why(ruling, members, targets, writes),
                Optional.of(new Placed(policy.name().value(), policy.name().at())),
                members.orElse(List.of()).stream()
                        .map(site -> site.name().value())
                        .toList(),
                targets,
                ruling.verdicts().stream()
                        .map(v -> new Judged(v.site().name().value(), v.permitted(), v.reasons()))
                        .toList());
    }

    private static Optional<String> why(
            Ruling ruling, Optional<List<Site>> members, List<String> targets, boolean writes) {
        Policy policy = ruling.policy();
        if (ruling.order().isEmpty()) {
            return Optional.of("no site is permitted");
        }
        if (members.isEmpty()) {
            return Optional.of(
                    "the permitted sites are too few, or not distinct enough, for " + policy.copies() + " copies");
        }
        if (writes && targets.size() < policy.acknowledge()) {
            return Optional.of(
                    "too few permitted sites can be reached: " + targets.size() + " of " + policy.acknowledge());
        }
        return targets.isEmpty() ? Optional.of("no site that holds it can be reached") : Optional.empty();
    }
}
