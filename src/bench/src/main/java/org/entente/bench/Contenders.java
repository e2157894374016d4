package org.entente.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.entente.gateway.Main;

/** How each contender is set up: all before the first of the sites, on the same core. */
final class Contenders implements AutoCloseable {
    static final String OURS = "entente";
    static final String YARDSTICK = "nginx, tuned";

    private static final int FIRST_PORT = 18_400;
    private static final int SITES = 3;

    /** A bucket with one copy, one with two, one with three. */
    private static final List<String> BUCKETS = List.of("one", "two", "three");

    /** How much the gateway is told of that no request of the benchmarks is about. */
    record Scale(int policies, int sites) {
        static final Scale LEAST = new Scale(BUCKETS.size(), SITES);
    }

    private final Path root;
    private final Path directory;
    private final Path s3proxy;
    private final boolean profile;
    private final List<Contender> running = new ArrayList<>();
    private final List<String> absent = new ArrayList<>();

    /** @param profile the gateway alone, with a flight recording */
    Contenders(Path root, Path directory, Path s3proxy, boolean profile) {
        this.root = root;
        this.directory = directory;
        this.s3proxy = s3proxy;
        this.profile = profile;
    }

    /** Starts sites of these numbers, in one process. */
    private Contender sites(int from, int to) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(
                Contender.java(), "-Xmx256m", "-cp", System.getProperty("java.class.path"), Sink.class.getName()));
        for (int i = from; i < to; i++) {
            words.add(String.valueOf(FIRST_PORT + i));
        }
        return keep(Contender.start(
                "sites-" + from, 1, FIRST_PORT + from, directory, Map.of(), words.toArray(String[]::new)));
    }

    /** Starts the sites, and all that is installed. */
    List<Contender> start() throws IOException, InterruptedException {
        if (profile) {
            return List.of(ours(List.of(
                    "-Xmx512m",
                    "-XX:StartFlightRecording=settings=profile,filename=" + directory.resolve("gateway.jfr"))));
        }
        sites(0, SITES);
        List<Contender> all = new ArrayList<>();
        if (installed("nginx")) {
            all.add(keep(nginx("nginx", FIRST_PORT + 10, "")));
            all.add(
                    keep(
                            nginx(
                                    YARDSTICK,
                                    FIRST_PORT + 11,
                                    "proxy_buffers 16 64k; proxy_buffer_size 64k;"
                                            + " proxy_busy_buffers_size 128k; proxy_request_buffering off; client_body_buffer_size 64k;")));
        }
        if (installed("haproxy")) {
            all.add(keep(haproxy()));
        }
        all.add(keep(s3proxy()));
        all.add(keep(gateway(List.of("-Xmx512m", "-Xms64m"))));
        return all;
    }

    /**
     * Starts the sites and the gateway alone.
     *
     * @param flags of its JVM
     */
    Contender ours(List<String> flags) throws IOException, InterruptedException {
        sites(0, SITES);
        return keep(gateway(flags));
    }

    /** Starts the sites, each by itself, and the gateway. */
    Contender oursBeforeEachSite(List<String> flags) throws IOException, InterruptedException {
        for (int i = 0; i < SITES; i++) {
            sites(i, i + 1);
        }
        return keep(gateway(flags));
    }

    /**
     * Has one of the sites, each of which was started by itself, go dark for a time.
     *
     * @param meanwhile what is done until it comes back
     */
    void dark(int number, Runnable meanwhile) throws IOException, InterruptedException {
        Contender site = running.stream()
                .filter(each -> each.port() == FIRST_PORT + number)
                .findFirst()
                .orElseThrow();
        running.remove(site);
        site.close();
        meanwhile.run();
        sites(number, number + 1);
    }

    /**
     * Starts the gateway anew, with all that it had.
     *
     * @param between what is done while it does not run
     */
    Contender again(Contender gateway, List<String> flags, Runnable between) throws IOException, InterruptedException {
        running.remove(gateway);
        gateway.close();
        between.run();
        return keep(gateway(flags));
    }

    /** Where the gateway keeps what it has to remember. */
    Path state() {
        return state(OURS);
    }

    private Path state(String gateway) {
        return directory.resolve("state-" + gateway);
    }

    /**
     * Starts the sites and gateways that differ in their journals: none, one in SQLite, one in PostgreSQL.
     *
     * @param postgres its address, as drivers take it
     */
    List<Contender> journals(List<String> flags, String postgres) throws IOException, InterruptedException {
        sites(0, SITES);
        List<String> forgetful = List.of(
                "-Dspring.main.sources=" + Forgetful.class.getName(),
                "-Dspring.main.allow-bean-definition-overriding=true",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
        List<String> ours =
                Stream.concat(flags.stream(), Stream.of("-jar", jar())).toList();
        return List.of(
                keep(gateway(
                        "none",
                        FIRST_PORT + 14,
                        Stream.concat(flags.stream(), forgetful.stream()).toList(),
                        Map.of())),
                keep(gateway("SQLite", FIRST_PORT + 16, ours, Map.of())),
                keep(gateway("PostgreSQL", FIRST_PORT + 18, ours, Map.of("ENTENTE_JOURNAL_URL", postgres))));
    }

    /** Changes what the gateway is told, as an editor does: at once. */
    void tell(Scale scale) throws IOException {
        Path draft = Files.writeString(directory.resolve("draft"), documents(scale));
        Files.move(draft, config().resolve("all.yaml"), StandardCopyOption.ATOMIC_MOVE);
    }

    private Path config() {
        return directory.resolve("config");
    }

    private Contender keep(Contender started) {
        running.add(started);
        return started;
    }

    /** The programs that are not installed, once started. */
    List<String> absent() {
        return absent;
    }

    @Override
    public void close() {
        running.reversed().forEach(Contender::close);
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
                Contender.java(),
                "-Xmx512m",
                "-DLOG_LEVEL=error",
                "-jar",
                s3proxy.toString(),
                "--properties",
                configuration.toString());
    }

    private Contender gateway(List<String> flags) throws IOException, InterruptedException {
        return gateway(
                OURS,
                FIRST_PORT + 14,
                Stream.concat(flags.stream(), Stream.of("-jar", jar())).toList(),
                Map.of());
    }

    private Contender gateway(String name, int port, List<String> words, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path config = Files.createDirectories(config());
        tell(Scale.LEAST);
        List<String> command = new ArrayList<>(List.of(Contender.java()));
        command.addAll(words);
        command.addAll(List.of("serve", "--config", config.toString()));
        Map<String, String> all = new HashMap<>(Map.of(
                "ENTENTE_S3_PORT", String.valueOf(port),
                "ENTENTE_OPERATOR_PORT", String.valueOf(port + 1),
                "ENTENTE_DATA", state(name).toString()));
        all.putAll(environment);
        Contender gateway = Contender.start(name, 0, port, directory, all, command.toArray(String[]::new));
        for (String bucket : BUCKETS) {
            new Load("", "PUT", bucket, 0, 1, 1).makeBucket(port);
        }
        return gateway;
    }

    private String jar() throws IOException {
        try (Stream<Path> built = Files.list(root.resolve("gateway/target"))) {
            return built.filter(file -> file.toString().endsWith("-exec.jar"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("the gateway is not built"))
                    .toString();
        }
    }

    private static String documents(Scale scale) {
        StringBuilder documents = new StringBuilder();
        for (int i = 0; i < scale.sites(); i++) {
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
                    """.formatted(i, FIRST_PORT + i % SITES));
        }
        for (String name : BUCKETS) {
            documents.append("""
                    apiVersion: entente/v1
                    kind: Policy
                    metadata: {name: %1$s}
                    spec:
                      match: {buckets: [%1$s]}
                      residency: {countries: {allow: [FR]}}
                      placement: {copies: %2$d, prefer: [site-0, site-1, site-2]}
                    ---
                    """.formatted(name, BUCKETS.indexOf(name) + 1));
        }
        for (int i = BUCKETS.size(); i < scale.policies(); i++) {
            documents.append("""
                    apiVersion: entente/v1
                    kind: Policy
                    metadata: {name: other-%1$d}
                    spec:
                      match: {buckets: [other-%1$d-*]}
                      residency: {countries: {allow: [FR]}}
                      placement: {prefer: [site-0]}
                    ---
                    """.formatted(i));
        }
        documents.append("""
                apiVersion: entente/v1
                kind: Principal
                metadata: {name: bench}
                spec:
                  nation: FR
                  accessKeys: [{id: %s, secret: "%s"}]
                  grants: [{buckets: [one, two, three], actions: [read, write, list, manage]}]
                ---
                apiVersion: entente/v1
                kind: Principal
                metadata: {name: urgent}
                spec:
                  nation: FR
                  precedence: flash
                  accessKeys: [{id: %s, secret: "%s"}]
                  grants: [{buckets: [one, two, three], actions: [read]}]
                """.formatted(Load.ACCESS_KEY, Load.SECRET, Load.URGENT_KEY, Load.SECRET));
        return documents.toString();
    }
}
