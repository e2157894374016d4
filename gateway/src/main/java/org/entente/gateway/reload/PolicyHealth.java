package org.entente.gateway.reload;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.entente.policy.model.Finding;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Tells operators whether the documents in the directory are those in force. A bad document is no reason to take a gateway
 * out of service that serves well from the last good ones, so that it is a detail and a metric, not a failure.
 */
public final class PolicyHealth implements HealthIndicator {
    private final Reloader reloader;

    public PolicyHealth(Reloader reloader, MeterRegistry meters) {
        this.reloader = reloader;
        Gauge.builder("entente.policy.revision", () -> reloader.get().revision())
                .description("number of the policies in force")
                .register(meters);
        Gauge.builder("entente.policy.errors", () -> reloader.rejected().size())
                .description("errors that keep the documents in the directory from being in force")
                .register(meters);
    }

    @Override
    public Health health() {
        List<String> errors =
                reloader.rejected().stream().map(Finding::toString).toList();
        Health.Builder health =
                Health.up().withDetail("revision", reloader.get().revision());
        return errors.isEmpty()
                ? health.build()
                : health.withDetail("lastGoodInForce", true)
                        .withDetail("errors", errors)
                        .build();
    }
}
