package org.entente.bench;

import java.io.File;
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
import java.util.stream.Stream;

/**
 * The gateway beside what users would pick instead, in turn, on the same core, before the same sites. Only ratios within one
 * run mean anything: the table gives them with the noise that was measured, and the exit status says whether a target was
 * missed by more than that.
 */
public final class Comparison {
    private static final int FIRST_PORT = 18_400;
    private static final int SITES = 3;
    private static final int WARM_UP = 15;
    private static final String OURS = "entente";
    private static final String YARDSTICK = "nginx, tuned";

    private static final List<Load> LOADS = List.of(
            new Load("GET 1 KiB", "GET", "one", 1 << 10, 32, 1),
            new Load("PUT 1 KiB", "PUT", "one", 1 << 10, 32, 64),
            new Load("GET 8 MiB", "GET", "one", 8 << 20, 8, 1),
            new Load("PUT 8 MiB", "PUT", "one", 8 << 20, 8, 16));

    private static final List<Load> COPIES = List.of(
            new Load("PUT 1 KiB to two sites", "PUT", "two", 1 << 10, 32, 4096),
            new Load("PUT 8 MiB to two sites", "PUT", "two", 8 << 20, 8, 64),
            new Load("PUT 8 MiB to three sites", "PUT", "three", 8 << 20, 8, 64));

    /** What one turn showed. */
    private record Turn(double cpuPerRequest, double rate, double p99, long refused) {}

    /**
     * What is promised of us.
     *
     * @param most of the ratio of the processor's time for a request
     */
    private record Target(String load, String against, String of, double most) {}

    private static final List<Target> TARGETS = List.of(
            new Target("GET 1 KiB", "nginx", "GET 1 KiB", 2),
            new Target("GET 1 KiB", "s3proxy", "GET 1 KiB", 1 / 7.0),
            new Target("GET 8 MiB", YARDSTICK, "GET 8 MiB", 1.2),
            new Target("PUT 8 MiB", YARDSTICK, "PUT 8 MiB", 1.2),
            new Target("PUT 8 MiB to two sites", OURS, "PUT 8 MiB", 1.7),
            new Target("PUT 8 MiB to three sites", OURS, "PUT 8 MiB", 2.4));

    private final Path root;
    private final Path directory;
    private final Path s3proxy;
    private final int rounds;
    private final int seconds;
    private final boolean profile;
    private final Map<String, Map<String, List<Turn>>> turns = new LinkedHashMap<>();
    private final List<String> absent = new ArrayList<>();

    private Comparison(Path root, Path directory, Path s3proxy, int rounds, int seconds, boolean profile) {
        this.profile = profile;
        this.root = root;
        this.directory = directory;
        this.s3proxy = s3proxy;
        this.rounds = rounds;
        this.seconds = seconds;
    }

    /**
     * @param words the repository's root, S3Proxy's jar, how many rounds, how many seconds each turn lasts, and what is
     *     measured: {@code all}, or {@code profile} for the gateway alone with a flight recording
     */
    public static void main(String[] words) throws Exception {
        Path directory = Files.createTempDirectory("entente-bench");
        Comparison comparison = new Comparison(
                Path.of(words[0]),
                directory,
                Path.of(words[1]),
                Integer.parseInt(words[2]), Integer.parseInt(words[3]), words[4].equals("profile"));
        System.exit(comparison.run());
    }

    private int run() throws Exception {
        List<AutoCloseable> running = new ArrayList<>();
        try {
            running.add(Contender.start("sites", 1, FIRST_PORT, directory, Map.of(), sites()));
            List<Contender> contenders = contenders();
            running.addAll(contenders);
            for (int round = 0; round <= rounds; round++) {
                for (Contender contender : contenders) {
                    turn(contender, LOADS, round > 0);
                    if (contender.name().equals(OURS)) {
                        turn(contender, COPIES, round > 0);
                    }
                }
            }
            if (profile) {
                System.out.println("The recording: " + directory.resolve("gateway.jfr"));
                return 0;
            }
            return report(contenders);
        } finally {
            for (AutoCloseable each : running.reversed()) {
                each.close();
            }
        }
    }

    private void turn(Contender contender, List<Load> loads, boolean counts) throws Exception {
        for (Load load : loads) {
            double before = contender.cpuSeconds();
            Load.Result result = load.run(contender.port(), counts ? seconds : WARM_UP, directory);
            double cpu = contender.cpuSeconds() - before;
            double requests = Math.max(1, result.requests());
            Turn turn = new Turn(cpu / requests, requests / (counts ? seconds : WARM_UP), result.p99(), result.refused());
            System.out.printf(
                    Locale.ROOT,
                    "%-14s %-26s %8.0f requests/s %10.1f us of processor each%s%n",
                    contender.name(),
                    load.name(),
                    turn.rate(),
                    turn.cpuPerRequest() * 1e6,
                    turn.refused() > 0 ? ", " + turn.refused() + " refused" : counts ? "" : " (warm-up)");
            if (counts) {
                turns.computeIfAbsent(load.name(), name -> new LinkedHashMap<>())
                        .computeIfAbsent(contender.name(), name -> new ArrayList<>())
                        .add(turn);
            }
        }
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static String[] sites() {
        List<String> words = new ArrayList<>(
                List.of(java(), "-Xmx256m", "-cp", System.getProperty("java.class.path"), Sink.class.getName()));
        for (int i = 0; i < SITES; i++) {
            words.add(String.valueOf(FIRST_PORT + i));
        }
        return words.toArray(String[]::new);
    }

    private List<Contender> contenders() throws IOException, InterruptedException {
        if (profile) {
            return List.of(gateway());
        }
        List<Contender> all = new ArrayList<>();
        if (installed("nginx")) {
            all.add(nginx("nginx", FIRST_PORT + 10, ""));
            all.add(
                    nginx(
                            YARDSTICK,
                            FIRST_PORT + 11,
                            "proxy_buffers 16 64k; proxy_buffer_size 64k;"
                                    + " proxy_busy_buffers_size 128k; proxy_request_buffering off; client_body_buffer_size 64k;"));
        }
        if (installed("haproxy")) {
            all.add(haproxy());
        }
        all.add(s3proxy());
        all.add(gateway());
        return all;
    }

    private boolean installed(String program) {
        boolean there = Stream.of((System.getenv("PATH") + ":/usr/sbin").split(File.pathSeparator, -1))
                .anyMatch(each -> new File(each, program).canExecute());
        if (!there) {
            System.out.println("SKIPPED: there is no " + program);
            absent.add(program);
        }
        return there;
    }

    private Contender nginx(String name, int port, String settings) throws IOException, InterruptedException {
        Path files = Files.createDirectories(directory.resolve("nginx-" + port));
        Path configuration =
                Files.writeString(files.resolve("nginx.conf"), """
                daemon off; master_process off; pid %1$s/pid; error_log %1$s/error.log;
                events { worker_connections 1024; }
                http {
                  access_log off; client_max_body_size 0; keepalive_requests 1000000000;
                  client_body_temp_path %1$s/in; proxy_temp_path %1$s/out; fastcgi_temp_path %1$s/f;
                  uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;
                  upstream site { server 127.0.0.1:%2$d; keepalive 64; keepalive_requests 1000000000; }
                  server {
                    listen 127.0.0.1:%3$d;
                    location / { proxy_pass http://site; proxy_http_version 1.1; proxy_set_header Connection ""; %4$s }
                  }
                }
                """.formatted(files, FIRST_PORT, port, settings));
        return Contender.start(
                name,
                0,
                port,
                directory,
                Map.of(),
                path("nginx"),
                "-c",
                configuration.toString(),
                "-p",
                files.toString());
    }

    private static String path(String program) {
        return new File("/usr/sbin", program).canExecute() ? "/usr/sbin/" + program : program;
    }

    private Contender haproxy() throws IOException, InterruptedException {
        int port = FIRST_PORT + 12;
        Path configuration = Files.writeString(directory.resolve("haproxy.cfg"), """
                global
                  nbthread 1
                  maxconn 1024
                defaults
                  mode http
                  timeout connect 5s
                  timeout client 60s
                  timeout server 60s
                  http-reuse always
                frontend s3
                  bind 127.0.0.1:%d
                  default_backend site
                backend site
                  server one 127.0.0.1:%d
                """.formatted(port, FIRST_PORT));
        return Contender.start(
                "haproxy", 0, port, directory, Map.of(), path("haproxy"), "-f", configuration.toString());
    }

    private Contender s3proxy() throws IOException, InterruptedException {
        int port = FIRST_PORT + 13;
        Path configuration = Files.writeString(
                directory.resolve("s3proxy.conf"), """
                s3proxy.endpoint=http://127.0.0.1:%d
                s3proxy.authorization=aws-v4
                s3proxy.identity=%s
                s3proxy.credential=%s
                s3proxy.ignore-unknown-headers=true
                jclouds.provider=s3
                jclouds.endpoint=http://127.0.0.1:%d
                jclouds.identity=site
                jclouds.credential=a-site's-secret
                jclouds.s3.virtual-host-buckets=false
                """.formatted(port, Load.ACCESS_KEY, Load.SECRET, FIRST_PORT));
        return Contender.start(
                "s3proxy",
                0,
                port,
                directory,
                Map.of(),
                java(),
                "-Xmx512m",
                "-DLOG_LEVEL=error",
                "-jar",
                s3proxy.toString(),
                "--properties",
                configuration.toString());
    }

    private Contender gateway() throws IOException, InterruptedException {
        int port = FIRST_PORT + 14;
        Path config = Files.createDirectories(directory.resolve("config"));
        StringBuilder documents = new StringBuilder();
        for (int i = 0; i < SITES; i++) {
            documents.append("""
                    apiVersion: entente/v1
                    kind: Site
                    metadata: {name: site-%1$d}
                    spec:
                      provider: Provider%1$d
                      type: s3
                      endpoint: http://127.0.0.1:%2$d
                      country: FR
                      jurisdictions: [FR]
                      credentials: {accessKey: site, secretKey: a secret of a site}
                    ---
                    """.formatted(i, FIRST_PORT + i));
        }
        List<String> names = List.of("one", "two", "three");
        for (String name : names) {
            documents.append("""
                    apiVersion: entente/v1
                    kind: Policy
                    metadata: {name: %1$s}
                    spec:
                      match: {buckets: [%1$s]}
                      residency: {countries: {allow: [FR]}}
                      placement: {copies: %2$d, prefer: [site-0, site-1, site-2]}
                    ---
                    """.formatted(name, names.indexOf(name) + 1));
        }
        documents.append("""
                apiVersion: entente/v1
                kind: Principal
                metadata: {name: bench}
                spec:
                  nation: FR
                  accessKeys: [{id: %s, secret: "%s"}]
                  grants: [{buckets: [one, two, three], actions: [read, write, list, manage]}]
                """.formatted(Load.ACCESS_KEY, Load.SECRET));
        Files.writeString(config.resolve("all.yaml"), documents);
        Path jar;
        try (Stream<Path> built = Files.list(root.resolve("gateway/target"))) {
            jar = built.filter(file -> file.toString().endsWith("-exec.jar"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("the gateway is not built"));
        }
        Contender gateway = Contender.start(
                OURS,
                0,
                port,
                directory,
                Map.of(
                        "ENTENTE_S3_PORT", String.valueOf(port),
                        "ENTENTE_OPERATOR_PORT", String.valueOf(port + 1),
                        "ENTENTE_DATA", directory.resolve("state").toString()),
                java(),
                "-Xmx512m",
                profile
                        ? "-XX:StartFlightRecording=settings=profile,filename=" + directory.resolve("gateway.jfr")
                        : "-Xms64m",
                "-jar",
                jar.toString(),
                "serve",
                "--config",
                config.toString());
        for (String bucket : names) {
            new Load("", "PUT", bucket, 0, 1, 1).makeBucket(port);
        }
        return gateway;
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

    private int report(List<Contender> contenders) throws IOException {
        StringBuilder page = new StringBuilder("""
                # Measured beside what users would pick instead

                Made by `mvn -Pbench -pl src/bench package exec:exec@compare` on %s: %d processors of "%s", Java %s. Each contender has one core, the sites and wrk the other;
                %d rounds of %d seconds in turn, after a warm-up. Signed requests, one site unless said otherwise; of the gateway everything is on: signatures, policies, breakers, metrics, the
                audit log, the journal. nginx and HAProxy verify nothing and sign nothing. What counts is the processor's time for a request; rates are bounded by the other core.

                | | contender | processor, us/request | noise | / %s | requests/s | p99, ms |
                |---|---|---|---|---|---|---|
                """.formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        Runtime.getRuntime().availableProcessors(),
                        processor(),
                        Runtime.version(),
                        rounds,
                        seconds,
                        YARDSTICK));
        turns.forEach(
                (load, byContender) -> byContender.forEach((contender, all) -> page.append(row(load, contender, all))));
        page.append("\n| target | is | |\n|---|---|---|\n");
        boolean missed = false;
        for (Target target : TARGETS) {
            Optional<Double> ours = median(target.load(), OURS);
            Optional<Double> theirs = median(target.of(), target.against());
            if (ours.isEmpty() || theirs.isEmpty()) {
                page.append("| %s: at most %.2f of %s | not measured | |%n"
                        .formatted(target.load(), target.most(), target.against()));
                continue;
            }
            double ratio = ours.get() / theirs.get();
            double noise = noise(target.load(), OURS) + noise(target.of(), target.against());
            boolean met = ratio <= target.most();
            missed |= ratio > target.most() * (1 + noise);
            page.append(String.format(
                    Locale.ROOT,
                    "| %s: at most %.2f of %s%s | %.2f ± %.2f | %s |%n",
                    target.load(),
                    target.most(),
                    target.against(),
                    target.of().equals(target.load()) ? "" : "'s " + target.of(),
                    ratio,
                    ratio * noise,
                    met ? "met" : "**missed**"));
        }
        page.append("\nResident memory afterwards, MiB: ");
        List<String> memory = new ArrayList<>();
        for (Contender contender : contenders) {
            memory.add(contender.name() + " " + contender.residentMebibytes());
        }
        page.append(String.join(", ", memory)).append(".\n");
        absent.forEach(program -> page.append("\nSkipped, since it is not installed: ")
                .append(program)
                .append(".\n"));
        Path docs = Files.createDirectories(root.resolve("src/docs/benchmarks"));
        Files.writeString(docs.resolve("comparison.md"), page);
        System.out.println(page);
        return missed ? 1 : 0;
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
                median(load, YARDSTICK)
                        .map(yardstick -> String.format(Locale.ROOT, "%.2f", cpu.get() / yardstick))
                        .orElse(""),
                middle.rate(),
                middle.p99());
    }

    private static String processor() throws IOException {
        return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }
}
