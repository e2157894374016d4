package org.entente.policy.decide;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.entente.policy.model.FaultDomain;
import org.entente.policy.model.Jurisdiction;
import org.entente.policy.model.Site;

/** Chooses sites that have nothing in common of what must be distinct. */
record Choice(List<FaultDomain> distinct) {
    /** More attempts than any alliance's sites need, and few enough that no document makes a decision hang. */
    private static final int MOST_ATTEMPTS = 20_000;

    /** The first sites in this order, as many as wanted, that go together; empty when no such choice is found. */
    Optional<List<Site>> first(List<Site> order, int wanted) {
        List<Site> chosen = new ArrayList<>();
        return choose(order, 0, wanted, chosen, new int[1]) ? Optional.of(List.copyOf(chosen)) : Optional.empty();
    }

    private boolean choose(List<Site> order, int from, int wanted, List<Site> chosen, int[] attempts) {
        if (chosen.size() == wanted) {
            return true;
        }
        for (int i = from; order.size() - i >= wanted - chosen.size(); i++) {
            if (++attempts[0] > MOST_ATTEMPTS) {
                return false;
            }
            if (goesWith(order.get(i), chosen)) {
                chosen.add(order.get(i));
                if (choose(order, i + 1, wanted, chosen, attempts)) {
                    return true;
                }
                chosen.removeLast();
            }
        }
        return false;
    }

    /** Whether a site differs from all of these in everything that must be distinct. */
    boolean goesWith(Site site, List<Site> others) {
        return others.stream().noneMatch(other -> distinct.stream().anyMatch(domain -> share(domain, site, other)));
    }

    private static boolean share(FaultDomain domain, Site a, Site b) {
        if (domain != FaultDomain.JURISDICTION) {
            Set<String> values = a.in(domain);
            return b.in(domain).stream().anyMatch(values::contains);
        }
        return a.spec().jurisdictions().stream()
                .anyMatch(mine -> b.spec().jurisdictions().stream().anyMatch(theirs -> meet(mine, theirs)));
    }

    private static boolean meet(Jurisdiction a, Jurisdiction b) {
        return a.within(b) || b.within(a);
    }
}
