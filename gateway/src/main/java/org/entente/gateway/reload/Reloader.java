package org.entente.gateway.reload;

import java.io.File;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.entente.gateway.audit.AuditLog;
import org.entente.gateway.audit.AuditRecord;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.gateway.config.ConfigDirectory.Checked;
import org.entente.gateway.config.Snapshot;
import org.entente.gateway.config.SnapshotMaker;
import org.entente.gateway.metrics.Meters;
import org.entente.gateway.sites.WritesUnderWay;
import org.entente.policy.foresight.Change;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Position;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * Keeps the snapshot in force: sees that something has changed, plans what it would become, applies it at once and as a
 * whole. What has an error changes nothing: the last good set stays in force until it is mended.
 *
 * <p>The last change wins, whoever made it: policies put by an operator hold until the directory's documents change.
 */
public final class Reloader implements Supplier<Snapshot> {
    private static final Logger LOG = LoggerFactory.getLogger(Reloader.class);
    private static final String DIRECTORY = "directory";

    private final ConfigDirectory directory;
    private final SnapshotMaker maker;
    private final Revisions revisions;
    private final WritesUnderWay writes;
    private final AuditLog audit;
    private final Clock clock;
    private final Meters meters;

    private volatile Snapshot snapshot;
    private volatile List<Finding> rejected = List.of();
    private String seen = "";
    private String settling = "";
    private long numberSeen = -1;

    /** The documents cannot be served from; what is wrong with them has been found before. */
    public static final class Unusable extends RuntimeException {
        private final List<Finding> findings;

        Unusable(List<Finding> findings) {
            super("the configuration has errors");
            this.findings = List.copyOf(findings);
        }

        public List<Finding> findings() {
            return findings;
        }
    }

    /** @throws Unusable when there is an error in the documents, so that there is nothing to start with */
    public Reloader(
            ConfigDirectory directory,
            SnapshotMaker maker,
            Revisions revisions,
            WritesUnderWay writes,
            AuditLog audit,
            Clock clock,
            Meters meters) {
        this.directory = directory;
        this.maker = maker;
        this.revisions = revisions;
        this.writes = writes;
        this.audit = audit;
        this.clock = clock;
        this.meters = meters;
        Checked checked = directory.check();
        SnapshotMaker.Made made = plan(checked, revisions.latest());
        this.snapshot = made.snapshot().orElseThrow(() -> new Unusable(made.findings()));
        this.seen = directory.fingerprint(checked.documents());
        this.settling = seen;
        writes.enforce(snapshot.engine());
        settle(checked);
    }

    @Override
    public Snapshot get() {
        return snapshot;
    }

    /** What keeps the directory's present documents from being in force; none when they are. */
    public List<Finding> rejected() {
        return rejected;
    }

    /**
     * Looks whether the directory or, by another gateway's hand, the history has changed, and follows. What is still being
     * written could be half of what is meant, so that a change counts once it looks the same twice.
     *
     * @return whether to look again soon
     */
    public synchronized boolean follow() {
        String fingerprint = directory.fingerprint(snapshot.documents());
        if (fingerprint.equals(seen) && latestNumber() == numberSeen) {
            settling = fingerprint;
            return false;
        }
        if (!fingerprint.equals(settling)) {
            settling = fingerprint;
            return true;
        }
        Checked checked = directory.check();
        SnapshotMaker.Made made = plan(checked, latest());
        seen = fingerprint;
        if (made.snapshot().isEmpty()) {
            reject(made.findings());
            numberSeen = latestNumber();
            return false;
        }
        rejected = List.of();
        String before = snapshot.documents().equals(made.snapshot().get().documents()) ? "same" : "changed";
        apply(made.snapshot().get(), DIRECTORY);
        LOG.info("the documents of {} were read again: policies {}", directory.path(), before);
        settle(checked);
        return false;
    }

    /** What the documents would be: the latest revision's policies, unless the directory has changed since. */
    private SnapshotMaker.Made plan(Checked checked, Optional<Revision> latest) {
        Optional<Revision> holds = latest.filter(
                r -> r.origin() != Revision.Origin.DIRECTORY && r.directory().equals(checked.digest()));
        Checked effective = holds.filter(r -> checked.usable())
                .map(r -> checked.withPolicies("revision " + r.number(), r.policies()))
                .orElse(checked);
        return maker.make(effective, latest.map(Revision::number).orElse(0L));
    }

    /** Records the directory's documents as a revision, if they are what is in force and not recorded yet. */
    private void settle(Checked checked) {
        try {
            Optional<Revision> latest = revisions.latest();
            boolean recorded =
                    latest.filter(r -> r.directory().equals(checked.digest())).isPresent();
            if (!recorded) {
                Revision next = next(latest, DIRECTORY, Revision.Origin.DIRECTORY, checked, changes(latest, checked));
                if (revisions.add(next)) {
                    number(next.number());
                }
            }
            numberSeen = revisions.latestNumber();
        } catch (DataAccessException e) {
            LOG.error("the history of policies cannot be written; they are in force all the same", e);
        }
    }

    private void number(long revision) {
        Snapshot s = snapshot;
        snapshot = new Snapshot(revision, s.documents(), s.engine(), s.identities(), s.tokens(), s.sites());
    }

    private String changes(Optional<Revision> latest, Checked checked) {
        return latest.map(before -> checked.withPolicies("revision " + before.number(), before.policies()))
                .filter(Checked::usable)
                .map(before ->
                        String.join("\n", ChangeReport.lines(Change.of(before.documents(), checked.documents()))))
                .orElse("the first policies");
    }

    private Revision next(
            Optional<Revision> latest, String author, Revision.Origin origin, Checked checked, String summary) {
        return new Revision(
                latest.map(Revision::number).orElse(0L) + 1,
                clock.instant(),
                author,
                origin,
                checked.digest(),
                checked.policies(),
                summary);
    }

    private void apply(Snapshot next, String author) {
        snapshot = next;
        meters.reloaded(true);
        int aborted = writes.enforce(next.engine());
        audit.record(AuditRecord.reload(clock.instant(), author, next.revision(), "applied"));
        if (aborted > 0) {
            LOG.warn("{} writes under way were aborted: the new policies forbid the sites they went to", aborted);
        }
    }

    private void reject(List<Finding> findings) {
        List<Finding> errors = findings.stream().filter(Finding::isError).toList();
        rejected = errors;
        meters.reloaded(false);
        audit.record(AuditRecord.reload(
                clock.instant(), DIRECTORY, snapshot.revision(), "rejected: " + errors.size() + " errors"));
        LOG.error(
                "the documents of {} have errors; the last good ones stay in force:{}{}",
                directory.path(),
                System.lineSeparator(),
                String.join(
                        System.lineSeparator(),
                        errors.stream().map(Finding::toString).toList()));
    }

    /**
     * Puts policies in force in the place of those of the directory.
     *
     * @param author the operator's name
     * @param policies YAML documents about policies, and no others
     * @param basedOn the revision that the author changed; empty where that does not matter
     */
    public synchronized Outcome put(String author, String policies, OptionalLong basedOn) {
        return put(author, Revision.Origin.API, policies, basedOn);
    }

    /** Puts an older revision's policies in force again; empty when there is none of that number. */
    public synchronized Optional<Outcome> rollback(String author, long number) {
        return revisions
                .find(number)
                .map(old -> put(author, Revision.Origin.ROLLBACK, old.policies(), OptionalLong.empty()));
    }

    /**
     * The directory's documents with other policies.
     *
     * @param policies YAML documents about policies, and no others
     */
    public Checked with(String policies) {
        Checked base = directory.check();
        return base.usable() ? base.withPolicies("policies", policies) : base;
    }

    /** The same with files named as they are called within the directory. */
    public String brief(String text) {
        return text.replace(directory.path() + File.separator, "");
    }

    /** What would come of putting these in force, which is not done. */
    public Outcome tried(Checked wanted) {
        return wanted.usable()
                ? new Outcome(true, snapshot.revision(), wanted.findings(), changes(wanted))
                : new Outcome(false, snapshot.revision(), wanted.findings(), List.of());
    }

    private List<String> changes(Checked wanted) {
        return ChangeReport.lines(Change.of(snapshot.documents(), wanted.documents()));
    }

    private Outcome put(String author, Revision.Origin origin, String policies, OptionalLong basedOn) {
        Checked wanted = with(policies);
        if (!wanted.usable()) {
            return tried(wanted);
        }
        List<String> changes = changes(wanted);
        Optional<Revision> latest = revisions.latest();
        if (basedOn.isPresent() && basedOn.getAsLong() != revisions.latestNumber()) {
            return overtaken(changes);
        }
        Revision next = next(latest, author, origin, wanted, String.join("\n", changes));
        SnapshotMaker.Made made = maker.make(wanted, next.number());
        if (made.snapshot().isEmpty()) {
            return new Outcome(false, snapshot.revision(), made.findings(), changes);
        }
        if (!revisions.add(next)) {
            return overtaken(changes);
        }
        apply(made.snapshot().get(), author);
        seen = directory.fingerprint(snapshot.documents());
        settling = seen;
        numberSeen = next.number();
        LOG.info("revision {} of the policies was put in force by {}", next.number(), author);
        return new Outcome(true, next.number(), wanted.findings(), changes);
    }

    private Outcome overtaken(List<String> changes) {
        return new Outcome(
                false,
                snapshot.revision(),
                List.of(Finding.error(
                        new Position("policies", 1, 1), "somebody else has just changed the policies; look again")),
                changes);
    }

    private Optional<Revision> latest() {
        try {
            return revisions.latest();
        } catch (DataAccessException e) {
            LOG.warn("the history of policies cannot be read: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private long latestNumber() {
        try {
            return revisions.latestNumber();
        } catch (DataAccessException e) {
            return numberSeen;
        }
    }
}
