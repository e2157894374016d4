package org.entente.policy.foresight;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Ruling;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Glob;
import org.entente.policy.model.Located;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Site;
import org.entente.policy.region.Region;
import org.entente.policy.region.Regions;

/**
 * What new documents change for the objects that the old and the new policies tell apart. Objects for which nothing
 * changes are left out.
 *
 * @param rows by the names of the kinds of objects
 * @param complete whether all kinds of objects could be looked at
 */
public record Change(List<Row> rows, boolean complete) {

    /**
     * @param name of the kind of objects
     * @param ruled whether some policy spoke of them before, and does so now
     * @param widened sites that they may be sent to and might not before
     * @param narrowed sites that they may not be sent to any more
     * @param before the sites that held them
     * @param after the sites that shall hold them
     */
    public record Row(
            String name,
            Ruled ruled,
            List<String> widened,
            List<String> narrowed,
            List<String> before,
            List<String> after) {

        boolean changes() {
            return ruled != Ruled.STILL || !widened.isEmpty() || !narrowed.isEmpty() || !before.equals(after);
        }

        /** The sites that objects would have to be brought to. */
        public List<String> movedTo() {
            return ruled == Ruled.NEWLY ? List.of() : without(after, before);
        }

        /** The sites that objects would have to be removed from. */
        public List<String> movedFrom() {
            return ruled == Ruled.NEWLY ? List.of() : without(before, after);
        }
    }

    /** Whether some policy speaks of objects. */
    public enum Ruled {
        NEWLY,
        NO_MORE,
        STILL
    }

    /** Whether objects might be sent somewhere that they might not before. */
    public boolean widens() {
        return rows.stream().anyMatch(row -> !row.widened().isEmpty());
    }

    public static Change of(Documents before, Documents after) {
        PolicyEngine old = PolicyEngine.compile(before);
        PolicyEngine young = PolicyEngine.compile(after);
        Set<Policy> all = new LinkedHashSet<>(before.policies());
        after.policies().forEach(policy -> all.add(renamed(policy)));
        Regions regions = Regions.of(all, patterns(all));
        List<Row> rows = new ArrayList<>();
        for (Region region : regions.byName().values()) {
            Row row = row(
                    region,
                    old.ruling(speaking(before, region), region.bucket(), region.key()),
                    young.ruling(speaking(after, region), region.bucket(), region.key()));
            if (row.changes()) {
                rows.add(row);
            }
        }
        return new Change(rows, regions.complete());
    }

    /** Policies of one name, old and new, are two. */
    private static Policy renamed(Policy policy) {
        return new Policy(
                new Located<>(policy.name().value() + " (new)", policy.name().at()), policy.spec());
    }

    private static Set<Glob> patterns(Collection<Policy> policies) {
        return policies.stream()
                .flatMap(p -> p.spec().match().buckets().stream())
                .map(Located::value)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static List<Policy> speaking(Documents documents, Region region) {
        return documents.policies().stream()
                .filter(policy -> fits(policy.spec().match().buckets(), Optional.of(region.bucket()))
                        && fits(policy.spec().match().keys(), region.key()))
                .filter(policy -> policy.spec()
                        .match()
                        .when()
                        .map(when -> region.when().filter(when.value()::equals).isPresent())
                        .orElse(true))
                .toList();
    }

    private static boolean fits(List<Located<Glob>> patterns, Optional<String> text) {
        return patterns.isEmpty()
                || text.isEmpty()
                || patterns.stream().anyMatch(p -> p.value().matches(text.get()));
    }

    private static Row row(Region region, Optional<Ruling> before, Optional<Ruling> after) {
        List<String> was = permitted(before);
        List<String> is = permitted(after);
        Ruled ruled = before.isPresent() == after.isPresent()
                ? Ruled.STILL
                : (after.isPresent() ? Ruled.NEWLY : Ruled.NO_MORE);
        return new Row(region.name(), ruled, without(is, was), without(was, is), members(before), members(after));
    }

    private static List<String> permitted(Optional<Ruling> ruling) {
        return names(ruling.stream().flatMap(r -> r.order().stream()));
    }

    private static List<String> members(Optional<Ruling> ruling) {
        return ruling.flatMap(Ruling::members).stream()
                .flatMap(List::stream)
                .map(site -> site.name().value())
                .toList();
    }

    private static List<String> names(Stream<Site> sites) {
        return List.copyOf(sites.map(site -> site.name().value()).collect(Collectors.toCollection(TreeSet::new)));
    }

    private static List<String> without(List<String> some, List<String> others) {
        return some.stream().filter(site -> !others.contains(site)).toList();
    }
}
