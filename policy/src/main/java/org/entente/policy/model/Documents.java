package org.entente.policy.model;

import java.util.List;

/** All that was written, each list in the order of names. */
public record Documents(List<Site> sites, List<Policy> policies, List<Principal> principals) {
    public Documents {
        sites = sites.stream()
                .sorted((a, b) -> a.name().value().compareTo(b.name().value()))
                .toList();
        policies = policies.stream()
                .sorted((a, b) -> a.name().value().compareTo(b.name().value()))
                .toList();
        principals = principals.stream()
                .sorted((a, b) -> a.name().value().compareTo(b.name().value()))
                .toList();
    }
}
