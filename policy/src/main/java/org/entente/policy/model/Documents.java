package org.entente.policy.model;

import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** All that was written, each list in the order of names. */
public record Documents(
        List<Site> sites,
        List<Policy> policies,
        List<Principal> principals,
        List<Classification> classifications,
        List<Operator> operators,
        List<PolicyTest> tests) {
    public Documents {
        sites = byName(sites, Site::name);
        policies = byName(policies, Policy::name);
        principals = byName(principals, Principal::name);
        classifications = byName(classifications, Classification::name);
        operators = byName(operators, Operator::name);
        tests = byName(tests, PolicyTest::name);
    }

    public static Documents of(List<Site> sites, List<Policy> policies, List<Principal> principals) {
        return new Documents(sites, policies, principals, List.of(), List.of(), List.of());
    }

    /** How confidentiality is spoken of. */
    public Classification.Spec classification() {
        return classifications.isEmpty()
                ? Classification.DEFAULT
                : classifications.getFirst().spec();
    }

    public Levels levels() {
        return classification().order();
    }

    private static <T> List<T> byName(List<T> documents, Function<T, Located<String>> name) {
        return documents.stream()
                .sorted(Comparator.comparing(
                                (T document) -> name.apply(document).value())
                        .thenComparing(document -> name.apply(document).at()))
                .toList();
    }
}
