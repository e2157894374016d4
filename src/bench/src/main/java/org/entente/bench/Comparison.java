package org.entente.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The gateway beside what users would pick instead, in turn, on the same core, before the same sites. Only ratios within one
 * run mean anything: {@link Report} gives them with the noise that was measured, and the exit status says whether a target was
 * missed by more than that.
 */
public final class Comparison {
    /** Seconds after which a JVM has compiled what a load runs through; shorter ones would measure its compiler. */
    private static final int WARM_UP = 30;

    private static final int GREETING = 3;

    /** In seconds; the second half counts. */
    private static final int UNHURRIED = 20;

    private static final List<Load> LOADS = List.of(
            new Load("GET 1 KiB", "GET", "one", 1 << 10, 32, 1),
            new Load("PUT 1 KiB", "PUT", "one", 1 << 10, 32, 64),
            new Load("GET 8 MiB", "GET", "one", 8 << 20, 8, 1),
            new Load("PUT 8 MiB", "PUT", "one", 8 << 20, 8, 16),
            new Load("GET 256 MiB", "GET", "one", 256 << 20, 4, 1));

    private static final List<Load> COPIES = List.of(
            new Load("PUT 1 KiB to two sites", "PUT", "two", 1 << 10, 32, 4096),
            new Load("PUT 8 MiB to two sites", "PUT", "two", 8 << 20, 8, 64),
            new Load("PUT 8 MiB to three sites", "PUT", "three", 8 << 20, 8, 64));

    private final Path directory;
    private final Contenders field;
    private final Report report;
    private final int rounds;
    private final int seconds;
    private final Pattern loads;

    private Comparison(Path directory, Contenders field, Report report, int rounds, int seconds, Pattern loads) {
        this.directory = directory;
        this.field = field;
        this.report = report;
        this.rounds = rounds;
        this.seconds = seconds;
        this.loads = loads;
    }

    /**
     * @param words the repository's root, S3Proxy's jar, how many rounds, how many seconds each turn lasts, what is measured
     *     ({@code all}, or {@code profile} for the gateway alone with a flight recording), and a pattern for the loads' names
     */
    public static void main(String[] words) throws Exception {
        Path root = Path.of(words[0]);
        int rounds = Integer.parseInt(words[2]);
        int seconds = Integer.parseInt(words[3]);
        boolean profile = words[4].equals("profile");
        Pattern loads = Pattern.compile(words[5]);
        Path directory = Files.createTempDirectory("entente-bench");
        Comparison comparison = new Comparison(
                directory,
                new Contenders(root, directory, Path.of(words[1]), profile),
                new Report(rounds, seconds),
                rounds,
                seconds,
                loads);
        comparison.run();
        if (profile) {
            System.out.println("The recording: " + directory.resolve("gateway.jfr"));
        } else if (loads.matcher("").matches()) {
            comparison.report.write(root.resolve("src/docs/benchmarks/comparison.md"));
            System.exit(comparison.report.missed() ? 1 : 0);
        }
    }

    private void run() throws IOException, InterruptedException {
        try (field) {
            List<Contender> all = field.start();
            Contender.leaveCore();
            for (int round = 0; round <= rounds; round++) {
                for (Contender contender : all) {
                    turns(contender, LOADS, round > 0);
                    if (contender.name().equals(Contenders.OURS)) {
                        turns(contender, COPIES, round > 0);
                    }
                }
            }
            double most = report.rate(LOADS.getFirst(), Contenders.OURS);
            for (Contender contender : most == 0 ? List.<Contender>of() : all) {
                unhurried(contender, most / 2);
            }
            report.finish(all, field.absent());
        }
    }

    /**
     * At half of what the gateway can do at most nobody has to queue: what is waited for then is what a request takes. It is the
     * same rate for all, since half of what others can do is more than those who ask can on their part of a core.
     */
    private void unhurried(Contender contender, double half) throws InterruptedException {
        Load load = LOADS.getFirst();
        List<Double> took = new ArrayList<>();
        new OpenLoad(
                        contender.port(),
                        List.of(new OpenLoad.Caller("all", load.request(contender.port(), Load.ACCESS_KEY), 1)),
                        at -> half,
                        UNHURRIED,
                        answer -> {
                            if (answer.due() > UNHURRIED / 2.0) {
                                took.add(answer.status() == 200 ? answer.took() * 1e3 : Double.POSITIVE_INFINITY);
                            }
                        })
                .run(5);
        report.addUnhurried(contender, half, took);
    }

    private void turns(Contender contender, List<Load> asked, boolean counts) throws IOException, InterruptedException {
        List<Load> chosen = new ArrayList<>(asked);
        chosen.removeIf(load -> !loads.matcher(load.name()).find());
        for (Load load : chosen) {
            int lasting = counts ? seconds : contender.compiling() ? WARM_UP : GREETING;
            double before = contender.cpuSeconds();
            Load.Result result = load.run(contender.port(), lasting, directory);
            double cpu = contender.cpuSeconds() - before;
            double requests = Math.max(1, result.requests());
            Report.Turn turn = new Report.Turn(cpu / requests, requests / lasting, result.p99(), result.refused());
            System.out.printf(
                    Locale.ROOT,
                    "%-14s %-26s %8.0f requests/s %10.1f us of processor each%s%n",
                    contender.name(),
                    load.name(),
                    turn.rate(),
                    turn.cpuPerRequest() * 1e6,
                    turn.refused() > 0 ? ", " + turn.refused() + " refused" : counts ? "" : " (warm-up)");
            if (counts) {
                report.add(load, contender, turn);
            }
        }
    }
}
