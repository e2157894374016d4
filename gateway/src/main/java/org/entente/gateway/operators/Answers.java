package org.entente.gateway.operators;

import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebInputException;
import reactor.core.publisher.Mono;

/** What operators are answered. */
final class Answers {
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    private Answers() {}

    static Mono<ServerResponse> ok(Object value) {
        return ServerResponse.ok().bodyValue(value);
    }

    static Mono<ServerResponse> problem(HttpStatus status, String text) {
        return ServerResponse.status(status).bodyValue(Map.of("error", text));
    }

    /** That the request makes no sense, as the error's message says. */
    static Mono<ServerResponse> refused(IllegalArgumentException error) {
        return problem(HttpStatus.BAD_REQUEST, String.valueOf(error.getMessage()));
    }

    /** That the request makes no sense, or that it cannot be done; why is in the log. */
    static Mono<ServerResponse> failed(Throwable error) {
        if (error instanceof ServerWebInputException) {
            return problem(HttpStatus.BAD_REQUEST, "the request's body cannot be read");
        }
        LOG.error("an operator's request failed", error);
        return problem(HttpStatus.SERVICE_UNAVAILABLE, "that cannot be done at present; the gateway's log says why");
    }
}
