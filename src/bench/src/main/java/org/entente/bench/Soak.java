package org.entente.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.entente.bench.Contenders.Scale;
import org.entente.bench.OpenLoad.Answer;
import org.entente.bench.OpenLoad.Caller;

/**
 * An hour of what a gateway sees: reads and writes of small and large objects, wrong signatures, clients that hang up in the
 * middle, a site that goes dark and comes back, policies that are edited. Nothing that the process holds may grow.
 */
public final class Soak {
    /** Signatures are good for fifteen minutes. */
    private static final Duration LEG = Duration.ofMinutes(5);

    private static final Duration DARK = Duration.ofMinutes(1);

    /** Requests a second. */
    private static final double RATE = 300;

    private static final int KEYS = 40;
    private static final int BROKEN_OFF_PER_SECOND = 4;
    private static final double PATIENCE = 30;
    private static final List<String> MEMORY = List.of("-Xmx512m");

    /** By as much a figure of the last third may exceed that of the third before. */
    private static final double ALLOWED = 1.1;

    private static final int THIRDS = 3;
    private static final double MEBIBYTE = 1 << 20;

    private final Contenders contenders;
    private final Contender gateway;
    private final List<Step> steps = new ArrayList<>();
    private final Map<String, Long> answers = new ConcurrentSkipListMap<>();
    private final List<Double> took = new ArrayList<>();
    private volatile boolean over;

    private Soak(Contenders contenders, Contender gateway) {
        this.contenders = contenders;
        this.gateway = gateway;
    }

    /**
     * What the process holds, once garbage is collected.
     *
     * @param resident in MiB
     * @param heap in MiB
     * @param beside the heap, of Java's own, in MiB
     * @param journal the file's size, in MiB
     * @param p99 of the leg's requests, in milliseconds
     */
    private record Step(
            long minute,
            double resident,
            double heap,
            double beside,
            double threads,
            double files,
            double owed,
            double journal,
            double p99) {}

    /** @param words the repository's root, S3Proxy's jar, as for {@link Comparison}, and for how many minutes */
    public static void main(String[] words) throws Exception {
        Path root = Path.of(words[0]);
        int legs = Math.toIntExact(Duration.ofMinutes(Long.parseLong(words[2])).dividedBy(LEG));
        if (legs < THIRDS) {
            throw new IllegalArgumentException("less than " + THIRDS * LEG.toMinutes() + " minutes show no growth");
        }
        Path directory = Files.createTempDirectory("entente-bench");
        Soak soak;
        try (Contenders contenders = new Contenders(root, directory, Path.of(words[1]), false)) {
            Contender gateway = contenders.oursBeforeEachSite(MEMORY);
            Contender.leaveCore();
            soak = new Soak(contenders, gateway);
            soak.run(legs);
        }
        soak.write(root.resolve("src/docs/benchmarks/soak.md"));
        System.exit(soak.grown().isEmpty() ? 0 : 1);
    }

    private void run(int legs) throws IOException, InterruptedException {
        Thread impatient = Thread.ofPlatform().start(this::breakOff);
        try {
            for (int leg = 1; leg <= legs; leg++) {
                Thread troubles = Thread.ofPlatform().start(this::troubles);
                took.clear();
                new OpenLoad(gateway.port(), callers(), at -> RATE, LEG.toSeconds(), this::answered).run(PATIENCE);
                troubles.join();
                measure(leg * LEG.toMinutes());
            }
        } finally {
            over = true;
            impatient.join();
        }
    }

    private List<Caller> callers() {
        List<Caller> callers = new ArrayList<>(List.of(
                caller("GET 1 KiB", new Load("", "GET", "one", 1 << 10, 1, 1), 0, 0.42),
                caller("GET 1 KiB of two copies", new Load("", "GET", "two", 1 << 10, 1, 1), 0, 0.3),
                caller("GET 1 MiB", new Load("", "GET", "two", 1 << 20, 1, 1), 0, 0.03),
                new Caller(
                        "signed by a stranger",
                        new Load("", "GET", "one", 1 << 10, 1, 1).request(gateway.port(), "STRANGER000000000000"),
                        0.05)));
        Load put = new Load("", "PUT", "two", 1 << 10, 1, KEYS);
        IntStream.range(0, KEYS).forEach(key -> callers.add(caller("PUT 1 KiB to two sites", put, key, 0.2 / KEYS)));
        return callers;
    }

    private Caller caller(String name, Load load, int key, double part) {
        return new Caller(name, load.request(gateway.port(), Load.ACCESS_KEY, key), part);
    }

    private void answered(Answer answer) {
        String what = answer.status() == 0 ? "no answer" : answer.status() + (answer.slowDown() ? " SlowDown" : "");
        answers.merge(answer.caller().name() + ": " + what, 1L, Long::sum);
        took.add(answer.took() * 1000);
    }

    /** A site is away for a while, and an operator edits the policies. */
    private void troubles() {
        try {
            contenders.dark(1, () -> pause(DARK));
            contenders.tell(new Scale(100, Scale.LEAST.sites()));
            pause(Duration.ofSeconds(30));
            contenders.tell(Scale.LEAST);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Clients that lose interest in the middle of an answer. */
    private void breakOff() {
        Load load = new Load("", "GET", "one", 8 << 20, 1, 1);
        byte[] some = new byte[100_000];
        while (!over) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", gateway.port()));
                socket.getOutputStream().write(load.request(gateway.port(), Load.ACCESS_KEY));
                socket.getInputStream().readNBytes(some, 0, some.length);
            } catch (IOException e) {
                answers.merge("GET 8 MiB, broken off: " + e.getMessage(), 1L, Long::sum);
            }
            pause(Duration.ofSeconds(1).dividedBy(BROKEN_OFF_PER_SECOND));
        }
    }

    private static void pause(Duration length) {
        try {
            Thread.sleep(length);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void measure(long minute) throws IOException, InterruptedException {
        // The connections of those who asked are gone by then.
        pause(Duration.ofSeconds(5));
        gateway.collectGarbage();
        Metrics metrics = Metrics.of(gateway);
        double[] sorted =
                took.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        Step step = new Step(
                minute,
                gateway.residentMebibytes(),
                metrics.sum("jvm_memory_used_bytes", "area=\"heap\"") / MEBIBYTE,
                metrics.sum("jvm_memory_used_bytes", "area=\"nonheap\"") / MEBIBYTE,
                metrics.sum("jvm_threads_live_threads", ""),
                gateway.openFiles(),
                metrics.sum("entente_owed_keys", ""),
                Files.size(contenders.state().resolve("journal.db")) / MEBIBYTE,
                sorted[(int) (sorted.length * 0.99)]);
        System.out.println(step);
        steps.add(step);
    }

    /** The middle one of so many of the steps. */
    private double middle(ToDoubleFunction<Step> figure, int from, int to) {
        double[] all =
                steps.subList(from, to).stream().mapToDouble(figure).sorted().toArray();
        return all[all.length / 2];
    }

    /** What the last third of the steps has more of than the third before; the first warms up. */
    private List<String> grown() {
        int third = steps.size() / THIRDS;
        Map<String, ToDoubleFunction<Step>> figures = new LinkedHashMap<>();
        figures.put("resident memory", Step::resident);
        figures.put("heap", Step::heap);
        figures.put("memory beside the heap", Step::beside);
        figures.put("threads", Step::threads);
        figures.put("open files", Step::files);
        return figures.entrySet().stream()
                .filter(figure -> middle(figure.getValue(), steps.size() - third, steps.size())
                        > ALLOWED * middle(figure.getValue(), steps.size() - 2 * third, steps.size() - third))
                .map(Map.Entry::getKey)
                .toList();
    }

    private void write(Path file) throws IOException {
        StringBuilder page = new StringBuilder("""
                # For an hour

                Made by `mvn -Pbench -pl src/bench package exec:exec@soak` on %s, Java %s: a gateway with `%s` on one core, the sites and those who ask on the other. %.0f requests come in a second:
                seven in ten read 1 KiB, one in five writes 1 KiB to two sites, some read 1 MiB, some are signed by a stranger; %d clients a second hang up in the middle of 8 MiB. In every five
                minutes one of the sites is dark for the first, and the policies are edited twice. Each line is of their end, after a collection of garbage. The journal keeps
                each revision of the policies, and is to grow by them.

                | minute | resident, MiB | heap, MiB | of Java's beside it, MiB | threads | open files | keys that a site lacks | journal, MiB | p99 of the five minutes, ms |
                |---|---|---|---|---|---|---|---|---|
                """.formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        Runtime.version(),
                        String.join(" ", MEMORY),
                        RATE,
                        BROKEN_OFF_PER_SECOND));
        steps.forEach(step -> page.append(String.format(
                Locale.ROOT,
                "| %d | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f | %.1f | %.1f |%n",
                step.minute(),
                step.resident(),
                step.heap(),
                step.beside(),
                step.threads(),
                step.files(),
                step.owed(),
                step.journal(),
                step.p99())));
        page.append(
                grown().isEmpty()
                        ? "\nNothing has grown by more than a tenth from the second third of the time to the last.\n"
                        : "\nWhat has grown by more than a tenth from the second third of the time to the last: "
                                + String.join(", ", grown()) + ".\n");
        page.append("\n| answered | times |\n|---|---|\n")
                .append(answers.entrySet().stream()
                        .map(each -> String.format(Locale.ROOT, "| %s | %,d |%n", each.getKey(), each.getValue()))
                        .collect(Collectors.joining()));
        Files.writeString(file, page);
        System.out.println(page);
    }
}
