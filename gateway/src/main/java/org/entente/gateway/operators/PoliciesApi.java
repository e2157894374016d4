package org.entente.gateway.operators;

import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.entente.gateway.audit.AuditLog;
import org.entente.gateway.audit.AuditRecord;
import org.entente.gateway.config.Snapshot;
import org.entente.gateway.reload.Outcome;
import org.entente.gateway.reload.Reloader;
import org.entente.gateway.reload.Revision;
import org.entente.gateway.reload.Revisions;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Explanation;
import org.entente.policy.decide.Question;
import org.entente.policy.model.Action;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Principal;
import org.entente.policy.parse.Suggestion;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Policies: which are in force and were, what others would change, putting them in force, and why it is decided so. */
final class PoliciesApi {
    private static final int HISTORY = 100;

    private final Reloader reloader;
    private final Revisions revisions;
    private final AuditLog audit;
    private final Clock clock;

    PoliciesApi(Reloader reloader, Revisions revisions, AuditLog audit, Clock clock) {
        this.reloader = reloader;
        this.revisions = revisions;
        this.audit = audit;
        this.clock = clock;
    }

    private record InForce(
            long revision, List<String> rejected, @Nullable Revision current, List<Summary> history) {}

    private record Summary(long number, String applied, String author, String origin, List<String> changes) {
        static Summary of(Revision revision) {
            return new Summary(
                    revision.number(),
                    revision.applied().toString(),
                    revision.author(),
                    revision.origin().name().toLowerCase(Locale.ROOT),
                    revision.summary().lines().toList());
        }
    }

    private record Put(boolean accepted, long revision, List<String> findings, List<String> changes) {
        static Put of(Outcome outcome) {
            return new Put(
                    outcome.accepted(),
                    outcome.revision(),
                    outcome.findings().stream().map(Finding::toString).toList(),
                    outcome.changes());
        }
    }

    private record Rollback(long revision) {}

    /** Null where the caller left something out. */
    private record Asked(
            @Nullable String principal,
            @Nullable String action,
            @Nullable String operation,
            @Nullable String bucket,
            @Nullable String key,
            @Nullable String label,
            @Nullable Map<String, String> tags,
            @Nullable Set<String> dark) {}

    RouterFunction<ServerResponse> routes(Bearer bearer) {
        return RouterFunctions.route()
                .path(
                        "/api/v1",
                        api -> api.GET("/policies", bearer.viewer(this::inForce))
                                .GET("/policies/{number}", bearer.viewer(this::revision))
                                .PUT("/policies", bearer.operator(this::put))
                                .POST("/policies/rollback", bearer.operator(this::rollback))
                                .POST("/explain", bearer.viewer(this::explain)))
                .build();
    }

    private Mono<ServerResponse> inForce(ServerRequest request, String operator) {
        return blocking(() -> {
            long number = reloader.get().revision();
            return new InForce(
                    number,
                    reloader.rejected().stream().map(Finding::toString).toList(),
                    revisions.find(number).orElse(null),
                    revisions.history(HISTORY).stream().map(Summary::of).toList());
        });
    }

    private Mono<ServerResponse> revision(ServerRequest request, String operator) {
        return number(request.pathVariable("number"))
                .map(number -> Mono.fromCallable(() -> revisions.find(number))
                        .subscribeOn(Schedulers.boundedElastic())
                        .flatMap(found -> found.map(Answers::ok).orElseGet(PoliciesApi::noSuchRevision))
                        .onErrorResume(Answers::failed))
                .orElseGet(PoliciesApi::noSuchRevision);
    }

    private static Optional<Long> number(String text) {
        return text.matches("\\d{1,15}") ? Optional.of(Long.valueOf(text)) : Optional.empty();
    }

    private static Mono<ServerResponse> noSuchRevision() {
        return Answers.problem(HttpStatus.NOT_FOUND, "there is no revision of that number");
    }

    private Mono<ServerResponse> put(ServerRequest request, String operator) {
        boolean validateOnly =
                request.queryParam("validate").filter(v -> !v.equals("false")).isPresent();
        return request.bodyToMono(String.class)
                .defaultIfEmpty("")
                .publishOn(Schedulers.boundedElastic())
                .map(policies -> reloader.put(operator, policies, validateOnly))
                .doOnNext(outcome -> record(operator, validateOnly ? "validate policies" : "put policies", outcome))
                .flatMap(PoliciesApi::answer)
                .onErrorResume(Answers::failed);
    }

    private Mono<ServerResponse> rollback(ServerRequest request, String operator) {
        return request.bodyToMono(Rollback.class)
                .publishOn(Schedulers.boundedElastic())
                .map(to -> reloader.rollback(operator, to.revision()))
                .flatMap(found -> {
                    found.ifPresent(outcome -> record(operator, "roll back policies", outcome));
                    return found.map(PoliciesApi::answer).orElseGet(PoliciesApi::noSuchRevision);
                })
                .switchIfEmpty(Answers.problem(HttpStatus.BAD_REQUEST, "say {\"revision\": NUMBER}"))
                .onErrorResume(Answers::failed);
    }

    private void record(String operator, String command, Outcome outcome) {
        String reason = outcome.accepted()
                ? "revision " + outcome.revision()
                : outcome.findings().size() + " findings";
        audit.record(AuditRecord.operator(
                clock.instant(), operator, command, status(outcome).value(), reason));
    }

    private static HttpStatus status(Outcome outcome) {
        return outcome.accepted() ? HttpStatus.OK : HttpStatus.UNPROCESSABLE_CONTENT;
    }

    private static Mono<ServerResponse> answer(Outcome outcome) {
        return ServerResponse.status(status(outcome)).bodyValue(Put.of(outcome));
    }

    private Mono<ServerResponse> explain(ServerRequest request, String operator) {
        return request.bodyToMono(Asked.class)
                .flatMap(this::explain)
                .switchIfEmpty(Answers.problem(
                        HttpStatus.BAD_REQUEST, "say who asks for what: {\"principal\": ..., \"bucket\": ...}"))
                .onErrorResume(Answers::failed);
    }

    private Mono<ServerResponse> explain(Asked asked) {
        Snapshot snapshot = reloader.get();
        List<Principal> principals = snapshot.documents().principals();
        String called = Optional.ofNullable(asked.principal()).orElse("");
        Optional<Principal> principal =
                principals.stream().filter(p -> p.name().value().equals(called)).findFirst();
        if (principal.isEmpty() || asked.bucket() == null) {
            List<String> names = principals.stream().map(p -> p.name().value()).toList();
            return Answers.problem(
                    HttpStatus.BAD_REQUEST,
                    asked.bucket() == null
                            ? "bucket is missing"
                            : "unknown principal '" + called + "'" + Suggestion.among(names, called));
        }
        String word = Optional.ofNullable(asked.action()).orElse(Action.WRITE.toString());
        Optional<Action> action = List.of(Action.values()).stream()
                .filter(a -> a.toString().equals(word))
                .findFirst();
        if (action.isEmpty()) {
            return Answers.problem(HttpStatus.BAD_REQUEST, "action is read, write, list or manage");
        }
        Question question = new Question(
                principal.get(),
                action.get(),
                Optional.ofNullable(asked.operation()),
                asked.bucket(),
                Optional.ofNullable(asked.key()),
                Optional.of(new Facts.What(
                        Optional.ofNullable(asked.label()).orElse(""),
                        Optional.ofNullable(asked.tags()).orElse(Map.of()))));
        Set<String> dark = Optional.ofNullable(asked.dark()).orElse(Set.of());
        return Answers.ok(Explanation.of(snapshot.engine().decide(question), dark));
    }

    private static Mono<ServerResponse> blocking(Callable<Object> work) {
        return Mono.fromCallable(work)
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(Answers::ok)
                .onErrorResume(Answers::failed);
    }
}
