package org.entente.gateway.front;

import org.springframework.core.Ordered;
import org.springframework.http.HttpMethod;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Brings CORS preflights to the front door: Spring would answer them before any route, knowing nothing of buckets. */
record Preflights(FrontDoor door) implements WebFilter, Ordered {
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        return exchange.getRequest().getMethod().equals(HttpMethod.OPTIONS)
                ? door.answer(exchange)
                : chain.filter(exchange);
    }
}
