package org.entente.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.entente.bench.OpenLoad.Answer;
import org.entente.bench.OpenLoad.Caller;

/**
 * What happens when 45 times as much is asked as usual, within ten seconds: who is served, who is put off, and how long each
 * waits.
 */
public final class Surge {
    private static final int WARM_UP = 40;
    private static final int MEASURED = 8;

    /** What is asked as a rule is this part of all that the gateway can do; the most is then twice as much as it can. */
    private static final int USUAL = 20;

    private static final double MOST = 45;
    private static final double BEGINS = 5;
    private static final double RISES = 10;
    private static final double STAYS = 5;
    private static final double LASTS = 35;
    private static final double PATIENCE = 30;

    /** Of what is asked, as much is urgent. */
    private static final double URGENT = 0.02;

    private final double usual;
    private final List<Answer> answers = new ArrayList<>();

    private Surge(double usual) {
        this.usual = usual;
    }

    /** @param words the repository's root and S3Proxy's jar, as for {@link Comparison} */
    public static void main(String[] words) throws Exception {
        Path root = Path.of(words[0]);
        Path directory = Files.createTempDirectory("entente-bench");
        Load load = new Load("GET 1 KiB", "GET", "one", 1 << 10, 64, 1);
        long broken;
        try (Contenders contenders = new Contenders(root, directory, Path.of(words[1]), false)) {
            Contender gateway = contenders.ours(List.of("-Xmx512m"));
            Contender.leaveCore();
            load.run(gateway.port(), WARM_UP, directory);
            double most = (double) load.run(gateway.port(), MEASURED, directory).requests() / MEASURED;
            new Surge(most / USUAL).asked(gateway.port(), load, most / USUAL, 5);
            Surge surge = new Surge(most / USUAL);
            surge.asked(gateway.port(), load, Double.NaN, LASTS);
            surge.write(root.resolve("src/docs/benchmarks"), most);
            broken = surge.broken();
        }
        System.exit(broken == 0 ? 0 : 1);
    }

    private void asked(int port, Load load, double steady, double seconds) throws InterruptedException {
        List<Caller> callers = List.of(
                new Caller("routine", load.request(port, Load.ACCESS_KEY), 1 - URGENT),
                new Caller("flash", load.request(port, Load.URGENT_KEY), URGENT));
        new OpenLoad(port, callers, at -> Double.isNaN(steady) ? rate(at) : steady, seconds, answers::add)
                .run(PATIENCE);
    }

    private double rate(double at) {
        if (at < BEGINS || at > BEGINS + RISES + STAYS) {
            return usual;
        }
        return usual * (1 + (MOST - 1) * Math.min(1, (at - BEGINS) / RISES));
    }

    private static boolean served(Answer answer) {
        return answer.status() == 200;
    }

    private static boolean putOff(Answer answer) {
        return answer.status() == 503 && answer.slowDown();
    }

    private static boolean urgent(Answer answer) {
        return answer.caller().name().equals("flash");
    }

    /** Answers that a client would not get over by asking again, and urgent requests that were not served. */
    private long broken() {
        return answers.stream()
                .filter(answer -> urgent(answer) ? !served(answer) : !served(answer) && !putOff(answer))
                .count();
    }

    private double[] perSecond(Predicate<Answer> which) {
        double[] counts = new double[(int) LASTS];
        answers.stream().filter(which).forEach(answer -> counts[(int) Math.min(answer.due(), LASTS - 1)]++);
        return counts;
    }

    /** In milliseconds; NaN where there was none. */
    private double[] p99(Predicate<Answer> which) {
        double[] all = new double[(int) LASTS];
        for (int second = 0; second < all.length; second++) {
            int from = second;
            double[] took = answers.stream()
                    .filter(which)
                    .filter(answer -> (int) answer.due() == from)
                    .mapToDouble(Answer::took)
                    .sorted()
                    .toArray();
            all[second] = took.length == 0 ? Double.NaN : took[(int) (took.length * 0.99)] * 1000;
        }
        return all;
    }

    private void write(Path directory, double most) throws IOException {
        double[] seconds = new double[(int) LASTS];
        for (int i = 0; i < seconds.length; i++) {
            seconds[i] = i;
        }
        double[] offered = perSecond(answer -> true);
        double[] routine = perSecond(answer -> !urgent(answer) && served(answer));
        double[] putOff = perSecond(Surge::putOff);
        double[] flash = perSecond(answer -> urgent(answer) && served(answer));
        double[] routineTook = p99(answer -> !urgent(answer) && served(answer));
        double[] putOffTook = p99(Surge::putOff);
        double[] flashTook = p99(answer -> urgent(answer) && served(answer));
        Files.writeString(
                directory.resolve("surge.svg"),
                Plot.page(List.of(
                        new Plot("requests a second", seconds, false)
                                .line("asked", 0, offered)
                                .line("routine, served", 1, routine)
                                .line("routine, put off", 2, putOff)
                                .line("flash, served", 3, flash),
                        new Plot("p99 of the time to the answer, ms", seconds, true)
                                .line("routine, served", 1, routineTook)
                                .line("routine, put off", 2, putOffTook)
                                .line("flash, served", 3, flashTook))));
        StringBuilder page = new StringBuilder("""
                # A surge to 45 times the load

                Made by `mvn -Pbench -pl src/bench package exec:exec@surge` on %s, Java %s. The gateway has one core, the site and those who ask the other. At its best it served
                %.0f signed GETs of 1 KiB a second; %.0f a second are asked as a rule, from second %.0f on more and more, %.0f times as many from second %.0f to %.0f, and then as before. Every
                fiftieth request is of a principal with `precedence: flash`, the others' is `routine`. Requests come when they are due, whether or not those before them were answered, over as many
                as 4,000 connections; a request's time begins when it is due.

                ![requests and times over the seconds](surge.svg)

                | second | asked | routine served | routine put off | flash served | p99 routine, ms | p99 put off, ms | p99 flash, ms |
                |---|---|---|---|---|---|---|---|
                """.formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        Runtime.version(),
                        most,
                        usual,
                        BEGINS,
                        MOST,
                        BEGINS + RISES,
                        BEGINS + RISES + STAYS));
        for (int i = 0; i < seconds.length; i++) {
            page.append(String.format(
                    Locale.ROOT,
                    "| %d | %.0f | %.0f | %.0f | %.0f | %s | %s | %s |%n",
                    i,
                    offered[i],
                    routine[i],
                    putOff[i],
                    flash[i],
                    time(routineTook[i]),
                    time(putOffTook[i]),
                    time(flashTook[i])));
        }
        page.append(String.format(
                Locale.ROOT,
                "%nOf %d requests, %d of them flash: %d served, %d told to slow down, %d neither. Of flash, %d were not served.%n",
                answers.size(),
                answers.stream().filter(Surge::urgent).count(),
                answers.stream().filter(Surge::served).count(),
                answers.stream().filter(Surge::putOff).count(),
                answers.stream()
                        .filter(answer -> !served(answer) && !putOff(answer))
                        .count(),
                answers.stream()
                        .filter(answer -> urgent(answer) && !served(answer))
                        .count()));
        Map<String, Long> unexpected = answers.stream()
                .filter(answer -> !served(answer) && !putOff(answer))
                .collect(Collectors.groupingBy(Surge::called, TreeMap::new, Collectors.counting()));
        if (!unexpected.isEmpty()) {
            page.append("\nThose that were neither: ").append(unexpected).append(".\n");
        }
        Files.writeString(directory.resolve("surge.md"), page);
        System.out.println(page);
    }

    private static String called(Answer answer) {
        return answer.status() == 0 ? "no answer" : "status " + answer.status();
    }

    private static String time(double milliseconds) {
        return Double.isNaN(milliseconds) ? "" : String.format(Locale.ROOT, "%.0f", milliseconds);
    }
}
