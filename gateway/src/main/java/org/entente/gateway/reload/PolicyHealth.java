package org.entente.gateway.reload;

import java.util.List;
import org.entente.gateway.metrics.Meters;
import org.entente.gateway.metrics.Metric;
import org.entente.policy.model.Finding;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Tells operators whether the documents in the directory are those in force. A bad document is no reason to take a gateway
 * out of service that serves well from the last good ones, so that it is a detail and a metric, not a failure.
 */
public final class PolicyHealth implements HealthIndicator {
    private final Reloader reloader;

    public PolicyHealth(Reloader reloader, Meters meters) {
        this.reloader = reloader;
        meters.gauge(Metric.POLICY_REVISION, () -> reloader.get().revision());
        meters.gauge(Metric.POLICY_ERRORS, () -> reloader.rejected().size());
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
