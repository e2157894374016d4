package org.entente.gateway.journal;

import java.time.Clock;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** Gives every write of this gateway a generation of its own, each greater than those before. */
public final class Generations {
    /** Of the counter, beside the milliseconds. */
    private static final int BITS = 16;

    private final Clock clock;
    private final String gateway;
    private final AtomicLong last = new AtomicLong();

    /** @param gateway tells it apart from all others that share the journal */
    public Generations(Clock clock, String gateway) {
        this.clock = clock;
        this.gateway = gateway;
    }

    public Generation next() {
        long now = clock.millis() << BITS;
        long value = last.updateAndGet(before -> Math.max(before + 1, now));
        return new Generation(String.format(Locale.ROOT, "%016x-%s", value, gateway));
    }
}
