package org.entente.gateway.operators;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.entente.backends.capability.Capability;
import org.entente.backends.resilience.SiteHealth;
import org.entente.gateway.audit.AuditLog;
import org.entente.gateway.audit.AuditRecord;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.reload.Reloader;
import org.entente.gateway.sites.Commands;
import org.entente.policy.model.Jurisdiction;
import org.entente.policy.model.Site;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Mono;

/** The sites as operators see them, and what operators tell them. */
public final class SiteControl {
    private final Reloader reloader;
    private final Commands commands;
    private final Holdings holdings;
    private final Catalogue catalogue;
    private final AuditLog audit;
    private final Clock clock;

    SiteControl(
            Reloader reloader, Commands commands, Holdings holdings, Catalogue catalogue, AuditLog audit, Clock clock) {
        this.reloader = reloader;
        this.commands = commands;
        this.holdings = holdings;
        this.catalogue = catalogue;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * A site at this moment.
     *
     * @param command the one in force; null when there is none
     * @param capabilities null while it has not been found out what it can do
     * @param buckets how many have objects there
     * @param alone how many of these have objects nowhere else
     */
    public record Seen(
            String name,
            String provider,
            String country,
            List<String> jurisdictions,
            String state,
            Instant since,
            String why,
            Commands.@Nullable Command command,
            @Nullable List<String> capabilities,
            long buckets,
            long alone,
            Holdings.Owes owes) {}

    /** The names of all sites. */
    public List<String> names() {
        return reloader.get().documents().sites().stream()
                .map(site -> site.name().value())
                .toList();
    }

    public Mono<List<Seen>> sites() {
        return Mono.zip(holdings.owed(), catalogue.all())
                .map(both -> reloader.get().documents().sites().stream()
                        .map(site -> seen(site, both.getT1(), both.getT2()))
                        .toList());
    }

    private Seen seen(Site site, Map<String, Holdings.Owes> owed, List<Bucket> buckets) {
        String name = site.name().value();
        Optional<SiteHealth> health =
                Optional.ofNullable(reloader.get().sites().health().get(name));
        Optional<Commands.Command> command = commands.of(name);
        List<Set<String>> holders = buckets.stream()
                .map(Bucket::everywhere)
                .filter(sites -> sites.contains(name))
                .toList();
        return new Seen(
                name,
                site.spec().provider(),
                site.spec().country().toString(),
                site.spec().jurisdictions().stream().map(Jurisdiction::toString).toList(),
                command.map(c -> c.kind().state())
                        .or(() -> health.map(h -> h.state().name().toLowerCase(Locale.ROOT)))
                        .orElse("unknown"),
                command.map(Commands.Command::since)
                        .or(() -> health.map(SiteHealth::since))
                        .orElse(Instant.EPOCH),
                command.map(Commands.Command::reason)
                        .or(() -> health.map(SiteHealth::why))
                        .orElse(""),
                command.orElse(null),
                reloader.get()
                        .sites()
                        .capabilities(name)
                        .map(SiteControl::words)
                        .orElse(null),
                holders.size(),
                holders.stream().filter(sites -> sites.size() == 1).count(),
                owed.getOrDefault(name, Holdings.Owes.NOTHING));
    }

    private static List<String> words(Set<Capability> capabilities) {
        return capabilities.stream().map(Capability::toString).sorted().toList();
    }

    /** Suspends or drains a site. */
    public Mono<Void> give(Commands.Kind kind, String site, String operator, String reason) {
        String word = kind.name().toLowerCase(Locale.ROOT);
        return commands.give(kind, site, operator, reason).then(recorded(operator, word + " site " + site, reason));
    }

    /** Takes back whatever has been commanded of a site. */
    public Mono<Void> resume(String site, String operator, String reason) {
        return commands.resume(site).then(recorded(operator, "resume site " + site, reason));
    }

    private Mono<Void> recorded(String operator, String command, String reason) {
        return Mono.fromRunnable(() ->
                audit.record(AuditRecord.operator(clock.instant(), operator, command, HttpStatus.OK.value(), reason)));
    }
}
