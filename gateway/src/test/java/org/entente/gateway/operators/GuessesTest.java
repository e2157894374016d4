package org.entente.gateway.operators;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class GuessesTest {
    private static final Optional<InetSocketAddress> HERE = from(1, 1000);

    private final AtomicLong now = new AtomicLong();
    private final Guesses guesses = new Guesses(now::get);

    private static Optional<InetSocketAddress> from(int host, int port) {
        try {
            return Optional.of(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) host}), port));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private void guess(int times, Optional<InetSocketAddress> from) {
        for (int i = 0; i < times; i++) {
            assertThat(guesses.tooMany(from)).isFalse();
            guesses.wrong(from);
        }
    }

    @Test
    void whoGuessesTooOftenIsHeardAgainAfterThePause() {
        guess(20, HERE);
        assertThat(guesses.tooMany(from(1, 2000))).as("from any port").isTrue();
        now.addAndGet(Guesses.PAUSE.minusSeconds(1).toNanos());
        assertThat(guesses.tooMany(HERE)).isTrue();
        now.addAndGet(Guesses.PAUSE.toNanos());
        guess(20, HERE);
    }

    @Test
    void thePauseBeginsWithTheLastGuess() {
        guess(19, HERE);
        now.addAndGet(Guesses.PAUSE.minusSeconds(1).toNanos());
        guess(1, HERE);
        now.addAndGet(Guesses.PAUSE.minusSeconds(1).toNanos());
        assertThat(guesses.tooMany(HERE)).isTrue();
    }

    @Test
    void othersAreHeardMeanwhile() {
        guess(20, HERE);
        guess(1, from(2, 1000));
        guess(30, Optional.empty());
    }
}
