package org.entente.gateway.operators;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.entente.backends.capability.Capability;
import org.entente.backends.resilience.SiteHealth;
import org.entente.gateway.audit.AuditLog;
import org.entente.gateway.audit.AuditRecord;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Bucket.Move;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.rehoming.Moves;
import org.entente.gateway.rehoming.Pass;
import org.entente.gateway.reload.Reloader;
import org.entente.gateway.sites.Commands;
import org.entente.gateway.sites.Commands.Kind;
import org.entente.policy.model.Jurisdiction;
import org.entente.policy.model.Site;
import org.entente.policy.parse.Suggestion;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Sites: what is seen of them, what they owe, and cutting one off; and the buckets that they hold. */
final class SitesApi {
    private final Reloader reloader;
    private final Commands commands;
    private final Journal journal;
    private final Catalogue catalogue;
    private final Moves moves;
    private final AuditLog audit;
    private final Clock clock;

    SitesApi(
            Reloader reloader,
            Commands commands,
            Journal journal,
            Catalogue catalogue,
            Moves moves,
            AuditLog audit,
            Clock clock) {
        this.reloader = reloader;
        this.commands = commands;
        this.journal = journal;
        this.catalogue = catalogue;
        this.moves = moves;
        this.audit = audit;
        this.clock = clock;
    }

    /** What a site owes: keys and bytes that it lacks, keys that it should not have any more, and since when. */
    private record Owes(
            long keys, long bytes, long strays, @Nullable Instant since) {
        private static final Owes NOTHING = new Owes(0, 0, 0, null);

        static Owes of(Journal.Lag lag) {
            return new Owes(lag.keys(), lag.bytes(), lag.strays(), lag.oldest());
        }
    }

    /** @param capabilities null while it has not been found out what it can do */
    private record Seen(
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
            Owes owes) {}

    private record State(long entries, Map<String, Owes> owed, List<Walk> moves) {}

    /**
     * How far a bucket has come on its way.
     *
     * @param finish when it will have been walked through at the speed up to now; null while that is not known
     */
    private record Walk(
            String bucket,
            long objects,
            long ofObjects,
            long bytes,
            long ofBytes,
            long unlike,
            Instant started,
            @Nullable Instant finish,
            String waitsFor) {
        static Walk of(Pass pass, Instant now) {
            Duration passed = Duration.between(pass.started(), now);
            boolean known = pass.objects() > 0 && pass.totalObjects() >= pass.objects();
            return new Walk(
                    pass.bucket(),
                    pass.objects(),
                    pass.totalObjects(),
                    pass.bytes(),
                    pass.totalBytes(),
                    pass.unlike(),
                    pass.started(),
                    known
                            ? pass.started().plusMillis((long)
                                    ((double) passed.toMillis() * pass.totalObjects() / pass.objects()))
                            : null,
                    pass.waitsFor());
        }
    }

    private record Held(
            String name,
            String owner,
            String policy,
            List<String> members,
            @Nullable Move move,
            List<String> leaving,
            Instant created,
            boolean settled) {}

    /** Null where the caller left it out. */
    private record Reason(@Nullable String reason) {}

    RouterFunction<ServerResponse> routes(Bearer bearer) {
        return RouterFunctions.route()
                .path(
                        "/api/v1",
                        api -> api.GET("/sites", bearer.viewer((request, operator) -> sites()))
                                .POST("/sites/{name}/suspend", bearer.operator(command(Kind.SUSPEND)))
                                .POST("/sites/{name}/drain", bearer.operator(command(Kind.DRAIN)))
                                .POST("/sites/{name}/resume", bearer.operator(this::resume))
                                .GET("/journal", bearer.viewer((request, operator) -> journal()))
                                .GET("/buckets/{name}", bearer.viewer(this::bucket)))
                .build();
    }

    private Mono<Map<String, Owes>> owed() {
        return journal.lags().map(lags -> lags.stream().collect(Collectors.toMap(Journal.Lag::site, Owes::of)));
    }

    private Mono<ServerResponse> sites() {
        return Mono.zip(owed(), catalogue.all())
                .flatMap(both -> Answers.ok(reloader.get().documents().sites().stream()
                        .map(site -> seen(site, both.getT1(), both.getT2()))
                        .toList()))
                .onErrorResume(Answers::failed);
    }

    private Seen seen(Site site, Map<String, Owes> owed, List<Bucket> buckets) {
        String name = site.name().value();
        Optional<SiteHealth> health =
                Optional.ofNullable(reloader.get().sites().health().get(name));
        Optional<Commands.Command> command = commands.of(name);
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
                reloader.get().sites().capabilities(name).map(SitesApi::words).orElse(null),
                buckets.stream()
                        .filter(bucket -> bucket.everywhere().contains(name))
                        .count(),
                owed.getOrDefault(name, Owes.NOTHING));
    }

    private static List<String> words(Set<Capability> capabilities) {
        return capabilities.stream().map(Capability::toString).sorted().toList();
    }

    private Bearer.Handler command(Kind kind) {
        String word = kind.name().toLowerCase(Locale.ROOT);
        return (request, operator) -> known(
                request,
                site -> request.bodyToMono(Reason.class)
                        .mapNotNull(Reason::reason)
                        .filter(reason -> !reason.isBlank())
                        .flatMap(reason -> commands.give(kind, site, operator, reason)
                                .then(recorded(operator, word + " site " + site, reason))
                                .then(sites()))
                        .switchIfEmpty(Mono.defer(
                                () -> Answers.problem(HttpStatus.BAD_REQUEST, "say why: {\"reason\": ...}"))));
    }

    private Mono<ServerResponse> resume(ServerRequest request, String operator) {
        return known(
                request,
                site -> commands.resume(site)
                        .then(recorded(operator, "resume site " + site, ""))
                        .then(sites()));
    }

    private Mono<Void> recorded(String operator, String command, String reason) {
        return Mono.fromRunnable(() ->
                audit.record(AuditRecord.operator(clock.instant(), operator, command, HttpStatus.OK.value(), reason)));
    }

    private Mono<ServerResponse> known(ServerRequest request, Function<String, Mono<ServerResponse>> then) {
        String name = request.pathVariable("name");
        List<String> names = reloader.get().documents().sites().stream()
                .map(site -> site.name().value())
                .toList();
        return names.contains(name)
                ? then.apply(name).onErrorResume(Answers::failed)
                : Answers.problem(
                        HttpStatus.NOT_FOUND, "there is no site '" + name + "'" + Suggestion.among(names, name));
    }

    private Mono<ServerResponse> journal() {
        return Mono.zip(journal.size(), owed(), moves.passes())
                .flatMap(all -> Answers.ok(new State(
                        all.getT1(),
                        all.getT2(),
                        all.getT3().stream()
                                .map(pass -> Walk.of(pass, clock.instant()))
                                .toList())))
                .onErrorResume(Answers::failed);
    }

    private Mono<ServerResponse> bucket(ServerRequest request, String operator) {
        return catalogue
                .find(request.pathVariable("name"))
                .flatMap(found -> found.map(this::held)
                        .orElseGet(() -> Answers.problem(HttpStatus.NOT_FOUND, "there is no bucket of that name")))
                .onErrorResume(Answers::failed);
    }

    private Mono<ServerResponse> held(Bucket bucket) {
        return journal.speaksOf(bucket.name())
                .flatMap(owes -> Answers.ok(new Held(
                        bucket.name(),
                        bucket.owner(),
                        bucket.policy(),
                        bucket.members(),
                        bucket.move().orElse(null),
                        bucket.leaving(),
                        bucket.created(),
                        !owes)));
    }
}
