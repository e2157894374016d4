package org.entente.gateway.config;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.entente.backends.Backend;
import org.entente.backends.resilience.Guarded;
import org.entente.backends.s3.S3Site;
import org.entente.backends.s3.S3SiteSettings;

/** The sites' backends. One whose settings have not changed is kept over a reload, with what is known of its health. */
final class Backends {
    private static final CircuitBreakerConfig BREAKER = CircuitBreakerConfig.custom()
            .slidingWindowSize(20)
            .minimumNumberOfCalls(10)
            .failureRateThreshold(50)
            .waitDurationInOpenState(Duration.ofSeconds(2))
            .permittedNumberOfCallsInHalfOpenState(3)
            .build();

    private record Made(S3SiteSettings settings, Backend backend) {}

    private final Clock clock;
    private Map<String, Made> made = Map.of();

    Backends(Clock clock) {
        this.clock = clock;
    }

    /** By the sites' names; not for use by several threads at once. */
    Map<String, Backend> of(Map<String, S3SiteSettings> sites) {
        Map<String, Made> next = new HashMap<>();
        sites.forEach((name, settings) -> {
            Made before = made.get(name);
            next.put(name, before != null && before.settings().equals(settings) ? before : make(name, settings));
        });
        made = next;
        Map<String, Backend> backends = new HashMap<>();
        next.forEach((name, each) -> backends.put(name, each.backend()));
        return backends;
    }

    private Made make(String name, S3SiteSettings settings) {
        return new Made(settings, new Guarded(name, new S3Site(settings, clock), CircuitBreaker.of(name, BREAKER)));
    }
}
