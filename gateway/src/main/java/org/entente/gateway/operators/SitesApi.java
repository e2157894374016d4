package org.entente.gateway.operators;

import java.util.List;
import java.util.function.Function;
import org.entente.gateway.sites.Commands.Kind;
import org.entente.policy.parse.Suggestion;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Sites, what they owe, and commands to them. */
final class SitesApi {
    private final SiteControl sites;
    private final Holdings holdings;

    SitesApi(SiteControl sites, Holdings holdings) {
        this.sites = sites;
        this.holdings = holdings;
    }

    /** Null where the caller left it out. */
    private record Reason(@Nullable String reason) {}

    RouterFunction<ServerResponse> routes(Bearer bearer) {
        return RouterFunctions.route()
                .path(
                        "/api/v1",
                        api -> api.GET("/sites", bearer.viewer((request, operator) -> all()))
                                .POST("/sites/{name}/suspend", bearer.operator(command(Kind.SUSPEND)))
                                .POST("/sites/{name}/drain", bearer.operator(command(Kind.DRAIN)))
                                .POST("/sites/{name}/resume", bearer.operator(this::resume))
                                .GET("/journal", bearer.viewer((request, operator) -> answer(holdings.journal())))
                                .GET("/buckets", bearer.viewer((request, operator) -> answer(holdings.buckets())))
                                .GET("/buckets/{name}", bearer.viewer(this::bucket)))
                .build();
    }

    private static Mono<ServerResponse> answer(Mono<?> found) {
        return found.flatMap(Answers::ok).onErrorResume(Answers::failed);
    }

    private Mono<ServerResponse> all() {
        return answer(sites.sites());
    }

    private Bearer.Handler command(Kind kind) {
        return (request, operator) -> known(
                request,
                site -> request.bodyToMono(Reason.class)
                        .mapNotNull(Reason::reason)
                        .filter(reason -> !reason.isBlank())
                        .flatMap(reason ->
                                sites.give(kind, site, operator, reason).then(all()))
                        .switchIfEmpty(Mono.defer(
                                () -> Answers.problem(HttpStatus.BAD_REQUEST, "say why: {\"reason\": ...}"))));
    }

    private Mono<ServerResponse> resume(ServerRequest request, String operator) {
        return known(
                request,
                site -> request.bodyToMono(Reason.class)
                        .mapNotNull(Reason::reason)
                        .defaultIfEmpty("")
                        .flatMap(reason -> sites.resume(site, operator, reason).then(all())));
    }

    private Mono<ServerResponse> known(ServerRequest request, Function<String, Mono<ServerResponse>> then) {
        String name = request.pathVariable("name");
        List<String> names = sites.names();
        return names.contains(name)
                ? then.apply(name).onErrorResume(Answers::failed)
                : Answers.problem(
                        HttpStatus.NOT_FOUND, "there is no site '" + name + "'" + Suggestion.among(names, name));
    }

    private Mono<ServerResponse> bucket(ServerRequest request, String operator) {
        return holdings.bucket(request.pathVariable("name"))
                .flatMap(found -> found.map(Answers::ok)
                        .orElseGet(() -> Answers.problem(HttpStatus.NOT_FOUND, "there is no bucket of that name")))
                .onErrorResume(Answers::failed);
    }
}
