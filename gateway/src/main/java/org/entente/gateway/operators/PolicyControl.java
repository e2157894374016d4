package org.entente.gateway.operators;

import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.entente.gateway.audit.AuditLog;
import org.entente.gateway.audit.AuditRecord;
import org.entente.gateway.config.ConfigDirectory.Checked;
import org.entente.gateway.config.Snapshot;
import org.entente.gateway.reload.Outcome;
import org.entente.gateway.reload.Reloader;
import org.entente.gateway.reload.Revision;
import org.entente.gateway.reload.Revisions;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Explanation;
import org.entente.policy.decide.Question;
import org.entente.policy.model.Action;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Principal;
import org.entente.policy.parse.Suggestion;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/**
 * The policies as operators see them, and what operators do with them. Everything that asks the journal or reads files
 * blocks.
 */
public final class PolicyControl {
    private static final int HISTORY = 100;

    private final Reloader reloader;
    private final Revisions revisions;
    private final AuditLog audit;
    private final Clock clock;

    PolicyControl(Reloader reloader, Revisions revisions, AuditLog audit, Clock clock) {
        this.reloader = reloader;
        this.revisions = revisions;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Which are in force.
     *
     * @param rejected what keeps the directory's present documents from being in force
     * @param current null while the history cannot be written
     * @param history the latest first
     */
    public record InForce(
            long revision, List<String> rejected, @Nullable Revision current, List<Summary> history) {}

    /** A revision without its text. */
    public record Summary(long number, String applied, String author, String origin, List<String> changes) {
        static Summary of(Revision revision) {
            return new Summary(
                    revision.number(),
                    revision.applied().toString(),
                    revision.author(),
                    revision.origin().name().toLowerCase(Locale.ROOT),
                    revision.summary().lines().toList());
        }
    }

    /**
     * Who asks for what; null where the caller left something out.
     *
     * @param action what the principal does: a write, where it is left out
     * @param dark the sites that are assumed not to be reachable
     */
    public record Asked(
            @Nullable String principal,
            @Nullable String action,
            @Nullable String operation,
            @Nullable String bucket,
            @Nullable String key,
            @Nullable String label,
            @Nullable Map<String, String> tags,
            @Nullable Set<String> dark) {}

    public InForce inForce() {
        long number = reloader.get().revision();
        return new InForce(
                number,
                reloader.rejected().stream().map(Finding::toString).toList(),
                revisions.find(number).orElse(null),
                revisions.history(HISTORY).stream().map(Summary::of).toList());
    }

    /** Empty when there is none of that number. */
    public Optional<Revision> revision(long number) {
        return revisions.find(number);
    }

    /** The directory's documents with other policies. */
    public Checked with(String policies) {
        return reloader.with(policies);
    }

    /** A finding or a reason for people, with files named as they are called within the directory. */
    public String brief(Object said) {
        return reloader.brief(said.toString());
    }

    /** What would come of putting policies in force. */
    public Outcome tried(Checked wanted) {
        return reloader.tried(wanted);
    }

    /** @param basedOn the revision that was changed; empty where that does not matter */
    public Outcome put(String operator, String policies, OptionalLong basedOn) {
        return recorded(operator, "put policies", reloader.put(operator, policies, basedOn));
    }

    /** Empty when there is none of that number. */
    public Optional<Outcome> rollback(String operator, long number) {
        return reloader.rollback(operator, number).map(outcome -> recorded(operator, "roll back policies", outcome));
    }

    Outcome recorded(String operator, String command, Outcome outcome) {
        String reason = outcome.accepted()
                ? "revision " + outcome.revision()
                : outcome.findings().size() + " findings";
        audit.record(AuditRecord.operator(
                clock.instant(), operator, command, status(outcome).value(), reason));
        return outcome;
    }

    static HttpStatus status(Outcome outcome) {
        return outcome.accepted() ? HttpStatus.OK : HttpStatus.UNPROCESSABLE_CONTENT;
    }

    /** The names of all principals. */
    public List<String> principals() {
        return reloader.get().documents().principals().stream()
                .map(p -> p.name().value())
                .toList();
    }

    /**
     * Why it is decided so.
     *
     * @throws IllegalArgumentException with what is wrong about the question
     */
    public Explanation explain(Asked asked) {
        Snapshot snapshot = reloader.get();
        if (asked.bucket() == null || asked.bucket().isEmpty()) {
            throw new IllegalArgumentException("bucket is missing");
        }
        String called = Optional.ofNullable(asked.principal()).orElse("");
        Principal principal = snapshot.documents().principals().stream()
                .filter(p -> p.name().value().equals(called))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "unknown principal '" + called + "'" + Suggestion.among(principals(), called)));
        String word = Optional.ofNullable(asked.action()).orElse(Action.WRITE.toString());
        Action action = List.of(Action.values()).stream()
                .filter(a -> a.toString().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("action is read, write, list or manage"));
        Question question = new Question(
                principal,
                action,
                Optional.ofNullable(asked.operation()),
                asked.bucket(),
                Optional.ofNullable(asked.key()),
                Optional.of(new Facts.What(
                        Optional.ofNullable(asked.label()).orElse(""),
                        Optional.ofNullable(asked.tags()).orElse(Map.of()))));
        Set<String> dark = Optional.ofNullable(asked.dark()).orElse(Set.of());
        return Explanation.of(snapshot.engine().decide(question), dark);
    }
}
