package org.entente.policy.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.entente.policy.condition.Condition;
import org.entente.policy.condition.Facts;
import org.entente.policy.condition.Truth;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Level;
import org.entente.policy.model.Located;
import org.entente.policy.model.Operator;
import org.entente.policy.model.Policy;
import org.entente.policy.model.PolicyTest;
import org.entente.policy.model.Principal;
import org.entente.policy.model.Site;
import org.entente.policy.parse.Suggestion;

/** Finds what is wrong between documents: names, references, conditions; what policies do together is for {@link Overlaps}. */
public final class Checker {
    private final Documents documents;
    private final Set<String> dialects;
    private final List<Finding> findings = new ArrayList<>();

    private Checker(Documents documents, Set<String> dialects) {
        this.documents = documents;
        this.dialects = dialects;
    }

    /**
     * @param dialects the names that a site's {@code dialect} may have
     * @return everything that was found, in the order of the places
     */
    public static List<Finding> check(Documents documents, Set<String> dialects) {
        Checker checker = new Checker(documents, dialects);
        checker.names();
        checker.accessKeys();
        checker.documents.sites().forEach(checker::site);
        checker.documents.policies().forEach(checker::policy);
        checker.documents.principals().forEach(checker::principal);
        checker.documents.tests().forEach(checker::test);
        checker.findings.addAll(new Overlaps(documents).check());
        return checker.findings.stream().sorted().toList();
    }

    private void names() {
        unique("site", documents.sites().stream().map(Site::name).toList());
        unique("policy", documents.policies().stream().map(Policy::name).toList());
        unique("principal", documents.principals().stream().map(Principal::name).toList());
        documents.principals().stream()
                .map(Principal::name)
                .filter(name -> name.value().equals(Principal.ANONYMOUS.name().value()))
                .forEach(name -> error(name, "'" + name + "' is the name of those who do not sign; choose another"));
        unique("operator", documents.operators().stream().map(Operator::name).toList());
        unique("policy test", documents.tests().stream().map(PolicyTest::name).toList());
        documents.classifications().stream()
                .skip(1)
                .forEach(second -> error(
                        second.name(),
                        "a second Classification; the first is at "
                                + documents.classifications().getFirst().name().at()));
    }

    private void accessKeys() {
        unique(
                "access key",
                documents.principals().stream()
                        .flatMap(p -> p.spec().accessKeys().stream())
                        .map(Principal.AccessKey::id)
                        .toList());
    }

    private void unique(String what, List<Located<String>> names) {
        Map<String, Located<String>> first = new HashMap<>();
        names.stream().sorted((a, b) -> a.at().compareTo(b.at())).forEach(name -> {
            Located<String> earlier = first.putIfAbsent(name.value(), name);
            if (earlier != null) {
                error(name, "the " + what + " '" + name.value() + "' is already at " + earlier.at());
            }
        });
    }

    private void site(Site site) {
        site.spec().clearance().ifPresent(this::level);
        if (!dialects.contains(site.spec().dialect().value())) {
            String dialect = site.spec().dialect().value();
            error(site.spec().dialect(), "unknown dialect '" + dialect + "'" + Suggestion.among(dialects, dialect));
        }
        String country = site.spec().country().value().code();
        if (site.spec().jurisdictions().stream().noneMatch(j -> j.code().equals(country))) {
            error(
                    site.spec().country(),
                    "jurisdictions of '" + site.name() + "' lack " + country
                            + "; the law of the country where bytes rest always applies: add it");
        }
    }

    private void policy(Policy policy) {
        policy.spec().placement().ifPresent(placement -> placement(policy, placement));
        policy.spec().residency().flatMap(Policy.Residency::clearance).ifPresent(this::level);
        policy.spec().match().when().ifPresent(this::condition);
    }

    private void placement(Policy policy, Policy.Preferences placement) {
        placement.prefer().forEach(preferred -> known("site", preferred, siteNames()));
        int copies = placement.copies().value();
        if (copies < 1) {
            error(placement.copies(), "copies must be at least 1");
        }
        placement.write().map(Policy.Write::acknowledge).ifPresent(acknowledge -> {
            if (acknowledge.value() < 1 || acknowledge.value() > copies) {
                error(acknowledge, "acknowledge must be from 1 to copies, which is " + copies);
            } else if (acknowledge.value() == 1 && copies > 1) {
                warning(
                        acknowledge,
                        "acknowledge 1 with copies " + copies + ": a failover may lose the last writes of policy '"
                                + policy.name() + "'");
            }
        });
    }

    private void condition(Located<String> when) {
        try {
            Condition condition = Condition.compile(when.value(), documents.levels());
            if (condition.of(Facts.NONE) == Truth.FALSE) {
                warning(when, "this condition is never true, so the policy never matches");
            }
        } catch (Condition.Invalid e) {
            e.problems().forEach(problem -> error(when, "no condition: " + problem));
        }
    }

    private void level(Located<Level> level) {
        if (!documents.levels().knows(level.value())) {
            error(
                    level,
                    "unknown level '" + level + "'"
                            + Suggestion.among(
                                    documents.levels().order().stream()
                                            .map(Level::word)
                                            .toList(),
                                    level.value().word()));
        }
    }

    private void known(String what, Located<String> name, Set<String> names) {
        if (!names.contains(name.value())) {
            error(name, "unknown " + what + " '" + name + "'" + Suggestion.among(names, name.value()));
        }
    }

    private Set<String> siteNames() {
        return documents.sites().stream().map(s -> s.name().value()).collect(Collectors.toSet());
    }

    private void test(PolicyTest test) {
        Set<String> principals =
                documents.principals().stream().map(p -> p.name().value()).collect(Collectors.toSet());
        Set<String> policies =
                documents.policies().stream().map(p -> p.name().value()).collect(Collectors.toSet());
        for (PolicyTest.Case each : test.spec().cases()) {
            known("principal", each.given().principal(), principals);
            each.given().dark().forEach(site -> known("site", site, siteNames()));
            each.expect().sites().ifPresent(sites -> sites.forEach(site -> known("site", site, siteNames())));
            each.expect().never().forEach(site -> known("site", site, siteNames()));
            each.expect().policy().ifPresent(policy -> known("policy", policy, policies));
        }
    }

    private void principal(Principal principal) {
        if (principal.spec().accessKeys().isEmpty()) {
            error(principal.name(), "principal '" + principal.name() + "' has no access key, so it can never sign");
        }
        principal.spec().clearance().ifPresent(this::level);
    }

    private void warning(Located<?> place, String message) {
        findings.add(Finding.warning(place.at(), message));
    }

    private void error(Located<?> place, String message) {
        findings.add(Finding.error(place.at(), message));
    }
}
