package org.entente.policy.foresight;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Decision;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Question;
import org.entente.policy.decide.Refusal;
import org.entente.policy.decide.Ruling;
import org.entente.policy.model.Action;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Level;
import org.entente.policy.model.Located;
import org.entente.policy.model.PolicyTest;
import org.entente.policy.model.PolicyTest.Case;
import org.entente.policy.model.PolicyTest.Expected;
import org.entente.policy.model.PolicyTest.Given;
import org.entente.policy.model.PolicyTest.Why;
import org.entente.policy.model.Principal;

/**
 * One of the author's cases, run.
 *
 * @param suite the name of the document
 * @param name the case's, with its place
 * @param failures what is not as expected; none when all is well
 */
public record Trial(String suite, Located<String> name, List<String> failures) {
    public Trial {
        failures = List.copyOf(failures);
    }

    public boolean passed() {
        return failures.isEmpty();
    }

    /** Runs all cases of the documents, in the order of their names and lines. */
    public static List<Trial> all(Documents documents) {
        PolicyEngine engine = PolicyEngine.compile(documents);
        List<Trial> trials = new ArrayList<>();
        for (PolicyTest test : documents.tests()) {
            for (Case each : test.spec().cases()) {
                Principal principal = documents.principals().stream()
                        .filter(p ->
                                p.name().value().equals(each.given().principal().value()))
                        .findFirst()
                        .orElseThrow();
                Given given = each.given();
                Decision decision = engine.decide(question(given, principal));
                trials.add(new Trial(test.name().value(), each.name(), compare(each.expect(), decision, given)));
            }
        }
        return trials;
    }

    private static Question question(Given given, Principal principal) {
        return new Question(
                principal,
                given.action(),
                given.operation(),
                given.bucket(),
                given.key(),
                Optional.of(new Facts.What(
                        given.label().map(Located::value).map(Level::word).orElse(""), given.tags())));
    }

    private static List<String> compare(Expected expected, Decision decision, Given given) {
        List<String> failures = new ArrayList<>();
        Set<String> dark = given.dark().stream().map(Located::value).collect(Collectors.toSet());
        Optional<Why> why = why(decision, dark);
        String got = got(decision, why, given.action(), dark);
        expected.refused()
                .filter(w -> !why.equals(Optional.of(w)))
                .ifPresent(w -> failures.add("expected: refused " + w + "; got: " + got));
        expected.sites()
                .map(sites -> sites.stream().map(Located::value).toList())
                .filter(sites -> why.isPresent() || !sites.equals(sites(decision, given.action(), dark)))
                .ifPresent(sites -> failures.add("expected: " + String.join(", ", sites) + "; got: " + got));
        expected.policy()
                .filter(policy -> !(decision instanceof Placement placed)
                        || !placed.policy().name().value().equals(policy.value()))
                .ifPresent(policy -> failures.add("expected: placed by " + policy + "; got: " + got));
        if (decision instanceof Placement placed) {
            expected.never().stream()
                    .filter(site -> placed.ruling().permits(site.value()))
                    .forEach(site -> failures.add("expected: never " + site + "; got: it is permitted"));
        }
        return failures;
    }

    /** A write takes the sites that hold it then; a look, the members that can be reached. */
    private static List<String> sites(Decision decision, Action action, Set<String> dark) {
        if (!(decision instanceof Placement placed)) {
            return List.of();
        }
        Ruling ruling = placed.ruling();
        return (action == Action.WRITE ? ruling.targets(dark) : ruling.members().orElse(List.of()))
                .stream()
                        .map(site -> site.name().value())
                        .filter(site -> !dark.contains(site))
                        .toList();
    }

    private static Optional<Why> why(Decision decision, Set<String> dark) {
        return switch (decision) {
            case Refusal refusal ->
                Optional.of(
                        switch (refusal.cause()) {
                            case NO_GRANT, NOT_SHARED -> Why.NO_GRANT;
                            case NO_POLICY -> Why.NO_POLICY;
                            case NOT_CLEARED -> Why.NOT_CLEARED;
                            case UNKNOWN_LABEL -> Why.UNKNOWN_LABEL;
                        });
            case Placement placement -> {
                if (placement.ruling().members().isEmpty()) {
                    yield Optional.of(Why.FENCE);
                }
                Action action = placement.question().action();
                int needed = action == Action.WRITE ? placement.policy().acknowledge() : 1;
                yield sites(placement, action, dark).size() < needed ? Optional.of(Why.UNAVAILABLE) : Optional.empty();
            }
        };
    }

    private static String got(Decision decision, Optional<Why> why, Action action, Set<String> dark) {
        return switch (decision) {
            case Refusal refusal -> "refused " + why.orElseThrow() + ": " + refusal.reason();
            case Placement placement ->
                why.map(w -> "refused " + w).orElseGet(() -> String.join(", ", sites(decision, action, dark)))
                        + ", placed by " + placement.policy().name();
        };
    }
}
