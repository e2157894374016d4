package org.entente.policy.decide;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.entente.policy.condition.Facts;
import org.entente.policy.condition.Truth;
import org.entente.policy.model.Action;
import org.entente.policy.model.Classification;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Level;
import org.entente.policy.model.Levels;
import org.entente.policy.model.Located;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Principal;
import org.entente.policy.model.Site;
import org.jspecify.annotations.Nullable;

/**
 * Decides from documents that were found to be without error. Immutable, and a function: the same question has the
 * same answer, whatever is healthy, cheap or near.
 */
public final class PolicyEngine {
    private final List<Site> sites;
    private final Classification.Spec classification;
    private final Levels levels;
    private final List<Rule> rules;
    private final PatternIndex index;

    private PolicyEngine(List<Site> sites, Classification.Spec classification, List<Rule> rules) {
        this.sites = sites;
        this.classification = classification;
        this.levels = classification.order();
        this.rules = rules;
        this.index = new PatternIndex(rules);
    }

    /** Works out all that does not depend on a question. */
    public static PolicyEngine compile(Documents documents) {
        Levels levels = documents.levels();
        return new PolicyEngine(
                documents.sites(),
                documents.classification(),
                documents.policies().stream()
                        .map(policy -> Rule.of(policy, documents.sites(), levels))
                        .toList());
    }

    /** How objects say how confidential they are. */
    public Classification.Spec classification() {
        return classification;
    }

    public Decision decide(Question question) {
        if (question.authority() == Question.Authority.GRANT && !isGranted(question)) {
            return new Refusal(
                    Refusal.Cause.NO_GRANT,
                    "principal " + question.principal().name() + " has no grant to " + question.action() + " bucket "
                            + question.bucket());
        }
        Optional<Level> label = Optional.empty();
        String written = question.object().map(Facts.What::label).orElse("");
        if (!written.isEmpty()) {
            label = levels.order().stream()
                    .filter(l -> l.word().equals(written))
                    .findFirst();
            if (label.isEmpty()) {
                return new Refusal(
                        Refusal.Cause.UNKNOWN_LABEL, "the label '" + written + "' is none of " + levels.order());
            }
        }
        return decide(question, label);
    }

    private static boolean isGranted(Question question) {
        return question.principal().may(question.action(), question.bucket());
    }

    private Decision decide(Question question, Optional<Level> label) {
        List<Rule> matching = new ArrayList<>();
        boolean certain = true;
        @Nullable Rule best = null;
        Rule.@Nullable Fit fits = null;
        @Nullable
        Refusal no = label.filter(level -> !question.upkeep())
                .flatMap(level -> uncleared(question, level))
                .orElse(null);
        BitSet candidates = index.candidates(question.bucket());
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
            Rule rule = rules.get(i);
            Optional<Rule.Fit> fit = rule.fit(question.bucket(), question.key());
            Truth holds = fit.isPresent() ? rule.holds(question) : Truth.FALSE;
            if (fit.isEmpty() || holds == Truth.FALSE) {
                continue;
            }
            certain &= holds == Truth.TRUE;
            matching.add(rule);
            if (no == null && binds(holds, question)) {
                no = uncleared(question, rule.policy()).orElse(null);
            }
            if (fits == null || fit.get().compareTo(fits) > 0) {
                best = rule;
                fits = fit.get();
            }
        }
        if (best == null) {
            return new Refusal(Refusal.Cause.NO_POLICY, "no policy speaks of " + subject(question));
        }
        if (no == null) {
            no = unshared(question, matching).orElse(null);
        }
        return no != null ? no : new Placement(question, new Ruling(sites, levels, best, matching, label), certain);
    }

    private static String subject(Question question) {
        return "bucket " + question.bucket()
                + question.key().map(key -> " and key " + key).orElse("");
    }

    /** What may hold binds writers; readers are judged again by what the object turns out to be. */
    private static boolean binds(Truth holds, Question question) {
        return !question.upkeep() && (holds == Truth.TRUE || question.action() == Action.WRITE);
    }

    private Optional<Refusal> uncleared(Question question, Policy policy) {
        return policy.spec()
                .residency()
                .flatMap(Policy.Residency::clearance)
                .filter(required -> !levels.covers(cleared(question), required.value()))
                .map(required -> new Refusal(
                        Refusal.Cause.NOT_CLEARED,
                        "principal " + question.principal().name() + " is cleared for " + cleared(question)
                                + " only, and policy " + policy.name() + " is for " + required.value() + " ("
                                + required.at() + ")"));
    }

    private static Optional<Refusal> unshared(Question question, List<Rule> matching) {
        if (question.authority() != Question.Authority.BUCKET_POLICY || isGranted(question)) {
            return Optional.empty();
        }
        Policy.Sharing needed =
                question.principal().equals(Principal.ANONYMOUS) ? Policy.Sharing.ANYONE : Policy.Sharing.PRINCIPALS;
        Policy.Sharing allowed = matching.stream()
                .flatMap(rule -> rule.policy().spec().sharing().stream())
                .min(Comparator.naturalOrder())
                .orElse(Policy.Sharing.PRINCIPALS);
        return allowed.compareTo(needed) < 0
                ? Optional.of(new Refusal(
                        Refusal.Cause.NOT_SHARED,
                        "the bucket's owner lets " + question.principal().name()
                                + " in, and the policies allow owners to share with " + allowed + " only"))
                : Optional.empty();
    }

    private Optional<Refusal> uncleared(Question question, Level label) {
        return levels.covers(cleared(question), label)
                ? Optional.empty()
                : Optional.of(new Refusal(
                        Refusal.Cause.NOT_CLEARED,
                        "principal " + question.principal().name() + " is cleared for " + cleared(question)
                                + " only, and the object is labelled " + label));
    }

    private Level cleared(Question question) {
        return question.principal().spec().clearance().map(Located::value).orElse(levels.lowest());
    }

    /**
     * What these policies would say together of an object that fits them all, whoever asks; empty when there are none.
     * For those who look at policies as a whole.
     *
     * @param bucket a name that fits them all
     * @param key a key that fits them all; empty where the bucket as a whole is meant
     */
    public Optional<Ruling> ruling(Collection<Policy> policies, String bucket, Optional<String> key) {
        List<Rule> chosen =
                rules.stream().filter(rule -> policies.contains(rule.policy())).toList();
        return chosen.stream()
                .filter(rule -> rule.fit(bucket, key).isPresent())
                .max((a, b) -> a.fit(bucket, key)
                        .orElseThrow()
                        .compareTo(b.fit(bucket, key).orElseThrow()))
                .map(best -> new Ruling(sites, levels, best, chosen, Optional.empty()));
    }

    /** Whether both policies would place an object, and neither fits it better than the other. */
    public boolean tie(Policy a, Policy b, String bucket, Optional<String> key) {
        return a.spec().placement().isPresent() && rule(a).fit(bucket, key).equals(rule(b).fit(bucket, key));
    }

    private Rule rule(Policy policy) {
        return rules.stream()
                .filter(rule -> rule.policy().equals(policy))
                .findFirst()
                .orElseThrow();
    }
}
