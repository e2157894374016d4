package org.entente.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.entente.bench.Contenders.Scale;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * What a request costs as everything around it grows: policies, sites, connections that wait, keys that are listed, keys that a
 * site lacks. Each series
 * ends where it began, which shows how much of a difference is noise.
 */
public final class Growth {
    private static final int WARM_UP = 40;
    private static final int MEASURED = 8;
    private static final List<String> MEMORY = List.of("-Xmx1g");

    /** A step may cost as many times what the first of its series does; more would be more than logarithmic. */
    private static final double ALLOWED = 1.5;

    private static final Load GET = new Load("GET 1 KiB", "GET", "one", 1 << 10, 32, 1);
    private static final Load GET_JOINT = new Load("GET 1 KiB of two copies", "GET", "two", 1 << 10, 32, 1);
    private static final Load PUT_JOINT = new Load("PUT 1 KiB to two sites", "PUT", "two", 1 << 10, 32, 4096);

    /** Keys. */
    private static final int PAGE = 1000;

    private static final int LEAST_PAGES = 500;
    private static final Pattern KEY = Pattern.compile("<Key>");
    private static final Pattern TOKEN = Pattern.compile("<NextContinuationToken>([^<]+)<");

    private final Path directory;
    private final Contenders contenders;
    private final List<Step> steps = new ArrayList<>();

    private Growth(Path directory, Contenders contenders) {
        this.directory = directory;
        this.contenders = contenders;
    }

    /**
     * @param cpu microseconds of the processor for each request
     * @param p99 in milliseconds
     * @param resident in MiB
     */
    private record Step(String series, String load, long size, double cpu, double p99, long refused, long resident) {}

    /** @param words the repository's root and S3Proxy's jar, as for {@link Comparison} */
    public static void main(String[] words) throws Exception {
        Path root = Path.of(words[0]);
        Path directory = Files.createTempDirectory("entente-bench");
        Growth growth;
        try (Contenders contenders = new Contenders(root, directory, Path.of(words[1]), false)) {
            growth = new Growth(directory, contenders);
            growth.run();
        }
        growth.write(root.resolve("src/docs/benchmarks/growth.md"));
        System.exit(growth.missed().isEmpty() ? 0 : 1);
    }

    private void run() throws IOException, InterruptedException {
        Contender gateway = contenders.ours(MEMORY);
        GET.run(gateway.port(), WARM_UP, directory);
        for (int policies : new int[] {3, 10, 100, 1000, 3}) {
            tell(gateway, new Scale(policies, Scale.LEAST.sites()));
            measure("policies", policies, gateway, GET);
        }
        for (int sites : new int[] {3, 10, 50, 3}) {
            tell(gateway, new Scale(Scale.LEAST.policies(), sites));
            measure("sites", sites, gateway, GET);
        }
        for (int connections : new int[] {0, 10, 100, 1000, 10_000, 0}) {
            List<Socket> waiting = new ArrayList<>();
            try {
                for (int i = 0; i < connections; i++) {
                    waiting.add(connected(gateway));
                }
                measure("connections that wait", connections, gateway, GET);
            } finally {
                for (Socket each : waiting) {
                    each.close();
                }
            }
        }
        list(gateway, 1_000_000);
        for (int keys : new int[] {PAGE, 100_000, 10_000_000, PAGE}) {
            list("keys that are listed", gateway, keys);
        }
        for (int keys : new int[] {0, 10_000, 1_000_000, 0}) {
            gateway = contenders.again(gateway, MEMORY, () -> owe(keys));
            GET_JOINT.run(gateway.port(), WARM_UP / 2, directory);
            PUT_JOINT.run(gateway.port(), WARM_UP / 2, directory);
            measure("keys that a site lacks", keys, gateway, GET_JOINT);
            measure("keys that a site lacks", keys, gateway, PUT_JOINT);
        }
    }

    private void measure(String series, long size, Contender gateway, Load load)
            throws IOException, InterruptedException {
        double before = gateway.cpuSeconds();
        Load.Result result = load.run(gateway.port(), MEASURED, directory);
        double cpu = (gateway.cpuSeconds() - before) / Math.max(1, result.requests());
        add(new Step(
                series, load.name(), size, cpu * 1e6, result.p99(), result.refused(), gateway.residentMebibytes()));
    }

    private void add(Step step) {
        System.out.println(step);
        steps.add(step);
    }

    private void list(String series, Contender gateway, int keys) throws IOException, InterruptedException {
        double before = gateway.cpuSeconds();
        double[] took = list(gateway, keys).stream()
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        add(new Step(
                series,
                "a page of " + PAGE,
                keys,
                (gateway.cpuSeconds() - before) / took.length * 1e6,
                took[(int) (took.length * 0.99)],
                0,
                gateway.residentMebibytes()));
    }

    /** Goes through a listing from its first page to its last, and begins anew where that is soon; what each took, in milliseconds. */
    private static List<Double> list(Contender gateway, int keys) throws IOException, InterruptedException {
        List<Double> took = new ArrayList<>();
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (took.size() < LEAST_PAGES) {
                Optional<String> token = Optional.of("");
                int seen = 0;
                while (token.isPresent()) {
                    String query = (token.get().isEmpty() ? "" : "continuation-token=" + token.get() + "&")
                            + "list-type=2&max-keys=" + PAGE + "&prefix=listed-" + keys + "%2F";
                    long start = System.nanoTime();
                    HttpResponse<String> page = client.send(
                            Load.listing(gateway.port(), "two", query), HttpResponse.BodyHandlers.ofString());
                    took.add((System.nanoTime() - start) / 1e6);
                    seen += Math.toIntExact(KEY.matcher(page.body()).results().count());
                    token = TOKEN.matcher(page.body())
                            .results()
                            .map(found -> URLEncoder.encode(found.group(1), StandardCharsets.UTF_8))
                            .findFirst();
                }
                if (seen != keys) {
                    throw new IOException(seen + " keys of " + keys + " are listed");
                }
            }
        }
        return took;
    }

    /** Has the gateway take what it is told, and waits until it has. */
    private void tell(Contender gateway, Scale scale) throws IOException, InterruptedException {
        double before = revision(gateway);
        contenders.tell(scale);
        for (int i = 0; i < 100 && revision(gateway) == before; i++) {
            Thread.sleep(100);
        }
        // New sites are probed at first, and policies are compiled.
        Thread.sleep(3000);
    }

    private static double revision(Contender gateway) throws IOException, InterruptedException {
        return Metrics.of(gateway).sum("entente_policy_revision", "");
    }

    /** One that has asked for something, so that it is known to be held by the gateway. */
    private static Socket connected(Contender gateway) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress("127.0.0.1", gateway.port()));
        socket.getOutputStream().write(GET.request(gateway.port(), Load.ACCESS_KEY));
        byte[] answer = new byte[4096];
        int read = 0;
        while (read < GET.bytes()) {
            int more = socket.getInputStream().read(answer, 0, answer.length);
            if (more < 0) {
                throw new IOException("the gateway hangs up");
            }
            read += more;
        }
        return socket;
    }

    /** Writes so many keys to the journal of a gateway that does not run, as one has them that a site has missed for long. */
    private void owe(int keys) {
        DriverManagerDataSource source =
                new DriverManagerDataSource("jdbc:sqlite:" + contenders.state().resolve("journal.db"));
        JdbcClient client = JdbcClient.create(source);
        client.sql("delete from entry").update();
        client.sql("""
                insert into entry (bucket, object_key, standing, generation, holders, owed, strays, doubt_until, amended, etag,
                    size, modified, parts, principal, since, way_kind, way_generation, way_sites, way_acknowledge,
                    way_principal, way_parts, owner, next_try, tries)
                with recursive number(n) as (select 1 union all select n + 1 from number where n < :keys)
                select 'two', cast(printf('owed/%09d', n) as blob), 'present', printf('1-bench-%09d', n), ',site-0,', ',site-1,',
                    '', 0, 0, '"93b885adfe0da089cdf634904fd59f71"', 1024, 1760000000000, '', 'bench', 1760000000000 + n, '',
                    '', '', 0, '', '', '', 4102444800000, 3
                from number where n <= :keys
                """).param("keys", keys).update();
    }

    private Step first(Step step) {
        return steps.stream()
                .filter(each ->
                        each.series().equals(step.series()) && each.load().equals(step.load()))
                .findFirst()
                .orElseThrow();
    }

    private List<Step> missed() {
        return steps.stream()
                .filter(step -> step.cpu() > ALLOWED * first(step).cpu() || step.refused() > 0)
                .toList();
    }

    private void write(Path file) throws IOException {
        StringBuilder page = new StringBuilder("""
                # As everything around a request grows

                Made by `mvn -Pbench -pl src/bench package exec:exec@growth` on %s, Java %s: a gateway with `%s` on one core, the sites and those who ask, over %d connections, on the other, %d seconds for
                each step. Each series ends where it began: the difference between its first and its last line is noise. A step may cost %.1f times what the first of its series does.

                | what grows | to | what is asked | processor's time each, µs | of the first | p99, ms | resident, MiB |
                |---|---|---|---|---|---|---|
                """.formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        Runtime.version(),
                        String.join(" ", MEMORY),
                        GET.connections(),
                        MEASURED,
                        ALLOWED));
        for (Step step : steps) {
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %,d | %s | %.0f | %.2f | %.1f | %d |%n",
                    step.series(),
                    step.size(),
                    step.load(),
                    step.cpu(),
                    step.cpu() / first(step).cpu(),
                    step.p99(),
                    step.resident()));
        }
        page.append(
                missed().isEmpty()
                        ? "\nNone is missed.\n"
                        : "\nMissed: "
                                + missed().stream()
                                        .map(step -> step.load() + " with "
                                                + String.format(Locale.ROOT, "%,d", step.size()) + " " + step.series())
                                        .collect(Collectors.joining("; "))
                                + ".\n");
        Files.writeString(file, page);
        System.out.println(page);
    }
}
