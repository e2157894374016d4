package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.entente.backends.Operation;
import org.entente.gateway.front.Gateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The gateway answers as the site behind it does, where the site answers as S3 has it: the same questions are put to both. What
 * is answered otherwise is in a list, with the reason.
 */
class SurfaceTest {
    private static final Path KNOWN = Repository.root().resolve("src/test/clients/surface-differences.txt");
    private static final Path GUIDE = Repository.root().resolve("src/docs/guide/s3-compatibility.md");
    private static final Map<String, String> NAMES = Map.of("ceph", "Ceph", "sandbox", "the sandbox's");
    private static final Pattern LINE = Pattern.compile("DIFFERENT (\\w+: .+?) \\| (.*) \\| (.*)");
    private static final Pattern TOTAL = Pattern.compile("SAME (\\d+) of (\\d+)");

    private static final String DOCUMENTS = """
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: single}
            spec:
              match: {buckets: ["one-*"]}
              placement: {prefer: [first, second]}
              sharing: anyone
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: pair}
            spec:
              match: {buckets: ["two-*"]}
              placement: {prefer: [first, second], copies: 2}
              sharing: anyone
            ---
            apiVersion: entente/v1
            kind: Principal
            metadata: {name: somebody}
            spec:
              nation: FR
              clearance: restricted
              accessKeys: [{id: %s, secret: "%s"}]
              grants: [{buckets: ["one-*", "two-*"], actions: [read, write, list, manage]}]
            ---
            """.formatted(Rig.FRENCH_KEY, Rig.FRENCH_SECRET);

    @TempDir
    private static Path directory;

    private static Optional<CephSite> ceph = Optional.empty();

    @BeforeAll
    static void startCeph() throws IOException {
        if (CephSite.isInstalled()) {
            ceph = Optional.of(CephSite.start(Files.createDirectory(directory.resolve("ceph"))));
        }
    }

    @AfterAll
    static void stopCeph() {
        ceph.ifPresent(CephSite::close);
    }

    private static String service(URI endpoint, String key, String secret, String prefix) {
        return String.join(",", endpoint.toString(), key, secret, prefix);
    }

    private static void compare(String site, String copies, String direct, String sites)
            throws IOException, InterruptedException {
        Shell.need(
                SurfaceTest.class,
                Shell.run(Map.of(), "python3", "-c", "import boto3, requests").exit() == 0,
                "boto3 for python3");
        Path config = Files.createDirectories(directory.resolve(site + "-" + copies));
        Files.writeString(config.resolve("all.yaml"), DOCUMENTS + sites);
        try (Gateway gateway = Rig.gateway(config, directory.resolve(site + "-" + copies + "-journal"))) {
            Shell.Result result = Shell.run(
                    Map.of(),
                    "python3",
                    "src/test/clients/surface.py",
                    direct,
                    service(gateway.s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET, copies + "-"));
            assertThat(result.exit()).as(result.output()).isZero();
            check(site, copies, result.output());
        }
    }

    private static void check(String site, String copies, String output) throws IOException {
        List<String> known = Files.readAllLines(KNOWN).stream()
                .filter(line -> line.startsWith(site + " " + copies + " "))
                .map(line -> line.substring((site + " " + copies + " ").length()))
                .toList();
        List<String> unknown = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        output.lines().map(LINE::matcher).filter(Matcher::matches).forEach(line -> {
            Optional<String> entry = known.stream()
                    .filter(one -> covers(one.split(" \\| ", 2)[0], line.group(1)))
                    .findFirst();
            entry.ifPresentOrElse(seen::add, () -> unknown.add(line.group()));
        });
        Matcher total = TOTAL.matcher(output);
        assertThat(total.find()).as(output).isTrue();
        System.out.println("SurfaceTest: " + site + " " + copies + ": " + total.group());
        int different = Integer.parseInt(total.group(2)) - Integer.parseInt(total.group(1));
        assertThat(different).as("more than the guide says").isLessThanOrEqualTo(documented(site, copies));
        assertThat(unknown).as("answered otherwise, and not in %s", KNOWN).isEmpty();
        assertThat(seen).as("in %s, and answered the same", KNOWN).containsAll(known);
    }

    /** How many questions are answered otherwise, as the guide has it. */
    private static int documented(String site, String copies) throws IOException {
        Pattern row = Pattern.compile("\\| " + NAMES.get(site) + ".* \\| " + copies + " \\| (\\d+) of (\\d+) \\|");
        return Files.readAllLines(GUIDE).stream()
                .map(row::matcher)
                .filter(Matcher::matches)
                .mapToInt(line -> Integer.parseInt(line.group(2)) - Integer.parseInt(line.group(1)))
                .findFirst()
                .orElseThrow();
    }

    /** An entry is a question, or all of a case: {@code versions: *}. */
    private static boolean covers(String entry, String question) {
        return entry.endsWith("*")
                ? question.startsWith(entry.substring(0, entry.length() - 1))
                : question.equals(entry);
    }

    private static CephSite ceph() {
        CephSite.need(SurfaceTest.class);
        return ceph.orElseThrow();
    }

    private static String cephSites() {
        return ceph().document("first", "a-") + "---\n" + ceph().document("second", "b-");
    }

    @Test
    void aBucketAtCeph() throws Exception {
        String direct = service(ceph().endpoint(), CephSite.KEY, CephSite.SECRET, "direct-");
        compare("ceph", "one", direct, cephSites());
    }

    @Test
    void aBucketWithTwoCopiesAtCeph() throws Exception {
        String direct = service(ceph().endpoint(), CephSite.KEY, CephSite.SECRET, "direct-");
        compare("ceph", "two", direct, cephSites());
    }

    private static String sandbox() {
        return Rig.shared()
                        .paris()
                        .document("Hexagone", "FR", List.of("FR"), "restricted")
                        .replace("{name: fr-paris}", "{name: first}")
                + "---\n"
                + Rig.shared()
                        .frankfurt()
                        .document("Rheinwolke", "DE", List.of("DE"), "restricted")
                        .replace("{name: de-frankfurt}", "{name: second}");
    }

    private static String directly() {
        return service(Rig.shared().paris().endpoint(), "key-of-fr-paris", "secret-of-fr-paris", "direct-");
    }

    @Test
    void aBucketAtTheSandbox() throws Exception {
        compare("sandbox", "one", directly(), sandbox());
    }

    @Test
    void aBucketWithTwoCopiesAtTheSandbox() throws Exception {
        compare("sandbox", "two", directly(), sandbox());
    }

    @Test
    void theGuideSpeaksOfEveryOperation() throws IOException {
        String guide = Files.readString(GUIDE);
        Set<String> rows = guide.lines()
                .filter(line -> line.startsWith("| "))
                .flatMap(line -> Stream.of(line.split("\\|", -1)[1].split(",", -1)))
                .map(String::strip)
                .collect(Collectors.toSet());
        assertThat(rows)
                .containsAll(
                        Stream.of(Operation.values()).map(Operation::apiName).toList());
    }

    @Test
    void whatTheGuideSaysIsNotThereIsNotThere() throws IOException {
        Matcher said =
                Pattern.compile("These answer `501 NotImplemented`: ([^.]+)\\.").matcher(Files.readString(GUIDE));
        assertThat(said.find()).isTrue();
        SignedHttp french = new SignedHttp(Rig.shared().running().s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
        for (String part : said.group(1).split(",\\s+", -1)) {
            for (String resource : List.of("/fr-bucket?" + part, "/fr-bucket/key?" + part)) {
                for (String method : List.of("GET", "PUT", "POST", "DELETE")) {
                    SignedHttp.Answer answer = french.send(
                            method, resource, "UNSIGNED-PAYLOAD", Map.of("content-length", "0"), new byte[0]);
                    assertThat(answer.status()).as(method + " " + resource).isEqualTo(501);
                }
            }
        }
    }
}
