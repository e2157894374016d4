package org.entente.gateway.front;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAccumulator;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.policy.model.Precedence;

/**
 * Who is put off when more is asked than can be done. Requests then wait in their connections, all of them, and nobody is served
 * in time; so some are told at once to slow down, those of the lowest {@linkplain Precedence precedence} first, and no more of
 * them than it takes.
 *
 * <p>What is measured is how late the event loops are: a delay that never goes away, however short the moments in which it is
 * looked for, is a queue, and one that does is only a burst.
 *
 * @see <a href="https://queue.acm.org/detail.cfm?id=2209336">Controlling queue delay</a>, from where that distinction is
 */
public final class Shedding {
    /** A queue that is longer than this is worked off. */
    static final Duration TOLERATED = Duration.ofMillis(10);

    /** How much of a precedence's requests is let go more each time the queue is found too long, per {@link #TOLERATED}. */
    private static final double STEP = 0.1;

    /** A much longer queue is not the sign of a much greater excess: it has only been there for longer. */
    private static final double LONGEST_STRIDE = 4;

    /** How much less each time it is not. */
    private static final double BACK = 0.04;

    /** Of all precedences but the highest, how many are put off altogether; what is behind the point is a share of the next. */
    private volatile double level;

    /** As many precedences as have asked for something in the last while, but the highest. */
    private final LongAccumulator asked = new LongAccumulator(Math::max, 0);

    /** @param least the shortest delay of the last while at the event loop that is the most behind */
    void observed(Duration least) {
        double queue = (double) least.toNanos() / TOLERATED.toNanos();
        // To put off those who do not ask would not help, and be in their way once they do.
        double most = Math.max(level - BACK, (double) asked.getThenReset());
        level = Math.clamp(queue > 1 ? level + STEP * Math.min(queue, LONGEST_STRIDE) : level - BACK, 0, most);
    }

    /** Between 0, when everybody is served, and 3, when only what is never put off is. */
    public double level() {
        return level;
    }

    /** How much of what is asked with a precedence is served, between 0 and 1. */
    double share(Precedence precedence) {
        return precedence == Precedence.FLASH ? 1 : Math.clamp(precedence.lower() + 1 - level, 0, 1);
    }

    /** @throws S3Refusal when the request is one of those that are put off */
    void admit(Precedence precedence) {
        if (precedence == Precedence.FLASH) {
            return;
        }
        asked.accumulate(precedence.lower() + 1);
        double share = share(precedence);
        if (share < 1 && ThreadLocalRandom.current().nextDouble() >= share) {
            throw new S3Refusal(S3ErrorCode.SLOW_DOWN, "Please reduce your request rate.");
        }
    }
}
