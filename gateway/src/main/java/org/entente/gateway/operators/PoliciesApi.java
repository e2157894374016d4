package org.entente.gateway.operators;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.entente.gateway.config.ConfigDirectory.Checked;
import org.entente.gateway.reload.Outcome;
import org.entente.policy.foresight.Stress;
import org.entente.policy.model.Finding;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Policies: which are in force and were, what others would change or lose, putting them in force, and why it is decided so.
 */
final class PoliciesApi {
    private final PolicyControl policies;

    PoliciesApi(PolicyControl policies) {
        this.policies = policies;
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

    RouterFunction<ServerResponse> routes(Bearer bearer) {
        return RouterFunctions.route()
                .path(
                        "/api/v1",
                        api -> api.GET("/policies", bearer.viewer(this::inForce))
                                .GET("/policies/{number}", bearer.viewer(this::revision))
                                .PUT("/policies", bearer.operator(this::put))
                                .POST("/policies/rollback", bearer.operator(this::rollback))
                                .POST("/policies/stress", bearer.viewer(this::stress))
                                .POST("/explain", bearer.viewer(this::explain)))
                .build();
    }

    private Mono<ServerResponse> inForce(ServerRequest request, String operator) {
        return blocking(() -> Answers.ok(policies.inForce()));
    }

    private Mono<ServerResponse> revision(ServerRequest request, String operator) {
        OptionalLong number = number(request.pathVariable("number"));
        return number.isEmpty()
                ? noSuchRevision()
                : blocking(() ->
                        policies.revision(number.getAsLong()).map(Answers::ok).orElseGet(PoliciesApi::noSuchRevision));
    }

    private static OptionalLong number(String text) {
        return text.matches("\\d{1,15}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }

    private static Mono<ServerResponse> noSuchRevision() {
        return Answers.problem(HttpStatus.NOT_FOUND, "there is no revision of that number");
    }

    private Mono<ServerResponse> put(ServerRequest request, String operator) {
        boolean validateOnly =
                request.queryParam("validate").filter(v -> !v.equals("false")).isPresent();
        Optional<String> condition = Optional.ofNullable(request.headers().firstHeader(HttpHeaders.IF_MATCH))
                .map(tag -> tag.replace("\"", "").strip());
        OptionalLong basedOn = condition.map(PoliciesApi::number).orElseGet(OptionalLong::empty);
        if (condition.isPresent() && basedOn.isEmpty()) {
            return Answers.problem(HttpStatus.BAD_REQUEST, "If-Match is the number of a revision");
        }
        return text(
                request, text -> answer(validateOnly ? tried(operator, text) : policies.put(operator, text, basedOn)));
    }

    private Outcome tried(String operator, String text) {
        return policies.recorded(operator, "validate policies", policies.tried(policies.with(text)));
    }

    private interface OfText {
        Mono<ServerResponse> answer(String text);
    }

    private static Mono<ServerResponse> text(ServerRequest request, OfText work) {
        return request.bodyToMono(String.class)
                .defaultIfEmpty("")
                .publishOn(Schedulers.boundedElastic())
                .flatMap(work::answer)
                .onErrorResume(Answers::failed);
    }

    private Mono<ServerResponse> rollback(ServerRequest request, String operator) {
        return request.bodyToMono(Rollback.class)
                .publishOn(Schedulers.boundedElastic())
                .flatMap(to -> policies.rollback(operator, to.revision())
                        .map(PoliciesApi::answer)
                        .orElseGet(PoliciesApi::noSuchRevision))
                .switchIfEmpty(Answers.problem(HttpStatus.BAD_REQUEST, "say {\"revision\": NUMBER}"))
                .onErrorResume(Answers::failed);
    }

    private static Mono<ServerResponse> answer(Outcome outcome) {
        return ServerResponse.status(PolicyControl.status(outcome)).bodyValue(Put.of(outcome));
    }

    private Mono<ServerResponse> stress(ServerRequest request, String operator) {
        boolean pairs =
                request.queryParam("pairs").filter(v -> !v.equals("false")).isPresent();
        return text(request, text -> {
            Checked wanted = policies.with(text);
            return wanted.usable() ? Answers.ok(Stress.of(wanted.documents(), pairs)) : answer(policies.tried(wanted));
        });
    }

    private Mono<ServerResponse> explain(ServerRequest request, String operator) {
        return request.bodyToMono(PolicyControl.Asked.class)
                .flatMap(asked -> Answers.ok(policies.explain(asked)))
                .switchIfEmpty(Answers.problem(
                        HttpStatus.BAD_REQUEST, "say who asks for what: {\"principal\": ..., \"bucket\": ...}"))
                .onErrorResume(IllegalArgumentException.class, Answers::refused)
                .onErrorResume(Answers::failed);
    }

    private static Mono<ServerResponse> blocking(Callable<Mono<ServerResponse>> work) {
        return Mono.fromCallable(work)
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(answer -> answer)
                .onErrorResume(Answers::failed);
    }
}
