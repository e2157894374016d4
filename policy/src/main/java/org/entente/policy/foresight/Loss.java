package org.entente.policy.foresight;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.entente.policy.model.FaultDomain;
import org.entente.policy.model.Jurisdiction;
import org.entente.policy.model.Site;

/**
 * Something that is turned off, or two such things at once.
 *
 * @param parts what is lost
 * @param sites the names of the sites that go with it, in order
 */
public record Loss(List<Part> parts, List<String> sites) {

    /** @param name a provider's, a country's, a law's or a site's */
    public record Part(FaultDomain domain, String name) {
        @Override
        public String toString() {
            return domain + " " + name;
        }
    }

    /** Every loss of one of these domains, in their order and by name. */
    static List<Loss> single(List<Site> sites, List<FaultDomain> domains) {
        List<Loss> losses = new ArrayList<>();
        for (FaultDomain domain : domains) {
            Set<String> names = new TreeSet<>();
            sites.forEach(site -> names.addAll(site.in(domain)));
            names.forEach(name -> losses.add(of(List.of(new Part(domain, name)), sites)));
        }
        return losses;
    }

    /** Every two of them at once, without those where one takes the other's sites with it anyway. */
    static List<Loss> pairs(List<Loss> single, List<Site> sites) {
        List<Loss> pairs = new ArrayList<>();
        for (int i = 0; i < single.size(); i++) {
            for (int j = i + 1; j < single.size(); j++) {
                Loss a = single.get(i);
                Loss b = single.get(j);
                if (!a.sites.containsAll(b.sites) && !b.sites.containsAll(a.sites)) {
                    pairs.add(of(List.of(a.parts.getFirst(), b.parts.getFirst()), sites));
                }
            }
        }
        return pairs;
    }

    private static Loss of(List<Part> parts, List<Site> sites) {
        return new Loss(
                parts,
                sites.stream()
                        .filter(site -> parts.stream().anyMatch(part -> takes(part, site)))
                        .map(site -> site.name().value())
                        .toList());
    }

    /** A lost law takes every site that it, or a law within it, can compel: without the EU there is no DE. */
    private static boolean takes(Part part, Site site) {
        if (part.domain() != FaultDomain.JURISDICTION) {
            return site.in(part.domain()).contains(part.name());
        }
        Jurisdiction lost = new Jurisdiction(part.name());
        return site.spec().jurisdictions().stream().anyMatch(law -> law.within(lost));
    }

    /** The domain that is lost; empty when it is more than one. */
    Optional<FaultDomain> domain() {
        return parts.size() == 1 ? Optional.of(parts.getFirst().domain()) : Optional.empty();
    }

    @Override
    public String toString() {
        return parts.stream().map(Part::toString).collect(Collectors.joining(" and "));
    }
}
