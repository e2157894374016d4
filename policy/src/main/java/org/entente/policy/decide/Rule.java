package org.entente.policy.decide;

import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.entente.policy.condition.Condition;
import org.entente.policy.condition.Facts;
import org.entente.policy.condition.Truth;
import org.entente.policy.model.Glob;
import org.entente.policy.model.Levels;
import org.entente.policy.model.Located;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Site;

/** A policy made ready to be asked: what does not depend on the question is worked out once. */
final class Rule {
    /**
     * How well a policy fits: one that says how to place before those that only require, explicit priority, how much
     * its patterns say, whether it has a condition.
     */
    record Fit(boolean places, int priority, int bucket, int key, boolean conditional) implements Comparable<Fit> {
        private static final Comparator<Fit> ORDER = Comparator.comparing(Fit::places)
                .thenComparingInt(Fit::priority)
                .thenComparingInt(Fit::bucket)
                .thenComparingInt(Fit::key)
                .thenComparing(Fit::conditional);

        @Override
        public int compareTo(Fit other) {
            return ORDER.compare(this, other);
        }
    }

    private final Policy policy;
    private final List<Glob> buckets;
    private final List<Glob> keys;
    private final Optional<Function<Facts, Truth>> when;
    private final BitSet permitted;
    private final int[] order;

    private Rule(
            Policy policy,
            List<Glob> buckets,
            List<Glob> keys,
            Optional<Function<Facts, Truth>> when,
            BitSet permitted,
            int[] order) {
        this.policy = policy;
        this.buckets = buckets;
        this.keys = keys;
        this.when = when;
        this.permitted = permitted;
        this.order = order;
    }

    static Rule of(Policy policy, List<Site> sites, Levels levels) {
        Policy.Match match = policy.spec().match();
        BitSet permitted = new BitSet(sites.size());
        Requirements requirements = new Requirements(policy, levels);
        for (int i = 0; i < sites.size(); i++) {
            permitted.set(i, requirements.judge(sites.get(i)).permitted());
        }
        return new Rule(
                policy,
                match.buckets().stream().map(Located::value).toList(),
                match.keys().stream().map(Located::value).toList(),
                match.when().map(text -> condition(text.value(), levels)),
                permitted,
                order(policy, sites));
    }

    /** A condition that the check has found to be none narrows the fence always, should anybody decide by it. */
    private static Function<Facts, Truth> condition(String text, Levels levels) {
        try {
            return Condition.compile(text, levels)::of;
        } catch (Condition.Invalid e) {
            return facts -> Truth.UNKNOWN;
        }
    }

    private static int[] order(Policy policy, List<Site> sites) {
        List<String> preferred = policy.spec().placement().stream()
                .flatMap(p -> p.prefer().stream())
                .map(Located::value)
                .toList();
        return IntStream.range(0, sites.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> {
                    int place = preferred.indexOf(sites.get(i).name().value());
                    return place < 0 ? preferred.size() : place;
                }))
                .mapToInt(i -> i)
                .toArray();
    }

    Policy policy() {
        return policy;
    }

    List<Glob> buckets() {
        return buckets;
    }

    /** The sites that its own requirements leave, by their places. */
    BitSet permitted() {
        return permitted;
    }

    /** The places of all sites in the order of its preference. */
    int[] order() {
        return order.clone();
    }

    /** Whether its condition holds; true when it has none. */
    Truth holds(Question question) {
        return when.map(condition -> condition.apply(question.facts())).orElse(Truth.TRUE);
    }

    /** How well it fits; empty when it does not. A question about a whole bucket is ruled by what speaks of whole buckets. */
    Optional<Fit> fit(String bucket, Optional<String> key) {
        OptionalInt ofBucket = best(buckets, bucket);
        if (ofBucket.isEmpty()) {
            return Optional.empty();
        }
        OptionalInt ofKey;
        if (keys.isEmpty()) {
            ofKey = OptionalInt.of(0);
        } else if (key.isPresent()) {
            ofKey = best(keys, key.get());
        } else {
            ofKey = policy.spec().match().coversWholeBuckets() ? OptionalInt.of(0) : OptionalInt.empty();
        }
        return ofKey.isEmpty()
                ? Optional.empty()
                : Optional.of(new Fit(
                        policy.spec().placement().isPresent(),
                        policy.spec().priority(),
                        ofBucket.getAsInt(),
                        ofKey.getAsInt(),
                        when.isPresent()));
    }

    private static OptionalInt best(List<Glob> patterns, String text) {
        int best = -1;
        for (Glob pattern : patterns) {
            if (pattern.matches(text)) {
                best = Math.max(best, pattern.specificity());
            }
        }
        return best < 0 ? OptionalInt.empty() : OptionalInt.of(best);
    }
}
