package org.entente.gateway.sites;

import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Keeps what is copied to a site below so many bytes a second, all copies together: clients come first. */
public final class Throttle {
    /** Lets everything through at once. */
    public static final Throttle NONE = new Throttle(Optional.empty());

    private static final int PERIODS_PER_SECOND = 20;

    /** What is counted, in bytes. */
    private static final int UNIT = 1024;

    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private final Optional<RateLimiter> limiter;

    private Throttle(Optional<RateLimiter> limiter) {
        this.limiter = limiter;
    }

    public static Throttle of(String site, long bytesPerSecond) {
        return new Throttle(Optional.of(RateLimiter.of(
                site,
                RateLimiterConfig.custom()
                        .limitRefreshPeriod(Duration.ofSeconds(1).dividedBy(PERIODS_PER_SECOND))
                        .limitForPeriod(Math.clamp(bytesPerSecond / UNIT / PERIODS_PER_SECOND, 1, 1 << 30))
                        .timeoutDuration(LONGEST_WAIT)
                        .build())));
    }

    /** The same content, no faster than is allowed. */
    public Flux<ByteBuf> limit(Flux<ByteBuf> content) {
        return limiter.map(limit -> content.concatMap(buffer -> later(buffer, limit), 1))
                .orElse(content);
    }

    private static Mono<ByteBuf> later(ByteBuf buffer, RateLimiter limit) {
        long nanos = limit.reservePermission(Math.ceilDiv(buffer.readableBytes(), UNIT));
        if (nanos < 0) {
            buffer.release();
            return Mono.error(new IllegalStateException("more waits to be copied than can be in an hour"));
        }
        return nanos == 0
                ? Mono.just(buffer)
                // Given up while it waits, it must be let go.
                : Mono.using(
                        () -> buffer,
                        held -> Mono.delay(Duration.ofNanos(nanos)).map(due -> held.retain()),
                        ByteBuf::release);
    }
}
