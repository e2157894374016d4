package org.entente.gateway.operators;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
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
    private final Guesses guesses;

    Bearer(Supplier<Snapshot> snapshots, Guesses guesses) {
        this.snapshots = snapshots;
        this.guesses = guesses;
    }

    /** What is done for whom. */
    interface Handler {
        Mono<ServerResponse> handle(ServerRequest request, String operator);
    }

    HandlerFunction<ServerResponse> viewer(Handler handler) {
        return request ->
                admitted(request, who -> handler.handle(request, who.name().value()));
    }

    HandlerFunction<ServerResponse> operator(Handler handler) {
        return request -> admitted(
                request,
                who -> who.spec().role() == Operator.Role.OPERATOR
                        ? handler.handle(request, who.name().value())
                        : forbidden());
    }

    private Mono<ServerResponse> admitted(ServerRequest request, Function<Operator, Mono<ServerResponse>> then) {
        Optional<String> token = token(request);
        if (token.isEmpty()) {
            return unknown();
        }
        if (guesses.tooMany(request.remoteAddress())) {
            return tooMany();
        }
        Optional<Operator> holder = token.flatMap(snapshots.get().tokens()::holder);
        if (holder.isEmpty()) {
            guesses.wrong(request.remoteAddress());
        }
        return holder.map(then).orElseGet(Bearer::unknown);
    }

    private static Optional<String> token(ServerRequest request) {
        return Optional.ofNullable(request.headers().firstHeader(HttpHeaders.AUTHORIZATION))
                .filter(header -> header.toLowerCase(Locale.ROOT).startsWith(SCHEME))
                .map(header -> header.substring(SCHEME.length()).strip());
    }

    private static Mono<ServerResponse> tooMany() {
        return ServerResponse.status(HttpStatus.TOO_MANY_REQUESTS)
                .header(HttpHeaders.RETRY_AFTER, String.valueOf(Guesses.PAUSE.toSeconds()))
                .bodyValue(Map.of("error", "too many tokens that nobody holds came from your address: wait a minute"));
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
