package org.entente.backends.capability;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.entente.backends.Backend;
import reactor.core.publisher.Mono;

/** What a site can do, as it was found out when somebody first asked, and is found out again after a while. */
public final class Capabilities {
    private static final Duration GOOD = Duration.ofHours(6);

    private final Mono<Set<Capability>> found;
    private volatile Set<Capability> last = Set.of();
    private volatile boolean known;

    public Capabilities(String site, Backend backend) {
        this.found = new CapabilityProbe(site, backend)
                .probe()
                .doOnNext(capabilities -> {
                    last = Set.copyOf(capabilities);
                    known = true;
                })
                .cache(capabilities -> GOOD, error -> Duration.ZERO, () -> Duration.ZERO);
    }

    /** Finds them out if need be. */
    public Mono<Set<Capability>> find() {
        return found;
    }

    /** What was found last; empty while nothing was. */
    public Optional<Set<Capability>> known() {
        return known ? Optional.of(last) : Optional.empty();
    }
}
