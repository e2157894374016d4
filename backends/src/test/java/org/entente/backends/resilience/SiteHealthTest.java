package org.entente.backends.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.entente.backends.Backend;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.resilience.SiteHealth.State;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

class SiteHealthTest {
    private static final S3Request GET = S3Request.of(Operation.GET_OBJECT, "bucket", "key");

    private final List<SiteHealth.Change> changes = new ArrayList<>();
    private final List<State> states = new ArrayList<>();
    private final SiteHealth health = new SiteHealth("site", Clock.systemUTC(), change -> {
        changes.add(change);
        states.add(change.to());
    });

    private static Mono<S3Reply> fault(Fault.Cause cause) {
        return Mono.error(new Fault("site", cause, "of the test"));
    }

    private void ask(Backend backend, int times) {
        for (int i = 0; i < times; i++) {
            new Guarded("site", backend, health)
                    .perform(GET)
                    .doOnNext(S3Reply::discard)
                    .onErrorComplete()
                    .block();
        }
    }

    private void probe(Backend backend, int times) {
        for (int i = 0; i < times; i++) {
            new Prober("site", backend, health, Clock.systemUTC()).probe().block();
        }
    }

    @Test
    void aSiteThatKeepsFailingIsDarkAndNotAskedAnyMore() {
        AtomicInteger asked = new AtomicInteger();
        Backend unreachable = request -> {
            asked.incrementAndGet();
            return fault(new Fault.Unreachable());
        };
        ask(unreachable, 30);
        assertThat(asked).hasValue(10);
        assertThat(health.state()).isEqualTo(State.DARK);
        assertThatThrownBy(() ->
                        new Guarded("site", unreachable, health).perform(GET).block())
                .isInstanceOfSatisfying(Fault.class, f -> assertThat(f.reason()).isInstanceOf(Fault.Dark.class));
    }

    @Test
    void errorsOfTheSiteCountAndThoseOfTheClientOrOurOwnDoNot() {
        ask(request -> Mono.just(S3Reply.empty(404)), 20);
        ask(request -> Mono.just(S3Reply.empty(403)), 20);
        ask(request -> Mono.just(S3Reply.empty(501)), 20);
        ask(request -> fault(new Fault.Declined()), 40);
        ask(request -> fault(new Fault.Exhausted()), 40);
        assertThat(health.state()).isEqualTo(State.HEALTHY);
        ask(request -> Mono.just(S3Reply.empty(503)), 10);
        assertThat(health.state()).isEqualTo(State.DARK);
    }

    @Test
    void aBodyThatBreaksOffIsAFailure() {
        S3Reply broken = S3Reply.empty(200).with(Flux.error(new Fault("site", new Fault.Broken(), "broke off")));
        for (int i = 0; i < 10; i++) {
            new Guarded("site", request -> Mono.just(broken), health)
                    .perform(GET)
                    .flatMap(reply -> reply.body().then())
                    .onErrorComplete()
                    .block();
        }
        assertThat(health.state()).isEqualTo(State.DARK);
    }

    @Test
    void aRequestsOwnFailureIsNotTheSites() {
        ask(request -> Mono.error(new IllegalStateException("the client broke off")), 20);
        assertThat(health.state()).isEqualTo(State.HEALTHY);
    }

    @Test
    void onlyProbesBringASiteBackAndItRecoversBeforeItIsHealthy() {
        ask(request -> fault(new Fault.Silent()), 10);
        probe(request -> Mono.just(S3Reply.empty(404)), 1);
        assertThat(health.state()).isEqualTo(State.DARK);
        probe(request -> Mono.just(S3Reply.empty(404)), 1);
        assertThat(health.state()).isEqualTo(State.RECOVERING);
        ask(request -> Mono.just(S3Reply.empty(200)), 1);
        health.caughtUp();
        assertThat(states).containsExactly(State.DARK, State.RECOVERING, State.HEALTHY);
    }

    @Test
    void aSiteThatNobodyAsksIsFoundDarkByProbes() {
        AtomicReference<S3Request> canary = new AtomicReference<>();
        probe(
                request -> {
                    canary.set(request);
                    return fault(new Fault.Unreachable());
                },
                1);
        assertThat(health.state()).isEqualTo(State.HEALTHY);
        assertThat(canary.get().operation().effect()).isEqualTo(Operation.Effect.LOOK);
        probe(request -> Mono.just(S3Reply.empty(500)), 1);
        assertThat(health.state()).isEqualTo(State.DARK);
    }

    @Test
    void aRequestWhoseSignatureASiteMisreadsCutsNobodyElseOff() {
        ask(request -> fault(new Fault.CredentialsRefused()), 50);
        assertThat(health.state()).isEqualTo(State.HEALTHY);
        assertThat(health.doubtful()).isTrue();
        probe(request -> Mono.just(S3Reply.empty(404)), 1);
        assertThat(health.doubtful()).isFalse();
    }

    @Test
    void aSiteThatRefusesOurKeysIsTheOperatorsAffair() {
        probe(request -> fault(new Fault.CredentialsRefused()), 1);
        assertThat(health.state()).isEqualTo(State.REFUSED);
        probe(request -> fault(new Fault.Unreachable()), 3);
        assertThat(health.state()).isEqualTo(State.REFUSED);
        probe(request -> Mono.just(S3Reply.empty(200)), 2);
        assertThat(states).containsExactly(State.REFUSED, State.RECOVERING);
    }

    @Test
    void anotherGatewaysWordIsBelievedUntilTheSiteAnswersOnce() {
        health.warned("gateway b found it so");
        assertThat(health.state()).isEqualTo(State.DARK);
        assertThat(health.why()).contains("gateway b");
        assertThat(changes).singleElement().satisfies(change -> {
            assertThat(change.seen()).as("nothing to tell others of").isFalse();
            assertThat(change.loses()).isTrue();
        });
        probe(request -> Mono.just(S3Reply.empty(404)), 1);
        assertThat(health.state()).isEqualTo(State.RECOVERING);
    }

    @Test
    void anotherGatewaysWordThatAProbeBearsOutIsASiteThatIsDarkLikeAnyOther() {
        health.warned("gateway b found it so");
        probe(request -> fault(new Fault.Unreachable()), 1);
        probe(request -> Mono.just(S3Reply.empty(404)), 1);
        assertThat(health.state()).isEqualTo(State.DARK);
        probe(request -> Mono.just(S3Reply.empty(404)), 1);
        assertThat(health.state()).isEqualTo(State.RECOVERING);
    }

    @Test
    void aSiteThatHasJustAnsweredIsAskedBeforeAnotherGatewayIsBelieved() {
        ask(request -> Mono.just(S3Reply.empty(200)), 1);
        health.warned("gateway b found it so");
        assertThat(health.state()).isEqualTo(State.HEALTHY);
        probe(request -> fault(new Fault.Unreachable()), 1);
        assertThat(health.state()).isEqualTo(State.DARK);
        assertThat(changes)
                .singleElement()
                .satisfies(change -> assertThat(change.seen()).isTrue());
    }

    @Test
    void anotherGatewaysWordIsLookedIntoAtOnce() {
        VirtualTimeScheduler.getOrSet();
        AtomicInteger asked = new AtomicInteger();
        Backend answering = request -> {
            asked.incrementAndGet();
            return Mono.just(S3Reply.empty(404));
        };
        try (Prober prober = new Prober("site", answering, health, Clock.systemUTC())) {
            prober.start();
            assertThat(asked).hasValue(0);
            health.warned("gateway b found it so");
            assertThat(asked).hasValue(1);
            assertThat(states).containsExactly(State.DARK, State.RECOVERING);
        } finally {
            VirtualTimeScheduler.reset();
        }
    }
}
