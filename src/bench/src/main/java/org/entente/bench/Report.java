package org.entente.bench;

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
import java.util.Optional;

/** What all turns showed: medians, ratios, noise, and the targets beside them. */
final class Report {
    /** What one turn showed. */
    record Turn(double cpuPerRequest, double rate, double p99, long refused) {}

    /**
     * What is promised of us.
     *
     * @param most of the ratio of the processor's time for a request
     */
    private record Target(String load, String against, String of, double most) {}

    /**
     * What requests take that come at half the rate that is possible to the gateway.
     *
     * @param median in milliseconds, as the 99th percentile
     */
    private record Unhurried(double rate, double median, double p99) {}

    /** The 99th percentile of ours, then, beside nginx's. */
    private static final double SLOWER = 2;

    private static final List<Target> TARGETS = List.of(
            new Target("GET 1 KiB", "nginx", "GET 1 KiB", 2),
            new Target("GET 1 KiB", "s3proxy", "GET 1 KiB", 1 / 7.0),
            new Target("GET 8 MiB", Contenders.YARDSTICK, "GET 8 MiB", 1.2),
            new Target("PUT 8 MiB", Contenders.YARDSTICK, "PUT 8 MiB", 1.2),
            new Target("GET 256 MiB", Contenders.YARDSTICK, "GET 256 MiB", 1.2),
            new Target("PUT 8 MiB to two sites", Contenders.OURS, "PUT 8 MiB", 1.7),
            new Target("PUT 8 MiB to three sites", Contenders.OURS, "PUT 8 MiB", 2.4));

    private final int rounds;
    private final int seconds;
    private final Map<String, Map<String, List<Turn>>> turns = new LinkedHashMap<>();
    private final Map<String, Unhurried> unhurried = new LinkedHashMap<>();
    private final List<String> memory = new ArrayList<>();
    private final List<String> absent = new ArrayList<>();

    Report(int rounds, int seconds) {
        this.rounds = rounds;
        this.seconds = seconds;
    }

    /** Adds what a turn showed. */
    void add(Load load, Contender contender, Turn turn) {
        turns.computeIfAbsent(load.name(), name -> new LinkedHashMap<>())
                .computeIfAbsent(contender.name(), name -> new ArrayList<>())
                .add(turn);
    }

    /** The middle of the rates at which a contender answered; 0 where it was not asked. */
    double rate(Load load, String contender) {
        List<Turn> all = turns.getOrDefault(load.name(), Map.of()).getOrDefault(contender, List.of());
        double[] rates = all.stream().mapToDouble(Turn::rate).sorted().toArray();
        return rates.length == 0 ? 0 : rates[rates.length / 2];
    }

    /** @param took by each request, in milliseconds */
    void addUnhurried(Contender contender, double rate, List<Double> took) {
        double[] sorted =
                took.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        Unhurried all = new Unhurried(rate, sorted[sorted.length / 2], sorted[(int) (sorted.length * 0.99)]);
        System.out.println(contender.name() + " " + all);
        unhurried.put(contender.name(), all);
    }

    /** To be called while the contenders still run, since it looks at the memory they hold. */
    void finish(List<Contender> contenders, List<String> skipped) throws IOException {
        for (Contender contender : contenders) {
            memory.add(contender.name() + " " + contender.residentMebibytes());
        }
        absent.addAll(skipped);
    }

    /** Whether a target is missed by more than the noise. */
    boolean missed() {
        return TARGETS.stream()
                        .anyMatch(target -> ratio(target)
                                .filter(is -> is > target.most() * (1 + noise(target)))
                                .isPresent())
                || slower().filter(is -> is > SLOWER).isPresent();
    }

    private Optional<Double> slower() {
        return Optional.ofNullable(unhurried.get("nginx"))
                .flatMap(theirs ->
                        Optional.ofNullable(unhurried.get(Contenders.OURS)).map(ours -> ours.p99() / theirs.p99()));
    }

    void write(Path file) throws IOException {
        StringBuilder page = new StringBuilder(head());
        turns.forEach(
                (load, byContender) -> byContender.forEach((contender, all) -> page.append(row(load, contender, all))));
        page.append("\n| target | is | |\n|---|---|---|\n");
        TARGETS.forEach(target -> page.append(row(target)));
        slower().ifPresent(is -> page.append(String.format(
                Locale.ROOT,
                "| GET 1 KiB at half of the rate that the gateway can do, p99: at most %.2f of nginx | %s | %s |%n",
                SLOWER,
                time(is),
                is <= SLOWER ? "met" : "**missed**")));
        page.append(
                "\n| GET 1 KiB at half of the rate that the gateway can do | requests/s | median, ms | p99, ms |\n|---|---|---|---|\n");
        unhurried.forEach((contender, took) -> page.append(String.format(
                Locale.ROOT,
                "| %s | %.0f | %s | %s |%n",
                contender,
                took.rate(),
                time(took.median()),
                time(took.p99()))));
        page.append("\nResident memory afterwards, MiB: ")
                .append(String.join(", ", memory))
                .append(".\n");
        absent.forEach(program -> page.append("\nSkipped, since it is not installed: ")
                .append(program)
                .append(".\n"));
        Files.createDirectories(file.getParent());
        Files.writeString(file, page);
        System.out.println(page);
    }

    private static String time(double took) {
        return Double.isInfinite(took) ? "not all served" : String.format(Locale.ROOT, "%.2f", took);
    }

    private String head() throws IOException {
        return """
                # Measured beside what users would pick instead

                Made by `mvn -Pbench -pl src/bench package exec:exec@compare` on %s: %d processors of "%s", Java %s. Each contender has one core, the sites and wrk the other;
                %d rounds of %d seconds in turn, after a warm-up. Signed requests, one site unless said otherwise; of the gateway everything is on: signatures, policies, breakers, metrics, the
                audit log, the journal. nginx and HAProxy verify nothing and sign nothing. What counts is the processor's time for a request; rates are bounded by the other core.

                | | contender | processor, us/request | noise | / %s | requests/s | p99, ms |
                |---|---|---|---|---|---|---|
                """.formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        processors().size(),
                        processors().getFirst(),
                        Runtime.version(),
                        rounds,
                        seconds,
                        Contenders.YARDSTICK);
    }

    private Optional<Double> ratio(Target target) {
        return median(target.load(), Contenders.OURS)
                .flatMap(ours -> median(target.of(), target.against()).map(theirs -> ours / theirs));
    }

    private double noise(Target target) {
        return noise(target.load(), Contenders.OURS) + noise(target.of(), target.against());
    }

    private String row(Target target) {
        String what = String.format(
                Locale.ROOT,
                "%s: at most %.2f of %s%s",
                target.load(),
                target.most(),
                target.against(),
                target.of().equals(target.load()) ? "" : "'s " + target.of());
        return ratio(target)
                .map(is -> String.format(
                        Locale.ROOT,
                        "| %s | %.2f ± %.2f | %s |%n",
                        what,
                        is,
                        is * noise(target),
                        is <= target.most() ? "met" : "**missed**"))
                .orElse("| " + what + " | not measured | |\n");
    }

    private Optional<Double> median(String load, String contender) {
        List<Double> all = cpu(load, contender);
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() / 2));
    }

    /** Sorted; empty where it was not measured, or where anything was refused. */
    private List<Double> cpu(String load, String contender) {
        List<Turn> all = turns.getOrDefault(load, Map.of()).getOrDefault(contender, List.of());
        return all.stream().anyMatch(turn -> turn.refused() > 0)
                ? List.of()
                : all.stream().map(Turn::cpuPerRequest).sorted().toList();
    }

    /** The widest distance of any turn from the middle one, as a part of that. */
    private double noise(String load, String contender) {
        List<Double> all = cpu(load, contender);
        double middle = all.get(all.size() / 2);
        return Math.max(middle - all.getFirst(), all.getLast() - middle) / middle;
    }

    private String row(String load, String contender, List<Turn> all) {
        Optional<Double> cpu = median(load, contender);
        if (cpu.isEmpty()) {
            return "| %s | %s | refused requests | | | | |%n".formatted(load, contender);
        }
        List<Turn> byRate = all.stream()
                .sorted((a, b) -> Double.compare(a.rate(), b.rate()))
                .toList();
        Turn middle = byRate.get(byRate.size() / 2);
        return String.format(
                Locale.ROOT,
                "| %s | %s | %.1f | ±%.0f %% | %s | %.0f | %.1f |%n",
                load,
                contender,
                cpu.get() * 1e6,
                noise(load, contender) * 100,
                median(load, Contenders.YARDSTICK)
                        .map(yardstick -> String.format(Locale.ROOT, "%.2f", cpu.get() / yardstick))
                        .orElse(""),
                middle.rate(),
                middle.p99());
    }

    /** All of the machine; this program keeps to one. */
    private static List<String> processors() throws IOException {
        return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .toList();
    }
}
