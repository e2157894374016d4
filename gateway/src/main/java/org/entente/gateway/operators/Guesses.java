package org.entente.gateway.operators;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many tokens that nobody holds have come from where. Whoever has tried too many is heard no more for a while, the right one
 * included, so that nobody finds one by trying. Who is logged in to the console already goes on.
 */
public final class Guesses {
    private static final Logger LOG = LoggerFactory.getLogger(Guesses.class);

    /** How long an address is not heard once it has guessed too often. */
    public static final Duration PAUSE = Duration.ofMinutes(1);

    private static final int MOST = 20;

    /** Addresses beyond these are forgotten: whoever has that many can guess on, at what that costs. */
    private static final int MOST_ADDRESSES = 100_000;

    private final Cache<InetAddress, AtomicInteger> wrong;

    /** @param ticker tells how long ago a guess was */
    public Guesses(Ticker ticker) {
        this.wrong = Caffeine.newBuilder()
                .expireAfterWrite(PAUSE)
                .maximumSize(MOST_ADDRESSES)
                .ticker(ticker)
                .build();
    }

    /** Whether whoever asks from there has guessed too often. */
    public boolean tooMany(Optional<InetSocketAddress> from) {
        AtomicInteger count = address(from).map(wrong::getIfPresent).orElse(null);
        return count != null && count.get() >= MOST;
    }

    /** A token came from there that nobody holds. */
    public void wrong(Optional<InetSocketAddress> from) {
        address(from).ifPresent(address -> {
            AtomicInteger count = wrong.get(address, first -> new AtomicInteger());
            if (count.incrementAndGet() == MOST) {
                // From here on the pause is counted, not from the first guess.
                wrong.put(address, count);
                LOG.warn("{} has tried {} tokens that nobody holds: it is not heard for {}", address, MOST, PAUSE);
            }
        });
    }

    private static Optional<InetAddress> address(Optional<InetSocketAddress> from) {
        return from.map(Guesses::resolved);
    }

    private static @Nullable InetAddress resolved(InetSocketAddress from) {
        return from.getAddress();
    }
}
