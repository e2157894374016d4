package org.entente.gateway.console;

import java.time.Duration;
import java.util.Map;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The way in, and what all pages are dressed with. */
final class LoginPages {
    private static final Duration CACHED = Duration.ofHours(1);

    private final Pages pages;
    private final boolean provider;

    /** @param provider whether operators may log in by an identity provider */
    LoginPages(Pages pages, boolean provider) {
        this.pages = pages;
        this.provider = provider;
    }

    private record Login(boolean refused, boolean paused, boolean out, boolean provider) {}

    RouterFunction<ServerResponse> routes() {
        RouterFunctions.Builder routes = RouterFunctions.route()
                .GET("/", request -> Pages.to("/console/sites"))
                .GET("/console", request -> Pages.to("/console/sites"))
                .GET("/console/login", this::login);
        for (Map.Entry<String, String> asset : Pages.ASSETS.entrySet()) {
            MediaType type = new MediaType("text", asset.getKey().endsWith(".js") ? "javascript" : "css");
            ClassPathResource file = new ClassPathResource(asset.getValue());
            routes.GET(
                    "/console/assets/" + asset.getKey(),
                    request -> ServerResponse.ok()
                            .contentType(type)
                            .cacheControl(CacheControl.maxAge(CACHED))
                            .bodyValue(file));
        }
        return routes.build();
    }

    /** Behind all others. */
    RouterFunction<ServerResponse> nothingElse() {
        return RouterFunctions.route()
                .GET("/console/**", request -> pages.missing(request, "There is no such page."))
                .build();
    }

    private Mono<ServerResponse> login(ServerRequest request) {
        return pages.show(
                request,
                "login",
                "Log in",
                new Login(
                        request.queryParam("refused").isPresent(),
                        request.queryParam("wait").isPresent(),
                        request.queryParam("out").isPresent(),
                        provider));
    }
}
