package org.entente.gateway.replication;

import java.time.Duration;

/** How long a request of which nothing was heard may still take effect at a site that was given it. */
final class Quarantine {
    static final Duration LENGTH = Duration.ofSeconds(10);

    private Quarantine() {}
}
