package org.entente.backends.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.entente.backends.Backend;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class GuardedTest {
    private static final S3Request GET = S3Request.of(Operation.GET_OBJECT, "bucket", "key");

    private final CircuitBreaker breaker = CircuitBreaker.of(
            "site",
            CircuitBreakerConfig.custom()
                    .slidingWindowSize(4)
                    .minimumNumberOfCalls(4)
                    .failureRateThreshold(50)
                    .waitDurationInOpenState(Duration.ofHours(1))
                    .permittedNumberOfCallsInHalfOpenState(2)
                    .build());

    private void ask(Backend backend, int times) {
        for (int i = 0; i < times; i++) {
            new Guarded("site", backend, breaker)
                    .perform(GET)
                    .doOnNext(S3Reply::discard)
                    .onErrorComplete()
                    .block();
        }
    }

    @Test
    void aSiteThatKeepsFailingIsNotAskedAnyMore() {
        AtomicInteger asked = new AtomicInteger();
        Backend unreachable = request -> {
            asked.incrementAndGet();
            return Mono.error(new Fault("site", new Fault.Unreachable(), "no answer"));
        };
        ask(unreachable, 10);
        assertThat(asked).hasValue(4);
        assertThatThrownBy(() ->
                        new Guarded("site", unreachable, breaker).perform(GET).block())
                .isInstanceOfSatisfying(Fault.class, f -> assertThat(f.reason()).isInstanceOf(Fault.Dark.class));
    }

    @Test
    void errorsOfTheSiteCountAndThoseOfTheClientDoNot() {
        ask(request -> Mono.just(S3Reply.empty(404)), 10);
        ask(request -> Mono.just(S3Reply.empty(403)), 10);
        ask(request -> Mono.just(S3Reply.empty(501)), 10);
        assertThat(breaker.getState()).isEqualTo(CircuitBreaker.State.CLOSED);
        ask(request -> Mono.just(S3Reply.empty(503)), 4);
        assertThat(breaker.getState()).isEqualTo(CircuitBreaker.State.OPEN);
    }

    @Test
    void aBodyThatBreaksOffIsAFailure() {
        S3Reply broken = S3Reply.empty(200).with(Flux.error(new Fault("site", new Fault.Broken(), "broke off")));
        for (int i = 0; i < 4; i++) {
            new Guarded("site", request -> Mono.just(broken), breaker)
                    .perform(GET)
                    .flatMap(reply -> reply.body().then())
                    .onErrorComplete()
                    .block();
        }
        assertThat(breaker.getState()).isEqualTo(CircuitBreaker.State.OPEN);
    }

    @Test
    void aRequestsOwnFailureIsNotTheSites() {
        ask(request -> Mono.error(new IllegalStateException("the client broke off")), 10);
        assertThat(breaker.getState()).isEqualTo(CircuitBreaker.State.CLOSED);
        assertThat(breaker.getMetrics().getNumberOfBufferedCalls()).isZero();
    }

    @Test
    void aSiteThatAnswersAgainIsAskedAgain() {
        ask(request -> Mono.error(new Fault("site", new Fault.Silent(), "no answer")), 4);
        breaker.transitionToHalfOpenState();
        ask(request -> Mono.just(S3Reply.empty(200)), 2);
        assertThat(breaker.getState()).isEqualTo(CircuitBreaker.State.CLOSED);
    }
}
