package org.entente.gateway.config;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.entente.backends.resilience.SiteHealth;
import org.entente.backends.s3.Dialect;
import org.entente.backends.s3.S3SiteSettings;
import org.entente.backends.s3.SiteTls;
import org.entente.gateway.metrics.Meters;
import org.entente.gateway.sites.Commands;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.gateway.sites.WritesUnderWay;
import org.entente.gateway.wire.auth.Identity;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Position;
import org.entente.policy.model.Principal;
import org.entente.policy.model.Site;

/** Makes of documents what requests are served from. Not for use by several threads at once. */
public final class SnapshotMaker implements AutoCloseable {
    private final Function<String, Optional<String>> environment;
    private final Backends backends;
    private final WritesUnderWay writes;
    private final Commands commands;
    private final Meters meters;

    /**
     * @param environment the environment variables that secrets may be in
     * @param listener told of each change of a site's state
     */
    public SnapshotMaker(
            Function<String, Optional<String>> environment,
            Clock clock,
            WritesUnderWay writes,
            Commands commands,
            Meters meters,
            Consumer<SiteHealth.Change> listener) {
        this.environment = environment;
        this.backends = new Backends(clock, listener);
        this.writes = writes;
        this.commands = commands;
        this.meters = meters;
    }

    /** A snapshot if there was no error, and what was found in any case. */
    public record Made(Optional<Snapshot> snapshot, List<Finding> findings) {}

    /** Documents with their secrets opened. */
    private record Opened(
            Map<String, Identity> identities,
            OperatorTokens tokens,
            Map<String, Backends.Wanted> sites,
            List<Finding> findings) {
        boolean usable() {
            return findings.stream().noneMatch(Finding::isError);
        }
    }

    /** Everything that is wrong or doubtful, secrets that cannot be had included; reaches for no site. */
    public static List<Finding> check(ConfigDirectory.Checked checked, Function<String, Optional<String>> environment) {
        return checked.usable() ? open(checked, environment).findings() : checked.findings();
    }

    /** @param revision the number that the snapshot gets */
    public Made make(ConfigDirectory.Checked checked, long revision) {
        if (!checked.usable()) {
            return new Made(Optional.empty(), checked.findings());
        }
        Opened opened = open(checked, environment);
        if (!opened.usable()) {
            return new Made(Optional.empty(), opened.findings());
        }
        Snapshot snapshot = new Snapshot(
                revision,
                checked.documents(),
                PolicyEngine.compile(checked.documents()),
                opened.identities(),
                opened.tokens(),
                new SiteDirectory(backends.of(opened.sites()), writes, commands, meters));
        return new Made(Optional.of(snapshot), opened.findings());
    }

    private static Opened open(ConfigDirectory.Checked checked, Function<String, Optional<String>> environment) {
        List<Finding> findings = new ArrayList<>(checked.findings());
        Secrets secrets = new Secrets(environment, findings);
        Documents documents = checked.documents();
        Map<String, Identity> identities = identities(documents.principals(), secrets);
        OperatorTokens tokens = OperatorTokens.of(documents.operators(), secrets);
        Map<String, Backends.Wanted> sites = new HashMap<>();
        documents
                .sites()
                .forEach(site -> sites.put(
                        site.name().value(),
                        new Backends.Wanted(
                                settings(site, secrets), site.spec().limits().flatMap(Site.Limits::copying))));
        findings.sort(null);
        return new Opened(identities, tokens, sites, findings);
    }

    /** Stops looking after the sites. */
    @Override
    public void close() {
        backends.close();
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
                spec.limits().map(SnapshotMaker::limits).orElse(S3SiteSettings.Limits.DEFAULT),
                spec.tls().map(tls -> tls(tls, at, secrets)));
    }

    private static SiteTls tls(Site.Tls tls, Position at, Secrets secrets) {
        SiteTls read = new SiteTls(
                tls.authorities().map(file -> secrets.file(file, "certificates", at)),
                tls.certificate()
                        .map(file -> new SiteTls.Own(
                                secrets.file(file, "a certificate", at),
                                secrets.read(Optional.empty(), tls.keyFrom(), at))));
        secrets.check(at, read::context);
        return read;
    }

    private static S3SiteSettings.Limits limits(Site.Limits limits) {
        return new S3SiteSettings.Limits(
                Duration.ofMillis(limits.connect().millis()),
                Duration.ofMillis(limits.firstByte().millis()),
                Duration.ofMillis(limits.stall().millis()),
                limits.connections());
    }
}
