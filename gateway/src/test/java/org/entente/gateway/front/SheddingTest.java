package org.entente.gateway.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.policy.model.Precedence;
import org.junit.jupiter.api.Test;

class SheddingTest {
    private static final Duration LATE = Shedding.TOLERATED.multipliedBy(2);

    private final Shedding shedding = new Shedding();

    private void late(int times) {
        IntStream.range(0, times).forEach(i -> shedding.observed(LATE));
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
    void afterASurgeEverybodyIsServedAgain() {
        late(100);
        for (int i = 0; i < 200; i++) {
            shedding.observed(Duration.ZERO);
        }
        assertThat(shedding.level()).isZero();
    }

    @Test
    void aMuchLongerQueueIsWorkedOffFasterWithinReason() {
        Shedding longer = new Shedding();
        longer.observed(Shedding.TOLERATED.multipliedBy(3));
        late(1);
        assertThat(longer.level()).isGreaterThan(shedding.level());
        Shedding longest = new Shedding();
        longest.observed(Duration.ofMinutes(1));
        assertThat(longest.share(Precedence.ROUTINE)).isGreaterThan(0.5);
    }
}
