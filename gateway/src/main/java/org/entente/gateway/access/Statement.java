package org.entente.gateway.access;

import java.util.List;
import java.util.Set;

/**
 * One sentence of a bucket's policy.
 *
 * @param allows or else it denies
 */
record Statement(
        boolean allows, Principals principals, Patterns actions, Patterns resources, List<Condition> conditions) {
    private static final Set<String> NARROWING = Set.of("aws:sourceip", "aws:username", "aws:principalarn");

    /**
     * Those that fit one of some patterns, or that fit none.
     *
     * @param but whether they are those that do not fit
     */
    record Patterns(List<Wildcard> patterns, boolean but) {
        boolean contain(String text) {
            return patterns.stream().anyMatch(pattern -> pattern.matches(text)) != but;
        }
    }

    boolean speaksOf(Ask ask) {
        return principals.contain(ask.principal())
                && actions.contain(ask.action())
                && resources.contain(ask.resource())
                && conditions.stream().allMatch(condition -> condition.holds(ask.circumstances()));
    }

    boolean isPublic() {
        return allows
                && principals.containEverybody()
                && conditions.stream().noneMatch(condition -> NARROWING.contains(condition.key()));
    }
}
