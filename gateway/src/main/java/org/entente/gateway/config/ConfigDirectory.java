package org.entente.gateway.config;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.entente.backends.Backend;
import org.entente.backends.resilience.Guarded;
import org.entente.backends.s3.Dialect;
import org.entente.backends.s3.S3Site;
import org.entente.backends.s3.S3SiteSettings;
import org.entente.gateway.federation.SiteDirectory;
import org.entente.gateway.wire.auth.Identity;
import org.entente.policy.check.Checker;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Position;
import org.entente.policy.model.Principal;
import org.entente.policy.model.Site;
import org.entente.policy.parse.DocumentParser;
import org.entente.policy.parse.Source;

/** A directory of documents: sites, policies and principals. */
public final class ConfigDirectory {
    private static final CircuitBreakerConfig BREAKER = CircuitBreakerConfig.custom()
            .slidingWindowSize(20)
            .minimumNumberOfCalls(10)
            .failureRateThreshold(50)
            .waitDurationInOpenState(Duration.ofSeconds(2))
            .permittedNumberOfCallsInHalfOpenState(3)
            .build();

    private final Path directory;

    public ConfigDirectory(Path directory) {
        this.directory = directory;
    }

    /**
     * What the documents say, as far as it can be understood.
     *
     * @param findings everything that is wrong or doubtful, sorted by place
     */
    public record Checked(Documents documents, List<Finding> findings) {
        public boolean usable() {
            return findings.stream().noneMatch(Finding::isError);
        }
    }

    /** A snapshot if there was no error, and what was found in any case. */
    public record Loaded(Optional<Snapshot> snapshot, List<Finding> findings) {}

    /** Reads and checks the documents, without opening a secret or reaching for a site. */
    public Checked check() {
        Source.Sources sources = Source.in(directory);
        DocumentParser.Parsed parsed = DocumentParser.parse(sources.readable());
        List<Finding> findings = new ArrayList<>(sources.findings());
        findings.addAll(parsed.findings());
        findings.addAll(Checker.check(parsed.documents(), Dialect.names()));
        return new Checked(parsed.documents(), findings.stream().sorted().toList());
    }

    /**
     * Makes of the documents what requests are served from.
     *
     * @param environment the environment variables that secrets may be in
     */
    public Loaded load(Function<String, Optional<String>> environment, Clock clock) {
        Checked checked = check();
        if (!checked.usable()) {
            return new Loaded(Optional.empty(), checked.findings());
        }
        List<Finding> findings = new ArrayList<>(checked.findings());
        Secrets secrets = new Secrets(environment, findings);
        Documents documents = checked.documents();
        Map<String, Identity> identities = identities(documents.principals(), secrets);
        Map<String, S3SiteSettings> sites = new HashMap<>();
        documents.sites().forEach(site -> sites.put(site.name().value(), settings(site, secrets)));
        if (findings.stream().anyMatch(Finding::isError)) {
            return new Loaded(Optional.empty(), findings.stream().sorted().toList());
        }
        Map<String, Backend> backends = new HashMap<>();
        sites.forEach((name, settings) ->
                backends.put(name, new Guarded(name, new S3Site(settings, clock), CircuitBreaker.of(name, BREAKER))));
        Snapshot snapshot = new Snapshot(new PolicyEngine(documents), identities, new SiteDirectory(backends));
        return new Loaded(Optional.of(snapshot), findings);
    }

    private static Map<String, Identity> identities(List<Principal> principals, Secrets secrets) {
        Map<String, Identity> identities = new HashMap<>();
        for (Principal principal : principals) {
            for (Principal.AccessKey key : principal.spec().accessKeys()) {
                String secret =
                        secrets.read(key.secret(), key.secretFrom(), key.id().at());
                identities.put(key.id().value(), new Identity(principal, secret));
            }
        }
        return identities;
    }

    private static S3SiteSettings settings(Site site, Secrets secrets) {
        Site.Spec spec = site.spec();
        Position at = site.name().at();
        Site.Credentials credentials = spec.credentials();
        return new S3SiteSettings(
                site.name().value(),
                spec.endpoint().value().uri(),
                spec.region(),
                spec.addressing() == Site.Addressing.VIRTUAL,
                spec.bucketPrefix().text(),
                Dialect.named(spec.dialect().value()).orElseThrow(),
                new S3SiteSettings.Credentials(
                        secrets.read(credentials.accessKey(), credentials.accessKeyFrom(), at),
                        secrets.read(credentials.secretKey(), credentials.secretKeyFrom(), at)),
                S3SiteSettings.Limits.DEFAULT);
    }
}
