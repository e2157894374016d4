package org.entente.gateway.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.policy.model.Precedence;
import org.junit.jupiter.api.Test;

class SheddingTest {
    private static final Duration LATE = Shedding.TOLERATED.multipliedBy(2);

    private final Shedding shedding = new Shedding();

    private void ask(Precedence precedence) {
        try {
            shedding.admit(precedence);
        } catch (S3Refusal putOff) {
            // Whether it is depends on chance.
        }
    }

    /** While everybody asks. */
    private void late(int times) {
        for (int i = 0; i < times; i++) {
            Stream.of(Precedence.values()).forEach(this::ask);
            shedding.observed(LATE);
        }
    }

    @Test
    void whatIsInTimeIsServedWhoeverAsks() {
        for (int i = 0; i < 100; i++) {
            shedding.observed(Shedding.TOLERATED);
        }
        assertThat(Precedence.values()).allSatisfy(precedence -> {
            assertThat(shedding.share(precedence)).isEqualTo(1);
            assertThatCode(() -> shedding.admit(precedence)).doesNotThrowAnyException();
        });
    }

    @Test
    void theLowestWaitFirstAndTheHighestNever() {
        for (int i = 0; i < 60; i++) {
            late(1);
            double[] shares = Arrays.stream(Precedence.values())
                    .sorted(Comparator.comparingInt(Precedence::lower))
                    .mapToDouble(shedding::share)
                    .toArray();
            assertThat(shares).isSorted().endsWith(1);
            for (int p = 1; p < shares.length; p++) {
                assertThat(shares[p] == 1 || shares[p - 1] == 0)
                        .as("none is put off while one below it is served: %s", Arrays.toString(shares))
                        .isTrue();
            }
        }
        assertThat(shedding.share(Precedence.IMMEDIATE)).isZero();
        assertThatCode(() -> shedding.admit(Precedence.FLASH)).doesNotThrowAnyException();
    }

    @Test
    void whoIsPutOffIsToldToSlowDown() {
        late(5);
        assertThatThrownBy(() -> shedding.admit(Precedence.ROUTINE))
                .isInstanceOfSatisfying(
                        S3Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(S3ErrorCode.SLOW_DOWN));
        assertThatCode(() -> shedding.admit(Precedence.PRIORITY)).doesNotThrowAnyException();
    }

    @Test
    void thoseWhoDoNotAskAreNotPutOff() {
        for (int i = 0; i < 100; i++) {
            ask(Precedence.ROUTINE);
            shedding.observed(LATE);
        }
        assertThat(shedding.share(Precedence.ROUTINE)).isZero();
        assertThat(shedding.share(Precedence.PRIORITY)).isEqualTo(1);
    }

    @Test
    void afterASurgeEverybodyIsServedAgain() {
        late(100);
        for (int i = 0; i < 200; i++) {
            shedding.observed(Duration.ZERO);
        }
        assertThat(shedding.level()).isZero();
    }

    @Test
    void aMuchLongerQueueIsWorkedOffFasterWithinReason() {
        ask(Precedence.ROUTINE);
        shedding.observed(LATE);
        double step = shedding.level();
        ask(Precedence.ROUTINE);
        shedding.observed(LATE.multipliedBy(2));
        double longer = shedding.level() - step;
        ask(Precedence.ROUTINE);
        shedding.observed(Duration.ofMinutes(1));
        assertThat(longer).isGreaterThan(step);
        assertThat(shedding.level() - longer - step).isCloseTo(longer, within(1e-9));
    }
}
