package org.entente.bench;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What it costs a small write to two sites that a journal stands behind it, by the kind of the journal. */
public final class Journals {
    private static final int WARM_UP = 40;
    private static final List<String> MEMORY = List.of("-Xmx512m");
    private static final String NONE = "none";

    /** At least this part of what is written without a journal is to be written with one. */
    private static final double LEAST = 0.5;

    /** Few and many at once: those who come together share a commit. */
    private static final List<Load> LOADS = List.of(
            new Load("one at a time", "PUT", "two", 1 << 10, 1, 4096),
            new Load("32 at once", "PUT", "two", 1 << 10, 32, 4096),
            new Load("256 at once", "PUT", "two", 1 << 10, 256, 4096));

    private final Path directory;
    private final int rounds;
    private final int seconds;
    private final Map<Load, Map<String, List<Turn>>> turns = new LinkedHashMap<>();

    private Journals(Path directory, int rounds, int seconds) {
        this.directory = directory;
        this.rounds = rounds;
        this.seconds = seconds;
    }

    /**
     * @param rate writes a second
     * @param cpu microseconds of the gateway's processor for each
     * @param transactions of the journal's database, a second
     * @param p99 in milliseconds
     */
    private record Turn(double rate, double cpu, double transactions, double p99, long refused) {}

    /** @param words the repository's root, S3Proxy's jar, as for {@link Comparison}, how many rounds, how many seconds each */
    public static void main(String[] words) throws Exception {
        Path root = Path.of(words[0]);
        Path directory = Files.createTempDirectory("entente-bench");
        Journals journals = new Journals(directory, Integer.parseInt(words[2]), Integer.parseInt(words[3]));
        try (Contenders contenders = new Contenders(root, directory, Path.of(words[1]), false)) {
            // What is started from here on shares the sites' core.
            Contender.leaveCore();
            try (EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
                journals.run(contenders.journals(MEMORY, postgres.getJdbcUrl("postgres", "postgres")));
            }
        }
        journals.write(root.resolve("src/docs/benchmarks/journals.md"));
        System.exit(journals.missed() ? 1 : 0);
    }

    private void run(List<Contender> all) throws IOException, InterruptedException {
        for (Contender each : all) {
            LOADS.get(1).run(each.port(), WARM_UP, directory);
        }
        for (int round = 0; round < rounds; round++) {
            for (Load load : LOADS) {
                for (Contender each : all) {
                    Turn turn = turn(each, load);
                    System.out.println(each.name() + ", " + load.name() + ": " + turn);
                    turns.computeIfAbsent(load, none -> new LinkedHashMap<>())
                            .computeIfAbsent(each.name(), none -> new ArrayList<>())
                            .add(turn);
                }
            }
        }
    }

    private Turn turn(Contender gateway, Load load) throws IOException, InterruptedException {
        double transactions = transactions(gateway);
        double before = gateway.cpuSeconds();
        Load.Result result = load.run(gateway.port(), seconds, directory);
        double writes = Math.max(1, result.requests());
        return new Turn(
                writes / seconds,
                (gateway.cpuSeconds() - before) / writes * 1e6,
                (transactions(gateway) - transactions) / seconds,
                result.p99(),
                result.refused());
    }

    private static double transactions(Contender gateway) throws IOException, InterruptedException {
        return Metrics.of(gateway).sum("hikaricp_connections_usage_seconds_count", "");
    }

    private double middle(Load load, String journal, ToDoubleFunction<Turn> figure) {
        double[] all = turns.get(load).get(journal).stream()
                .mapToDouble(figure)
                .sorted()
                .toArray();
        return all[all.length / 2];
    }

    private double part(Load load, String journal) {
        return middle(load, journal, Turn::rate) / middle(load, NONE, Turn::rate);
    }

    private long refused(Load load, String journal) {
        return turns.get(load).get(journal).stream().mapToLong(Turn::refused).sum();
    }

    private boolean missed() {
        Load load = LOADS.get(1);
        return turns.get(load).keySet().stream()
                .anyMatch(journal -> part(load, journal) < LEAST || refused(load, journal) > 0);
    }

    private void write(Path file) throws IOException {
        StringBuilder page = new StringBuilder("""
                # What the journal costs

                Made by `mvn -Pbench -pl src/bench package exec:exec@journals` on %s, Java %s: PUT of 1 KiB to two sites, through three gateways in turn on one core, each with `%s`, %d rounds of %d
                seconds. One has no journal, which no gateway is otherwise; one has it in SQLite, on a disk that each commit waits for; one in PostgreSQL, which shares the other core with the sites and
                those who ask. Those who write at the same time share a commit. At 32 at once, at least half of what is written without a journal is to be written with one.

                | written | journal | a second | of that without | gateway's processor each, µs | transactions a second | writes each | p99, ms | put off |
                |---|---|---|---|---|---|---|---|---|
                """.formatted(
                        LocalDate.now(ZoneOffset.UTC), Runtime.version(), String.join(" ", MEMORY), rounds, seconds));
        turns.forEach((load, byJournal) -> byJournal.keySet().forEach(journal -> {
            double rate = middle(load, journal, Turn::rate);
            double transactions = middle(load, journal, Turn::transactions);
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %.0f | %.2f | %.0f | %s | %s | %.1f | %d |%n",
                    load.name(),
                    journal,
                    rate,
                    part(load, journal),
                    middle(load, journal, Turn::cpu),
                    journal.equals(NONE) ? "" : String.format(Locale.ROOT, "%.0f", transactions),
                    journal.equals(NONE) ? "" : String.format(Locale.ROOT, "%.1f", rate / transactions),
                    middle(load, journal, Turn::p99),
                    refused(load, journal)));
        }));
        page.append(missed() ? "\nMissed.\n" : "\nMet.\n");
        Files.writeString(file, page);
        System.out.println(page);
    }
}
