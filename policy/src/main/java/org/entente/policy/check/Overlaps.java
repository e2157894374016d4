package org.entente.policy.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Ruling;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Glob;
import org.entente.policy.model.Located;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Principal;
import org.entente.policy.model.Site;
import org.entente.policy.region.Region;
import org.entente.policy.region.Regions;

/**
 * Finds what is wrong with what policies say together, for every kind of object that they tell apart: ties, placements
 * that nothing can satisfy, sites and patterns that nothing reaches, grants of what nobody rules on.
 */
final class Overlaps {
    private final Documents documents;
    private final PolicyEngine engine;
    private final Regions regions;
    private final List<Finding> findings = new ArrayList<>();

    Overlaps(Documents documents) {
        this.documents = documents;
        this.engine = PolicyEngine.compile(documents);
        this.regions = Regions.of(documents.policies(), grantedPatterns(documents));
    }

    private static List<Glob> grantedPatterns(Documents documents) {
        return documents.principals().stream()
                .flatMap(p -> p.spec().grants().stream())
                .flatMap(g -> g.buckets().stream())
                .map(Located::value)
                .distinct()
                .toList();
    }

    List<Finding> check() {
        if (!regions.complete()) {
            findings.add(Finding.warning(
                    documents.policies().getFirst().name().at(),
                    "these policies overlap in too many ways to look at all; what they forbid is forbidden all the"
                            + " same, but ties and placements that nothing can satisfy may be left"));
        }
        ties();
        Set<String> hopeless = new HashSet<>();
        sorted(regions.plain())
                .forEach(region -> satisfiable(region, hopeless)
                        .ifPresent(reason -> findings.add(Finding.error(reason.at(), reason.value()))));
        sorted(regions.conditional()).forEach(this::satisfiableIfConditionsHold);
        documents.policies().forEach(this::matchesSomething);
        unusedSites();
        documents.principals().forEach(this::grants);
        return findings.stream().distinct().toList();
    }

    /** Those that fewer policies speak of first, so that a policy's own fault is not put down to its neighbours. */
    private static List<Region> sorted(List<Region> some) {
        return some.stream()
                .sorted(Comparator.comparingInt((Region r) -> r.policies().size())
                        .thenComparing(Region::name))
                .toList();
    }

    private void ties() {
        Set<Set<Policy>> told = new HashSet<>();
        for (Region region : regions.possible()) {
            Region certain = plain(region);
            for (Policy a : region.policies()) {
                for (Policy b : region.policies()) {
                    boolean later = a.name().at().compareTo(b.name().at()) > 0;
                    if (later
                            && engine.tie(a, b, region.bucket(), region.key())
                            && certain.policies().stream().noneMatch(c -> betters(c, a, region))
                            && told.add(Set.of(a, b))) {
                        findings.add(Finding.error(
                                a.name().at(),
                                "policy '" + a.name() + "' and policy '" + b.name() + "' at "
                                        + b.name().at() + " match some of the same objects equally well, such as "
                                        + region.example() + ": give one of them a priority"));
                    }
                }
            }
        }
    }

    private Region plain(Region region) {
        return regions.plain().stream()
                .filter(p -> p.bucket().equals(region.bucket()) && p.key().equals(region.key()))
                .findFirst()
                .orElseThrow();
    }

    private boolean betters(Policy policy, Policy other, Region region) {
        return engine.ruling(List.of(policy, other), region.bucket(), region.key())
                        .map(Ruling::policy)
                        .filter(policy::equals)
                        .isPresent()
                && !engine.tie(policy, other, region.bucket(), region.key());
    }

    private void satisfiableIfConditionsHold(Region region) {
        Region without = plain(region);
        if (without.policies().isEmpty()
                || satisfiable(without, new HashSet<>()).isEmpty()) {
            satisfiable(region, new HashSet<>()).ifPresent(reason -> {
                boolean alone = region.policies().size() == 1;
                findings.add(
                        alone
                                ? Finding.error(reason.at(), reason.value())
                                : Finding.warning(reason.at(), reason.value()));
            });
        }
    }

    /**
     * Why nothing could be stored in a region.
     *
     * @param hopeless policies that were told of already, to which the region's is added
     */
    private Optional<Located<String>> satisfiable(Region region, Set<String> hopeless) {
        Optional<Ruling> found = engine.ruling(region.policies(), region.bucket(), region.key());
        if (found.isEmpty() || found.get().members().isPresent()) {
            return Optional.empty();
        }
        Ruling ruling = found.get();
        Policy policy = ruling.policy();
        if (!hopeless.add(policy.name().value())) {
            return Optional.empty();
        }
        List<String> others = region.policies().stream()
                .filter(p -> !p.equals(policy))
                .map(p -> "'" + p.name() + "'")
                .toList();
        String together = others.isEmpty()
                ? "policy '" + policy.name() + "' "
                : "policy '" + policy.name() + "', together with " + String.join(", ", others) + " for objects such as "
                        + region.example()
                        + region.when().map(w -> " when " + w).orElse("") + ", ";
        List<Site> left = ruling.order();
        if (left.isEmpty()) {
            return Optional.of(new Located<>(
                    together + "permits none of the " + documents.sites().size()
                            + " sites, so nothing could be stored under it",
                    policy.name().at()));
        }
        String names = left.stream().map(s -> s.name().value()).collect(Collectors.joining(", "));
        var copies = policy.spec().placement().orElseThrow().copies();
        return Optional.of(new Located<>(
                left.size() < policy.copies()
                        ? together + "wants " + copies + " copies, but permits only " + names
                        : together + "wants " + copies + " copies of distinct " + policy.distinct() + ", but no "
                                + copies + " of " + names + " differ so",
                copies.at()));
    }

    private void matchesSomething(Policy policy) {
        List<Located<Glob>> buckets = policy.spec().match().buckets();
        boolean never = buckets.stream().map(Located::value).allMatch(regions.patterns()::contains);
        for (Located<Glob> pattern : buckets) {
            if (regions.complete() && regions.patterns().contains(pattern.value())) {
                findings.add(Finding.warning(
                        pattern.at(),
                        "no bucket's name fits '" + pattern + "'"
                                + (never ? ", so policy '" + policy.name() + "' never matches" : "")));
            }
        }
        policy.spec().placement().ifPresent(placement -> {
            Set<String> permitted = engine.ruling(
                            List.of(policy),
                            example(policy).bucket(),
                            example(policy).key())
                    .map(r -> r.order().stream().map(s -> s.name().value()).collect(Collectors.toSet()))
                    .orElse(Set.of());
            Set<String> known =
                    documents.sites().stream().map(s -> s.name().value()).collect(Collectors.toSet());
            placement.prefer().stream()
                    .filter(site -> known.contains(site.value()) && !permitted.contains(site.value()))
                    .filter(site -> !permitted.isEmpty())
                    .forEach(site -> findings.add(Finding.warning(
                            site.at(), "policy '" + policy.name() + "' prefers '" + site + "' and forbids it")));
        });
    }

    private Region example(Policy policy) {
        return regions.possible().stream()
                .filter(r -> r.policies().contains(policy))
                .findFirst()
                .orElseGet(() -> new Region("", List.of(), "", Optional.empty(), Optional.empty()));
    }

    private void unusedSites() {
        if (documents.policies().isEmpty()) {
            return;
        }
        Set<Site> used = new HashSet<>();
        regions.all().stream()
                .flatMap(r -> engine.ruling(r.policies(), r.bucket(), r.key()).stream())
                .forEach(ruling -> used.addAll(ruling.order()));
        documents.sites().stream()
                .filter(site -> !used.contains(site))
                .forEach(site -> findings.add(Finding.warning(
                        site.name().at(), "nobody may use site '" + site.name() + "': every policy forbids it")));
    }

    private void grants(Principal principal) {
        principal.spec().grants().stream().flatMap(g -> g.buckets().stream()).forEach(pattern -> {
            Predicate<Region> granted = region -> pattern.value().matches(region.bucket());
            List<Region> all = regions.possible().stream().filter(granted).toList();
            if (all.stream().allMatch(r -> r.policies().isEmpty())) {
                findings.add(Finding.error(
                        pattern.at(), "grant to nothing: no policy speaks of buckets that fit '" + pattern + "'"));
            } else if (pattern.value().specificity() > 0) {
                all.stream()
                        .filter(r -> r.policies().isEmpty())
                        .findFirst()
                        .ifPresent(r -> findings.add(Finding.warning(
                                pattern.at(),
                                "no policy speaks of " + r.example() + ", which fits '" + pattern
                                        + "': what nobody has ruled on is refused")));
            }
        });
    }
}
