package org.entente.policy.foresight;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Ruling;
import org.entente.policy.model.Documents;
import org.entente.policy.model.FaultDomain;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Located;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Site;
import org.entente.policy.region.Region;
import org.entente.policy.region.Regions;

/**
 * What if they turn it off? Each loss of a provider, a country, a law, and what it leaves of every kind of object that
 * the policies tell apart.
 *
 * @param losses in the order of domains and names
 * @param rows for each kind of object, by name
 * @param broken the {@code require} lines that do not hold
 * @param complete whether all kinds of objects could be looked at
 */
public record Stress(List<Loss> losses, List<Row> rows, List<Finding> broken, boolean complete) {

    /** What a loss leaves. */
    public enum Outcome {
        /** Objects can be read, and written with as many acknowledging sites as asked for. */
        SURVIVES,
        /** Objects can be read, but too few sites are left for a write. */
        READABLE,
        /** No site that held the objects is left; new ones could be written. */
        WRITABLE,
        /** No site that held the objects is left, and none that may take new ones. */
        LOST
    }

    /**
     * @param name of the kind of objects
     * @param policy the one that places them
     * @param members the sites that hold them before the loss
     * @param acknowledge how many sites a write needs
     * @param outcomes for each loss, in the losses' order
     */
    public record Row(String name, String policy, List<String> members, int acknowledge, List<Outcome> outcomes) {}

    /** Losses one at a time, or any two as well. */
    public static Stress of(Documents documents, boolean pairs) {
        List<FaultDomain> domains = List.of(FaultDomain.PROVIDER, FaultDomain.COUNTRY, FaultDomain.JURISDICTION);
        List<Loss> losses = new ArrayList<>(Loss.single(documents.sites(), domains));
        if (pairs) {
            losses.addAll(Loss.pairs(List.copyOf(losses), documents.sites()));
        }
        PolicyEngine engine = PolicyEngine.compile(documents);
        Regions regions = Regions.of(documents.policies());
        List<Row> rows = new ArrayList<>();
        List<Finding> broken = new ArrayList<>();
        List<Region> sorted = regions.all().stream()
                .sorted(Comparator.comparing(Region::name))
                .toList();
        for (Region region : sorted) {
            engine.ruling(region.policies(), region.bucket(), region.key()).ifPresent(ruling -> {
                rows.add(row(region, ruling, losses));
                region.policies().forEach(policy -> broken.addAll(broken(policy, region, ruling, documents.sites())));
            });
        }
        return new Stress(losses, rows, broken.stream().distinct().sorted().toList(), regions.complete());
    }

    private static Row row(Region region, Ruling ruling, List<Loss> losses) {
        return new Row(
                region.name(),
                ruling.policy().name().value(),
                names(ruling.members().orElse(List.of())),
                ruling.policy().acknowledge(),
                losses.stream().map(loss -> outcome(ruling, loss)).toList());
    }

    private static Outcome outcome(Ruling ruling, Loss loss) {
        Set<String> lost = Set.copyOf(loss.sites());
        boolean readable = ruling.members().orElse(List.of()).stream()
                .anyMatch(site -> !lost.contains(site.name().value()));
        boolean writable = ruling.targets(lost).size() >= ruling.policy().acknowledge();
        if (readable) {
            return writable ? Outcome.SURVIVES : Outcome.READABLE;
        }
        return writable ? Outcome.WRITABLE : Outcome.LOST;
    }

    private static List<Finding> broken(Policy policy, Region region, Ruling ruling, List<Site> sites) {
        List<Finding> broken = new ArrayList<>();
        for (Located<FaultDomain> survive : required(policy)) {
            Optional<Loss> fatal = Loss.single(sites, List.of(survive.value())).stream()
                    .filter(loss -> outcome(ruling, loss) != Outcome.SURVIVES)
                    .findFirst();
            fatal.ifPresent(loss -> broken.add(Finding.error(
                    survive.at(),
                    "policy '" + policy.name() + "' must survive the loss of any " + survive + ", but "
                            + region.name() + " would not survive that of " + loss + " ("
                            + String.join(", ", loss.sites()) + "): " + word(outcome(ruling, loss)))));
        }
        return broken;
    }

    private static List<Located<FaultDomain>> required(Policy policy) {
        return policy.spec().require().map(Policy.Require::survive).orElse(List.of());
    }

    /** For people. */
    public static String word(Outcome outcome) {
        return switch (outcome) {
            case SURVIVES -> "readable and writable";
            case READABLE -> "readable only";
            case WRITABLE -> "lost, new objects only";
            case LOST -> "lost";
        };
    }

    private static List<String> names(List<Site> sites) {
        return sites.stream().map(site -> site.name().value()).toList();
    }
}
