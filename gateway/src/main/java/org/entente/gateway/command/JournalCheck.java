package org.entente.gateway.command;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.config.SnapshotMaker;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Entry;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.replication.Census;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "check",
        description = {
            "Compare what the sites hold with what the journal says of it, key by key.",
            "Reads only, also beside a gateway that runs. Exits with 1 when something is not the same everywhere that the",
            "journal does not know of. The journal is found as by the gateway: ENTENTE_JOURNAL_URL, or ENTENTE_DATA."
        },
        mixinStandardHelpOptions = true)
final class JournalCheck implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int MOST_ENTRIES = 1_000_000;

    @Option(names = "--config", required = true, paramLabel = "DIR", description = "Directory of *.yaml documents.")
    private @Nullable Path directory;

    @Mixin
    private Report report = new Report();

    private record Result(long entries, int buckets, long keys, List<String> problems) {}

    @Override
    public Integer call() {
        if (directory == null) {
            throw new IllegalStateException("called without its arguments");
        }
        OpenJournal open = OpenJournal.toRead();
        try {
            return open.with(directory, report, made -> {
                Result result = check(open.database(), new Journal(open.database(), Clock.systemUTC(), "check"), made);
                print(result);
                return result.problems().isEmpty() ? Exit.OK : Exit.FINDINGS;
            });
        } catch (Database.Unavailable e) {
            report.err().println(e.getMessage());
            return Exit.USAGE;
        }
    }

    private static Result check(Database database, Journal journal, SnapshotMaker.Made made) {
        List<Bucket> buckets = new Catalogue(database)
                .all().blockOptional(PATIENCE).orElse(List.of()).stream()
                        .filter(Bucket::replicated)
                        .toList();
        List<Entry> entries = journal.all(MOST_ENTRIES).blockOptional(PATIENCE).orElse(List.of());
        Map<String, Bucket> named = Census.byName(buckets);
        List<String> problems = new ArrayList<>(Census.contradictions(entries, named));
        Census census = new Census(journal, made.snapshot().orElseThrow().terms());
        long keys = 0;
        for (Bucket bucket : buckets) {
            Census.Findings findings = census.compare(bucket);
            keys += findings.keys();
            problems.addAll(findings.problems());
        }
        return new Result(entries.size(), buckets.size(), keys, problems);
    }

    private void print(Result result) {
        if (report.asJson()) {
            report.json(result);
            return;
        }
        result.problems().forEach(problem -> report.line(Report.styled("red", problem)));
        report.plain(result.keys() + " keys in " + result.buckets() + " buckets compared, " + result.entries()
                + " entries in the journal; " + result.problems().size() + " problems");
    }
}
