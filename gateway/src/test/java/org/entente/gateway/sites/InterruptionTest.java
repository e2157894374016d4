package org.entente.gateway.sites;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class InterruptionTest {
    private final IllegalStateException cut = new IllegalStateException("cut off");

    private final Sinks.Empty<Void> signal = Sinks.empty();
    private final TestPublisher<String> work = TestPublisher.create();

    @Test
    void whatIsInterruptedIsCancelledAndFailsWithTheReason() {
        StepVerifier.create(Interruption.of(work.mono(), signal.asMono()))
                .then(() -> signal.tryEmitError(cut))
                .verifyErrorSatisfies(why -> assertThat(why).isSameAs(cut));
        work.assertCancelled();
    }

    @Test
    void inTheMiddleOfAStreamToo() {
        StepVerifier.create(Interruption.of(work.flux(), signal.asMono()))
                .then(() -> work.next("a"))
                .expectNext("a")
                .then(() -> signal.tryEmitError(cut))
                .verifyErrorSatisfies(why -> assertThat(why).isSameAs(cut));
        work.assertCancelled();
    }

    @Test
    void whatIsInterruptedBeforeItBeginsFailsAtOnce() {
        signal.tryEmitError(cut);
        AtomicInteger begun = new AtomicInteger();
        StepVerifier.create(Interruption.of(Mono.fromCallable(begun::incrementAndGet), signal.asMono()))
                .verifyErrorSatisfies(why -> assertThat(why).isSameAs(cut));
        StepVerifier.create(Interruption.of(work.flux(), signal.asMono()))
                .verifyErrorSatisfies(why -> assertThat(why).isSameAs(cut));
        assertThat(begun).hasValue(0);
    }

    @Test
    void whatComesToItsEndListensNoMore() {
        StepVerifier.create(Interruption.of(work.flux(), signal.asMono()))
                .then(() -> work.emit("a", "b"))
                .expectNext("a", "b")
                .verifyComplete();
        StepVerifier.create(Interruption.of(Mono.just("a"), signal.asMono()))
                .expectNext("a")
                .verifyComplete();
        assertThat(signal.currentSubscriberCount()).isZero();
    }

    @Test
    void whoLosesInterestCancelsTheWork() {
        StepVerifier.create(Interruption.of(work.flux(), signal.asMono()))
                .thenCancel()
                .verify();
        work.assertCancelled();
        assertThat(signal.currentSubscriberCount()).isZero();
    }
}
