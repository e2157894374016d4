package org.entente.gateway.command;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.entente.backends.Fault;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.config.SnapshotMaker;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Generations;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.replication.Rebuild;
import org.entente.gateway.replication.Rebuild.Missing;
import org.entente.policy.model.Site;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "rebuild",
        description = {
            "Make a lost journal anew from what the sites hold; no gateway may run meanwhile, and every site must answer.",
            "What cannot be told from the objects is listed, and nothing is written until an option decides it (exit code 1).",
            "The journal is found as by the gateway: ENTENTE_JOURNAL_URL, or ENTENTE_DATA."
        },
        mixinStandardHelpOptions = true)
final class JournalRebuild implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Option(names = "--config", required = true, paramLabel = "DIR", description = "Directory of *.yaml documents.")
    private @Nullable Path directory;

    @Option(
            names = "--missing",
            paramLabel = "keep|remove",
            description =
                    "What becomes of objects that some members have and others do not: was it a deletion, or are they owed?")
    private @Nullable String missing;

    @Option(
            names = "--newest",
            description =
                    "Of objects that differ and bear no stamp, take the one that was modified last by its site's clock.")
    private boolean newest;

    @Option(
            names = "--owner",
            paramLabel = "PRINCIPAL",
            description = "Who owns the buckets that the catalogue has lost.")
    private @Nullable String owner;

    @Option(
            names = "--bucket",
            paramLabel = "NAME",
            description =
                    "Only this bucket; can be repeated (default: all that the sites have and a policy speaks of).")
    private List<String> only = List.of();

    @Mixin
    private Report report = new Report();

    @Override
    public Integer call() {
        if (directory == null) {
            throw new IllegalStateException("called without its arguments");
        }
        Optional<Missing> decided;
        try {
            decided = Optional.ofNullable(missing).map(word -> Missing.valueOf(word.toUpperCase(Locale.ROOT)));
        } catch (IllegalArgumentException e) {
            report.err().println("--missing is keep or remove, not '" + missing + "'");
            return Exit.USAGE;
        }
        Rebuild.Decisions decisions = new Rebuild.Decisions(decided, newest, Optional.ofNullable(owner));
        OpenJournal open = OpenJournal.toWrite();
        try {
            return open.with(directory, report, made -> rebuilt(open.database(), made, decisions));
        } catch (Database.Unavailable | Fault e) {
            report.err().println(e.getMessage());
            return Exit.USAGE;
        }
    }

    private int rebuilt(Database database, SnapshotMaker.Made made, Rebuild.Decisions decisions) {
        Journal journal = new Journal(database, Clock.systemUTC(), "rebuild");
        long known = journal.size().blockOptional(PATIENCE).orElse(0L);
        if (known > 0) {
            report.err().println("the journal has " + known + " entries: it is not lost, and they know better");
            return Exit.USAGE;
        }
        Rebuild rebuild = new Rebuild(
                journal,
                new Versions(database),
                new Catalogue(database),
                made.snapshot().orElseThrow().terms(),
                new Generations(Clock.systemUTC(), "rebuild"),
                Clock.systemUTC(),
                decisions);
        Map<String, Set<String>> there = buckets(made);
        Rebuild.Report found = rebuild.run(there, false);
        if (found.undecided().isEmpty()) {
            rebuild.run(there, true);
        }
        print(found);
        return found.undecided().isEmpty() ? Exit.OK : Exit.FINDINGS;
    }

    /** Our buckets at each site, by our names. */
    private Map<String, Set<String>> buckets(SnapshotMaker.Made made) {
        Map<String, Set<String>> there = new TreeMap<>();
        for (Site site : made.snapshot().orElseThrow().documents().sites()) {
            String prefix = site.spec().bucketPrefix().text();
            String name = site.name().value();
            there.put(
                    name,
                    made
                            .snapshot()
                            .orElseThrow()
                            .terms()
                            .sites()
                            .bucketsAt(name)
                            .blockOptional(PATIENCE)
                            .orElseThrow()
                            .stream()
                            .filter(bucket -> bucket.startsWith(prefix))
                            .map(bucket -> bucket.substring(prefix.length()))
                            .filter(bucket -> only.isEmpty() || only.contains(bucket))
                            .collect(Collectors.toSet()));
        }
        return there;
    }

    private void print(Rebuild.Report found) {
        if (report.asJson()) {
            report.json(found);
            return;
        }
        found.undecided().forEach(question -> report.line(Report.styled("red", question)));
        found.leftAlone().forEach(bucket -> report.plain("bucket " + bucket));
        found.buckets()
                .forEach(bucket -> report.plain("bucket " + bucket.name() + " of " + bucket.owner() + " at "
                        + String.join(", ", bucket.members())));
        report.plain(found.keys() + " keys compared; " + found.entries() + " not the same everywhere; "
                + (found.undecided().isEmpty()
                        ? "the journal is made"
                        : found.undecided().size() + " to be decided, nothing is written"));
    }
}
