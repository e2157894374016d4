package org.entente.policy.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Located;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Principal;
import org.entente.policy.model.Site;
import org.entente.policy.parse.Suggestion;

/** Finds what is wrong between documents: names, references, ties, and policies that nothing can satisfy. */
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
        checker.ties();
        return checker.findings.stream().sorted().toList();
    }

    private void names() {
        unique("site", documents.sites().stream().map(Site::name).toList());
        unique("policy", documents.policies().stream().map(Policy::name).toList());
        unique("principal", documents.principals().stream().map(Principal::name).toList());
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
        Set<String> known =
                documents.sites().stream().map(s -> s.name().value()).collect(Collectors.toSet());
        policy.spec().placement().ifPresent(placement -> {
            for (Located<String> preferred : placement.prefer()) {
                if (!known.contains(preferred.value())) {
                    error(
                            preferred,
                            "unknown site '" + preferred.value() + "'" + Suggestion.among(known, preferred.value()));
                }
            }
            int copies = placement.copies().value();
            if (copies < 1) {
                error(placement.copies(), "copies must be at least 1");
            } else if (copies > 1) {
                error(placement.copies(), "this version keeps one copy of an object: write copies: 1");
            }
            placement.write().ifPresent(write -> {
                if (write.acknowledge().value() < 1 || write.acknowledge().value() > copies) {
                    error(write.acknowledge(), "acknowledge must be from 1 to copies, which is " + copies);
                }
            });
        });
        if (PolicyEngine.sitesPermittedBy(policy, documents.sites()).isEmpty()) {
            error(
                    policy.name(),
                    "policy '" + policy.name() + "' permits none of the " + known.size()
                            + " sites, so nothing could be stored under it");
        }
    }

    private void principal(Principal principal) {
        if (principal.spec().accessKeys().isEmpty()) {
            error(principal.name(), "principal '" + principal.name() + "' has no access key, so it can never sign");
        }
        for (Principal.Grant grant : principal.spec().grants()) {
            for (var buckets : grant.buckets()) {
                boolean governed = documents.policies().stream()
                        .flatMap(p -> p.spec().match().buckets().stream())
                        .anyMatch(pattern -> pattern.value().overlaps(buckets.value()));
                if (!governed) {
                    findings.add(Finding.error(
                            buckets.at(),
                            "grant to nothing: no policy speaks of buckets that fit '" + buckets.value() + "'"));
                }
            }
        }
    }

    private void ties() {
        List<Policy> policies = documents.policies();
        for (int i = 0; i < policies.size(); i++) {
            for (int j = i + 1; j < policies.size(); j++) {
                Policy a = policies.get(i);
                Policy b = policies.get(j);
                if (PolicyEngine.tie(a, b)) {
                    boolean aComesLater = a.name().at().compareTo(b.name().at()) > 0;
                    Policy later = aComesLater ? a : b;
                    Policy earlier = aComesLater ? b : a;
                    error(
                            later.name(),
                            "policy '" + later.name() + "' and policy '" + earlier.name() + "' at "
                                    + earlier.name().at()
                                    + " match some of the same objects equally well: give one of them a priority");
                }
            }
        }
    }

    private void error(Located<?> place, String message) {
        findings.add(Finding.error(place.at(), message));
    }
}
