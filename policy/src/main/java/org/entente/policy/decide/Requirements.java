package org.entente.policy.decide;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.entente.policy.model.Jurisdiction;
import org.entente.policy.model.Level;
import org.entente.policy.model.Levels;
import org.entente.policy.model.Located;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Policy.AllowDeny;
import org.entente.policy.model.Policy.Residency;
import org.entente.policy.model.Site;

/** The residency requirements of one policy, each of which can only forbid. */
record Requirements(Policy policy, Levels levels) {

    /** What they say of a site. */
    Verdict judge(Site site) {
        List<Reason> held = new ArrayList<>();
        List<Reason> broken = new ArrayList<>();
        policy.spec().residency().ifPresent(residency -> new Judge(this, site, held, broken).residency(residency));
        return new Verdict(site, broken.isEmpty(), broken.isEmpty() ? held : broken);
    }

    private record Judge(Requirements rules, Site site, List<Reason> held, List<Reason> broken) {
        void residency(Residency residency) {
            residency.countries().ifPresent(rule -> {
                var country = site.spec().country().value();
                apply(rule, "country " + country, country::equals);
            });
            residency.jurisdictions().ifPresent(this::jurisdictions);
            residency.providers().ifPresent(rule -> {
                String provider = site.spec().provider();
                apply(rule, "provider " + provider, provider::equals);
            });
            residency.clearance().ifPresent(this::clearance);
        }

        /** Every law that reaches the operator must be allowed, and none of them denied. */
        private void jurisdictions(Located<AllowDeny<Jurisdiction>> rule) {
            for (Jurisdiction law : site.spec().jurisdictions()) {
                apply(rule, "jurisdiction " + law, law::within);
            }
        }

        private <T> void apply(Located<AllowDeny<T>> rule, String is, Predicate<T> meant) {
            Optional<List<T>> allow = rule.value().allow();
            if (rule.value().deny().stream().anyMatch(meant)) {
                broken.add(reason(rule, is + " is denied"));
            } else if (allow.isPresent() && allow.get().stream().noneMatch(meant)) {
                broken.add(reason(rule, is + " is not among " + allow.get()));
            } else {
                held.add(reason(rule, is + " is allowed"));
            }
        }

        private void clearance(Located<Level> required) {
            Level accredited = accreditation(site, rules.levels());
            if (rules.levels().covers(accredited, required.value())) {
                held.add(reason(required, "accredited for " + accredited));
            } else {
                broken.add(reason(required, "accredited for " + accredited + " only, not " + required.value()));
            }
        }

        private Reason reason(Located<?> rule, String text) {
            return new Reason(rule.at(), "policy " + rules.policy().name() + ": " + text);
        }
    }

    /** The highest level that a site is accredited for. */
    static Level accreditation(Site site, Levels levels) {
        return site.spec().clearance().map(Located::value).orElse(levels.lowest());
    }
}
