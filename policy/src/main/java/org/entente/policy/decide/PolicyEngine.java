package org.entente.policy.decide;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.entente.policy.model.Clearance;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Glob;
import org.entente.policy.model.Located;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Position;
import org.entente.policy.model.Site;

/**
 * Decides from documents that were found to be without error. Immutable, and a function: the same question has the
 * same answer, whatever is healthy, cheap or near.
 */
public final class PolicyEngine {
    /** How well a policy fits: explicit priority first, then how much its patterns say. */
    private record Fit(int priority, int bucket, int key) implements Comparable<Fit> {
        private static final Comparator<Fit> ORDER = Comparator.comparingInt(Fit::priority)
                .thenComparingInt(Fit::bucket)
                .thenComparingInt(Fit::key);

        @Override
        public int compareTo(Fit other) {
            return ORDER.compare(this, other);
        }
    }

    private record Match(Policy policy, Fit fit) {}

    private static final Located<Glob> EVERY_KEY = new Located<>(Glob.parse("**"), new Position("", 1, 1));

    private final List<Site> sites;
    private final List<Policy> policies;

    public PolicyEngine(Documents documents) {
        this.sites = documents.sites();
        this.policies = documents.policies();
    }

    public Decision decide(Question question) {
        if (!question.principal().may(question.action(), question.bucket())) {
            return new Refusal(
                    Refusal.Cause.NO_GRANT,
                    "principal " + question.principal().name() + " has no grant to " + question.action() + " bucket "
                            + question.bucket(),
                    List.of());
        }
        List<Match> matches = policies.stream()
                .flatMap(policy -> match(policy, question).stream())
                .toList();
        if (matches.isEmpty()) {
            return new Refusal(Refusal.Cause.NO_POLICY, "no policy speaks of bucket " + question.bucket(), List.of());
        }
        Optional<Refusal> uncleared = uncleared(question, matches);
        if (uncleared.isPresent()) {
            return uncleared.get();
        }
        Fence fence = new Fence(matches.stream().map(Match::policy).toList());
        List<Verdict> verdicts = sites.stream().map(fence::judge).toList();
        Policy best = matches.stream()
                .max(Comparator.comparing(Match::fit))
                .orElseThrow()
                .policy();
        return new Placement(question, best, copies(best), inOrder(best, verdicts), verdicts);
    }

    /** The sites that this policy's own requirements leave. */
    public static List<Site> sitesPermittedBy(Policy policy, List<Site> sites) {
        Fence fence = new Fence(List.of(policy));
        return sites.stream().filter(site -> fence.judge(site).permitted()).toList();
    }

    /** Whether some object fits both policies equally well, so that neither could decide its placement. */
    public static boolean tie(Policy a, Policy b) {
        return a.spec().priority() == b.spec().priority()
                && equallyWell(a.spec().match().buckets(), b.spec().match().buckets())
                && equallyWell(keys(a), keys(b));
    }

    private static boolean equallyWell(List<Located<Glob>> some, List<Located<Glob>> others) {
        return some.stream()
                .anyMatch(a -> others.stream()
                        .anyMatch(b -> a.value().specificity() == b.value().specificity()
                                && a.value().overlaps(b.value())));
    }

    private static List<Located<Glob>> keys(Policy policy) {
        List<Located<Glob>> keys = policy.spec().match().keys();
        return keys.isEmpty() ? List.of(EVERY_KEY) : keys;
    }

    /** A question about a whole bucket is ruled by the policies that speak of whole buckets. */
    private static Optional<Match> match(Policy policy, Question question) {
        Optional<Integer> bucket = best(policy.spec().match().buckets(), question.bucket());
        Optional<Integer> key = question.key()
                .map(k -> best(keys(policy), k))
                .orElseGet(() -> policy.spec().match().coversWholeBuckets() ? Optional.of(0) : Optional.empty());
        return bucket.flatMap(b ->
                key.map(k -> new Match(policy, new Fit(policy.spec().priority(), b, k))));
    }

    private static Optional<Integer> best(List<Located<Glob>> patterns, String text) {
        return patterns.stream()
                .map(Located::value)
                .filter(p -> p.matches(text))
                .map(Glob::specificity)
                .max(Comparator.naturalOrder());
    }

    private static Optional<Refusal> uncleared(Question question, List<Match> matches) {
        Clearance cleared = question.principal().spec().clearance();
        return matches.stream()
                .map(Match::policy)
                .flatMap(p -> p.spec().residency().stream()
                        .flatMap(r -> r.clearance().stream())
                        .filter(required -> !cleared.covers(required.value()))
                        .map(required -> new Refusal(
                                Refusal.Cause.NOT_CLEARED,
                                "principal " + question.principal().name() + " is cleared for " + cleared
                                        + " only, and policy " + p.name() + " is for " + required.value() + " ("
                                        + required.at() + ")",
                                List.of())))
                .findFirst();
    }

    private static int copies(Policy policy) {
        return policy.spec().placement().map(p -> p.copies().value()).orElse(1);
    }

    private static List<Verdict> inOrder(Policy policy, List<Verdict> verdicts) {
        List<String> preferred = policy.spec().placement().stream()
                .flatMap(p -> p.prefer().stream())
                .map(Located::value)
                .toList();
        Stream<Verdict> permitted = verdicts.stream().filter(Verdict::permitted);
        return permitted
                .sorted(Comparator.comparingInt(v -> {
                    int place = preferred.indexOf(v.site().name().value());
                    return place < 0 ? preferred.size() : place;
                }))
                .toList();
    }
}
