package org.entente.gateway.config;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.entente.backends.resilience.Guarded;
import org.entente.backends.resilience.Prober;
import org.entente.backends.resilience.SiteHealth;
import org.entente.backends.s3.S3Site;
import org.entente.backends.s3.S3SiteSettings;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.gateway.sites.Throttle;
import org.entente.policy.model.Rate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Schedulers;

/** The sites' backends. One whose settings have not changed is kept over a reload, with what is known of its health. */
final class Backends implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

    /** @param copying how fast a site may be copied to; empty where it does not matter */
    record Wanted(S3SiteSettings settings, Optional<Rate> copying) {}

    /** Probes do not wait for requests: that all connections are taken says nothing of the site. */
    private static final int PROBES = 2;

    /** For so long requests may still be sent to a site by what was in force before. */
    private static final long GRACE = 60;

    private record Made(Wanted wanted, SiteDirectory.Reached reached, S3Site site, S3Site probed, Prober prober)
            implements AutoCloseable {

        void retire() {
            prober.close();
            Schedulers.boundedElastic().schedule(this::close, GRACE, TimeUnit.SECONDS);
        }

        @Override
        public void close() {
            prober.close();
            probed.close();
            site.close();
        }
    }

    private final Clock clock;
    private final Consumer<SiteHealth.Change> listener;
    private Map<String, Made> made = Map.of();

    /** @param listener told of each change of a site's state */
    Backends(Clock clock, Consumer<SiteHealth.Change> listener) {
        this.clock = clock;
        this.listener = listener;
    }

    /** By the sites' names; not for use by several threads at once. */
    Map<String, SiteDirectory.Reached> of(Map<String, Wanted> sites) {
        Map<String, Made> next = new HashMap<>();
        sites.forEach((name, wanted) -> {
            Made before = made.get(name);
            next.put(name, before != null && before.wanted().equals(wanted) ? before : make(name, wanted));
        });
        made.forEach((name, before) -> {
            if (!before.equals(next.get(name))) {
                before.retire();
            }
        });
        made = next;
        Map<String, SiteDirectory.Reached> backends = new HashMap<>();
        next.forEach((name, each) -> backends.put(name, each.reached()));
        return backends;
    }

    private Made make(String name, Wanted wanted) {
        S3Site site = new S3Site(wanted.settings(), clock);
        SiteHealth health = new SiteHealth(name, clock, this::tell);
        S3SiteSettings settings = wanted.settings();
        S3Site probed = new S3Site(settings.with(settings.limits().withConnections(PROBES)), clock);
        Prober prober = new Prober(name, probed, health, clock);
        prober.start();
        Throttle throttle = wanted.copying()
                .map(rate -> Throttle.of(name, rate.bytesPerSecond()))
                .orElse(Throttle.NONE);
        SiteDirectory.Reached reached = new SiteDirectory.Reached(new Guarded(name, site, health), health, throttle);
        return new Made(wanted, reached, site, probed, prober);
    }

    private void tell(SiteHealth.Change change) {
        listener.accept(change);
        LOG.warn("site {} is {} and was {}: {}", change.site(), change.to(), change.from(), change.why());
    }

    @Override
    public void close() {
        made.values().forEach(Made::close);
        made = Map.of();
    }
}
