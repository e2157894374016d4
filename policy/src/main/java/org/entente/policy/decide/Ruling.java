package org.entente.policy.decide;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.entente.policy.model.Level;
import org.entente.policy.model.Levels;
import org.entente.policy.model.Located;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Site;

/**
 * What some policies together say of every site: the fence is what all of their requirements leave, the order and the
 * number of copies are the best fitting one's.
 */
public final class Ruling {
    private final List<Site> sites;
    private final Levels levels;
    private final Rule best;
    private final List<Rule> rules;
    private final Optional<Level> label;
    private final BitSet fence;

    /**
     * @param sites all there are, in the order of names
     * @param best the one that places, which is among the rules
     * @param label the object's, if it is known to bear one
     */
    Ruling(List<Site> sites, Levels levels, Rule best, List<Rule> rules, Optional<Level> label) {
        this.sites = sites;
        this.levels = levels;
        this.best = best;
        this.rules = List.copyOf(rules);
        this.label = label;
        this.fence = new BitSet(sites.size());
        fence.set(0, sites.size());
        rules.forEach(rule -> fence.and(rule.permitted()));
        label.ifPresent(level -> {
            for (int i = fence.nextSetBit(0); i >= 0; i = fence.nextSetBit(i + 1)) {
                fence.set(i, accredited(sites.get(i), level));
            }
        });
    }

    private boolean accredited(Site site, Level level) {
        return levels.covers(Requirements.accreditation(site, levels), level);
    }

    /** The policy that orders the sites; the fence is all matching policies' together. */
    public Policy policy() {
        return best.policy();
    }

    /** All policies whose requirements bind, in the order of names. */
    public List<Policy> policies() {
        return rules.stream().map(Rule::policy).toList();
    }

    /** The permitted sites, the best first; none when the fence permits none. */
    public List<Site> order() {
        List<Site> order = new ArrayList<>(fence.cardinality());
        for (int place : best.order()) {
            if (fence.get(place)) {
                order.add(sites.get(place));
            }
        }
        return order;
    }

    /** The site of that name; empty when none is known. */
    Optional<Site> site(String name) {
        return sites.stream().filter(s -> s.name().value().equals(name)).findFirst();
    }

    /** Whether objects may be sent to the site; false when no such site is known. */
    public boolean permits(String site) {
        for (int i = fence.nextSetBit(0); i >= 0; i = fence.nextSetBit(i + 1)) {
            if (sites.get(i).name().value().equals(site)) {
                return true;
            }
        }
        return false;
    }

    /** The sites that should hold every object; empty when the fence leaves too few, or none distinct enough. */
    public Optional<List<Site>> members() {
        Choice choice = new Choice(policy().distinct());
        return choice.first(order(), policy().copies());
    }

    /**
     * The sites that should hold every object of a bucket that is made now.
     *
     * @param available whether a site can be reached, without which no bucket can be made there
     * @param wished sites that should be among them, and the first, if the fence permits it
     */
    public Optional<List<Site>> members(Predicate<String> available, Collection<String> wished) {
        List<Site> candidates = order().stream()
                .filter(site -> available.test(site.name().value()))
                .sorted(Comparator.comparing(
                        site -> !wished.contains(site.name().value())))
                .toList();
        return new Choice(policy().distinct()).first(candidates, policy().copies());
    }

    /**
     * Whether a bucket may stay at these sites.
     *
     * @param usable whether a site may go on to hold anything
     */
    public boolean suits(List<String> members, Predicate<String> usable) {
        List<Site> sites = members.stream()
                .filter(name -> permits(name) && usable.test(name))
                .flatMap(name -> site(name).stream())
                .toList();
        return sites.size() == members.size()
                && new Choice(policy().distinct())
                        .first(sites, policy().copies())
                        .filter(sites::equals)
                        .isPresent();
    }

    /**
     * The sites that take a write while some cannot be reached: the members that can, and spares in the place of the
     * others. Fewer than should be when there are not enough. What is kept in one copy has no spares: nothing would know
     * where to look for it.
     */
    public List<Site> targets(Set<String> dark) {
        List<String> members =
                members().orElse(List.of()).stream().map(s -> s.name().value()).toList();
        return targets(members, dark);
    }

    /** The same for a bucket whose members were chosen earlier. */
    public List<Site> targets(List<String> members, Set<String> dark) {
        List<Site> chosen = new ArrayList<>(members.stream()
                .filter(name -> permits(name) && !dark.contains(name))
                .flatMap(name -> site(name).stream())
                .toList());
        if (members.size() > 1) {
            spares(chosen, members, dark).stream()
                    .limit(members.size() - (long) chosen.size())
                    .forEach(chosen::add);
        }
        return chosen;
    }

    /** The permitted sites that could take what others should, those that keep what must be distinct first. */
    private List<Site> spares(List<Site> chosen, List<String> members, Set<String> dark) {
        Choice choice = new Choice(policy().distinct());
        return order().stream()
                .filter(site -> !dark.contains(site.name().value())
                        && !members.contains(site.name().value()))
                .sorted(Comparator.comparing(site -> !choice.goesWith(site, chosen)))
                .toList();
    }

    /** Every site and why it is permitted or not, in the order of names. */
    public List<Verdict> verdicts() {
        return sites.stream().map(this::verdict).toList();
    }

    private Verdict verdict(Site site) {
        List<Reason> held = new ArrayList<>();
        List<Reason> broken = new ArrayList<>();
        for (Rule rule : rules) {
            Verdict verdict = new Requirements(rule.policy(), levels).judge(site);
            (verdict.permitted() ? held : broken).addAll(verdict.reasons());
        }
        label.ifPresent(level -> {
            Level accreditation = Requirements.accreditation(site, levels);
            var at = site.spec().clearance().map(Located::at).orElse(site.name().at());
            if (accredited(site, level)) {
                held.add(new Reason(at, "label " + level + ": accredited for " + accreditation));
            } else {
                broken.add(new Reason(at, "label " + level + ": accredited for " + accreditation + " only"));
            }
        });
        return new Verdict(site, broken.isEmpty(), broken.isEmpty() ? held : broken);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Ruling other
                && policy().equals(other.policy())
                && policies().equals(other.policies())
                && sites.equals(other.sites)
                && label.equals(other.label);
    }

    @Override
    public int hashCode() {
        return Objects.hash(policy(), policies(), label);
    }

    @Override
    public String toString() {
        return "Ruling[" + policy().name() + " of " + rules.size() + ": " + fence + "]";
    }
}
