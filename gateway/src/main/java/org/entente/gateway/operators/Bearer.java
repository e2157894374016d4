package org.entente.gateway.operators;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.entente.gateway.config.Snapshot;
import org.entente.policy.model.Operator;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Lets in who holds a token of the role that is needed.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6750">RFC 6750</a>
 */
final class Bearer {
    private static final String SCHEME = "bearer ";

    private final Supplier<Snapshot> snapshots;

    Bearer(Supplier<Snapshot> snapshots) {
        this.snapshots = snapshots;
    }

    /** What is done for whom. */
    interface Handler {
        Mono<ServerResponse> handle(ServerRequest request, String operator);
    }

    HandlerFunction<ServerResponse> viewer(Handler handler) {
        return request -> holder(request)
                .map(who -> handler.handle(request, who.name().value()))
                .orElseGet(Bearer::unknown);
    }

    HandlerFunction<ServerResponse> operator(Handler handler) {
        return request -> holder(request)
                .map(who -> who.spec().role() == Operator.Role.OPERATOR
                        ? handler.handle(request, who.name().value())
                        : forbidden())
                .orElseGet(Bearer::unknown);
    }

    private Optional<Operator> holder(ServerRequest request) {
        return Optional.ofNullable(request.headers().firstHeader(HttpHeaders.AUTHORIZATION))
                .filter(header -> header.toLowerCase(Locale.ROOT).startsWith(SCHEME))
                .map(header -> header.substring(SCHEME.length()).strip())
                .flatMap(snapshots.get().tokens()::holder);
    }

    private static Mono<ServerResponse> unknown() {
        return ServerResponse.status(HttpStatus.UNAUTHORIZED)
                .header(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"entente\"")
                .bodyValue(Map.of("error", "a bearer token of a viewer or an operator is needed"));
    }

    private static Mono<ServerResponse> forbidden() {
        return ServerResponse.status(HttpStatus.FORBIDDEN)
                .bodyValue(Map.of("error", "the role operator is needed for this"));
    }
}
