package org.entente.policy.region;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.entente.policy.model.Glob;
import org.entente.policy.model.Located;
import org.entente.policy.model.Policy;

/**
 * All regions of some policies: every bucket's name and key lies in exactly one of those without a condition.
 *
 * @param plain under the assumption that no condition holds
 * @param conditional for each condition that is written somewhere in a region, under the assumption that it alone holds
 * @param possible under the assumption that every condition holds, which none needs to be true for any object
 * @param patterns of buckets that no bucket's name fits
 * @param complete whether all could be looked at; patterns can be written that tell more apart than anybody could
 */
public record Regions(
        List<Region> plain, List<Region> conditional, List<Region> possible, Set<Glob> patterns, boolean complete) {

    public static Regions of(Collection<Policy> policies) {
        return of(policies, List.of());
    }

    /** @param others more patterns of buckets that regions shall not cross */
    public static Regions of(Collection<Policy> policies, Collection<Glob> others) {
        List<Policy> named = policies.stream()
                .sorted(Comparator.comparing(p -> p.name().value()))
                .toList();
        Set<Glob> patterns = new LinkedHashSet<>();
        named.forEach(p -> p.spec().match().buckets().forEach(b -> patterns.add(b.value())));
        patterns.addAll(others);
        Classes buckets = Classes.of(patterns, Classes.Kind.BUCKET);
        Finder finder = new Finder(named, buckets);
        buckets.examples().forEach(finder::bucket);
        Set<Glob> unused = new LinkedHashSet<>(buckets.patterns());
        buckets.examples()
                .keySet()
                .forEach(c -> c.stream().mapToObj(buckets.patterns()::get).forEach(unused::remove));
        return new Regions(
                finder.plain, finder.conditional, finder.possible, unused, buckets.complete() && finder.complete);
    }

    /** All of them, those without a condition first. */
    public List<Region> all() {
        List<Region> all = new ArrayList<>(plain);
        all.addAll(conditional);
        return all;
    }

    private static final class Finder {
        private final List<Policy> policies;
        private final Classes buckets;
        private final List<Region> plain = new ArrayList<>();
        private final List<Region> conditional = new ArrayList<>();
        private final List<Region> possible = new ArrayList<>();
        private boolean complete = true;

        Finder(List<Policy> policies, Classes buckets) {
            this.policies = policies;
            this.buckets = buckets;
        }

        void bucket(BitSet fitting, String example) {
            Set<Glob> patterns =
                    fitting.stream().mapToObj(buckets.patterns()::get).collect(Collectors.toSet());
            List<Policy> speaking = policies.stream()
                    .filter(p -> p.spec().match().buckets().stream().anyMatch(b -> patterns.contains(b.value())))
                    .toList();
            String name = name(buckets.narrowest(fitting));
            Set<Glob> keys = new LinkedHashSet<>();
            speaking.forEach(p -> p.spec().match().keys().forEach(k -> keys.add(k.value())));
            if (keys.stream().allMatch(Glob::matchesEverything)) {
                add(name, speaking, example, Optional.empty());
                return;
            }
            Classes classes = Classes.of(keys, Classes.Kind.KEY);
            complete &= classes.complete();
            classes.examples().forEach((fittingKeys, key) -> {
                List<Glob> narrowest = classes.narrowest(fittingKeys);
                add(
                        narrowest.isEmpty() || narrowest.stream().allMatch(Glob::matchesEverything)
                                ? name
                                : name + "/" + name(narrowest),
                        speaking.stream().filter(p -> fits(p, key)).toList(),
                        example,
                        Optional.of(key));
            });
        }

        private static boolean fits(Policy policy, String key) {
            List<Located<Glob>> keys = policy.spec().match().keys();
            return keys.isEmpty() || keys.stream().anyMatch(k -> k.value().matches(key));
        }

        private static String name(List<Glob> patterns) {
            return patterns.isEmpty()
                    ? "(any other)"
                    : patterns.stream().map(Glob::toString).sorted().collect(Collectors.joining(" & "));
        }

        private void add(String name, List<Policy> speaking, String bucket, Optional<String> key) {
            List<Policy> certain =
                    speaking.stream().filter(p -> condition(p).isEmpty()).toList();
            plain.add(new Region(name, certain, bucket, key, Optional.empty()));
            possible.add(new Region(name, speaking, bucket, key, Optional.empty()));
            Set<String> conditions = new TreeSet<>();
            speaking.forEach(p -> condition(p).ifPresent(conditions::add));
            for (String when : conditions) {
                conditional.add(new Region(
                        name + " when " + when,
                        speaking.stream()
                                .filter(p -> condition(p).map(when::equals).orElse(true))
                                .toList(),
                        bucket,
                        key,
                        Optional.of(when)));
            }
        }

        private static Optional<String> condition(Policy policy) {
            return policy.spec().match().when().map(Located::value);
        }
    }

    /** By name, for tables. */
    public Map<String, Region> byName() {
        return all().stream().collect(Collectors.toMap(Region::name, r -> r, (a, b) -> a, TreeMap::new));
    }
}
