package org.entente.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Three sandbox sites, a gateway before them, and what to try with them. */
public final class Demo {
    private static final int SECRET_BYTES = 20;
    private static final Pattern SECRET = Pattern.compile("id: ENTENTE(..)\\d+, secret: \"([^\"]+)\"");

    private static final Pattern TOKEN = Pattern.compile("token: \"([^\"]+)\"");

    /** The two principals' secrets, and the operator's token. */
    private record Secrets(String french, String american, String token) {}

    private record Place(String name, String provider, String country, List<String> jurisdictions, String clearance) {}

    private static final List<Place> PLACES = List.of(
            new Place("fr-paris", "Hexagone", "FR", List.of("FR", "EU"), "restricted"),
            new Place("de-frankfurt", "Rheinwolke", "DE", List.of("DE", "EU"), "restricted"),
            new Place("us-east", "Hyperscale", "US", List.of("US"), "unclassified"));

    private final Path state;
    private final Path s3proxy;
    private final PrintStream out;

    private Demo(Path state, Path s3proxy, PrintStream out) {
        this.state = state;
        this.s3proxy = s3proxy;
        this.out = out;
    }

    /**
     * Runs the demo until it is told to stop.
     *
     * @param words the gateway's executable jar, the S3 server's jar, and the directory of the demo's state
     */
    public static void main(String[] words) throws InterruptedException {
        Path gatewayJar = Path.of(words[0]);
        Demo demo = new Demo(Path.of(words[2]).toAbsolutePath(), Path.of(words[1]), System.out);
        try {
            System.exit(demo.run(gatewayJar));
        } catch (IOException e) {
            System.err.println("The demo cannot run: " + e.getMessage());
            System.exit(1);
        }
    }

    private int run(Path gatewayJar) throws IOException, InterruptedException {
        int s3Port = port("ENTENTE_S3_PORT", 8080);
        int operatorPort = port("ENTENTE_OPERATOR_PORT", 9090);
        int firstSitePort = port("ENTENTE_SANDBOX_PORT", 9101);
        List<AutoCloseable> running = new ArrayList<>();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(running)));

        Secrets secrets = principals();
        List<SandboxSite> sites = new ArrayList<>();
        for (Place place : PLACES) {
            out.println("Starting the site " + place.name() + " ...");
            SandboxSite site = SandboxSite.start(
                    place.name(),
                    s3proxy,
                    SandboxSite.Store.FILES,
                    state.resolve("sites").resolve(place.name()),
                    firstSitePort + sites.size(),
                    "sandbox-" + place.name(),
                    secret());
            sites.add(site);
            running.add(site);
        }
        describe(sites);
        writeSchema(gatewayJar);
        out.println("Starting the gateway ...");
        GatewayProcess gateway = GatewayProcess.start(
                gatewayJar, List.of("-Xmx256m"), config(), state.resolve("gateway"), s3Port, operatorPort);
        running.add(gateway);
        out.print(welcome(sites, gateway, operatorPort, secrets));
        out.flush();
        return gateway.await();
    }

    private static int port(String variable, int otherwise) {
        return Optional.ofNullable(System.getenv(variable))
                .map(Integer::valueOf)
                .orElse(otherwise);
    }

    private static void stop(List<AutoCloseable> running) {
        for (AutoCloseable process : running.reversed()) {
            try {
                process.close();
            } catch (Exception e) {
                System.err.println("A process could not be stopped: " + e.getMessage());
            }
        }
    }

    private Path config() {
        return state.resolve("config");
    }

    /** The secrets of the first start, which later ones find again. */
    private Secrets principals() throws IOException {
        Path principals = config().resolve("principals.yaml");
        if (Files.notExists(principals)) {
            Files.createDirectories(config());
            Files.writeString(config().resolve("policies.yaml"), resource("policies.yaml"));
            Files.writeString(
                    principals,
                    resource("principals.yaml").replace("@FR_SECRET@", secret()).replace("@US_SECRET@", secret()));
        }
        Path operators = config().resolve("operators.yaml");
        if (Files.notExists(operators)) {
            Files.writeString(operators, resource("operators.yaml").replace("@TOKEN@", secret()));
        }
        Map<String, String> found = new HashMap<>();
        Matcher matcher = SECRET.matcher(Files.readString(principals));
        while (matcher.find()) {
            found.put(matcher.group(1), matcher.group(2));
        }
        String french = found.get("FR");
        String american = found.get("US");
        Matcher token = TOKEN.matcher(Files.readString(operators));
        if (french == null || american == null || !token.find()) {
            throw new IOException(config() + " has lost the demo's keys; remove " + state + " to start afresh");
        }
        return new Secrets(french, american, token.group(1));
    }

    private static String secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private void describe(List<SandboxSite> sites) throws IOException {
        StringBuilder documents = new StringBuilder(
                "# yaml-language-server: $schema=entente-v1.schema.json\n# The sandbox sites of this start.\n");
        for (int i = 0; i < sites.size(); i++) {
            Place place = PLACES.get(i);
            documents
                    .append("---\n")
                    .append(sites.get(i)
                            .document(place.provider(), place.country(), place.jurisdictions(), place.clearance()));
        }
        Files.writeString(config().resolve("sites.yaml"), documents);
    }

    /** For editors: the documents name it in their first line. */
    private void writeSchema(Path gatewayJar) throws IOException, InterruptedException {
        Process schema = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-jar",
                        gatewayJar.toString(),
                        "policy",
                        "schema")
                .redirectOutput(config().resolve("entente-v1.schema.json").toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (schema.waitFor() != 0) {
            out.println("The schema for editors could not be written; everything else works without it.");
        }
    }

    private String welcome(List<SandboxSite> sites, GatewayProcess gateway, int operatorPort, Secrets secrets)
            throws IOException {
        StringBuilder table = new StringBuilder();
        for (int i = 0; i < sites.size(); i++) {
            SandboxSite site = sites.get(i);
            Place place = PLACES.get(i);
            table.append("  %-12s  %-7s  %-12s  %-22s  %d%n"
                    .formatted(
                            site.name(),
                            place.country(),
                            String.join(", ", place.jurisdictions()),
                            site.endpoint(),
                            site.processId()));
        }
        SandboxSite french = sites.getFirst();
        return resource("welcome.txt")
                .replace("@ENDPOINT@", gateway.endpoint().toString())
                .replace("@OPERATORS@", "http://127.0.0.1:" + operatorPort)
                .replace("@FR_SECRET@", secrets.french())
                .replace("@US_SECRET@", secrets.american())
                .replace("@SITES@\n", table)
                .replace("@CONFIG@", config().toString())
                .replace("@STATE@", state.toString())
                .replace("@TOKEN@", secrets.token())
                .replace("@FR_PID@", String.valueOf(french.processId()))
                .replace("@FR_START@", french.directory().resolve("start").toString());
    }

    private static String resource(String name) throws IOException {
        try (InputStream stream = Demo.class.getResourceAsStream("/demo/" + name)) {
            if (stream == null) {
                throw new IOException("the demo lacks its " + name);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
