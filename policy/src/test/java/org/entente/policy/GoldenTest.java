package org.entente.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.entente.policy.check.Checker;
import org.entente.policy.model.Finding;
import org.entente.policy.parse.DocumentParser;
import org.entente.policy.parse.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is found in documents: each {@code golden/x.yaml} has in {@code golden/x.out} all that is to be said of it. */
class GoldenTest {
    private static final Set<String> DIALECTS = new TreeSet<>(Set.of("aws", "ceph", "generic"));

    static Stream<Path> documents() throws IOException, URISyntaxException {
        Path golden = Path.of(
                Objects.requireNonNull(GoldenTest.class.getResource("/golden")).toURI());
        try (Stream<Path> files = Files.list(golden)) {
            return files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everythingThatIsWrongIsFoundAtItsPlace(Path document) throws IOException {
        Path out = Path.of("src/test/resources/golden")
                .resolve(document.getFileName().toString().replace(".yaml", ".out"));
        String found = findings(document.getFileName().toString(), Files.readString(document));
        if (Boolean.getBoolean("golden.update")) {
            // For authors: what is written then is reviewed as a change like any other.
            Files.writeString(out, found);
        }
        assertThat(found).isEqualTo(Files.readString(out));
    }

    private static String findings(String file, String text) {
        DocumentParser.Parsed parsed = DocumentParser.parse(List.of(new Source(file, text)));
        List<Finding> findings = new ArrayList<>(parsed.findings());
        findings.addAll(Checker.check(parsed.documents(), DIALECTS));
        return findings.stream().sorted().map(f -> f + "\n").collect(Collectors.joining());
    }

    @Property(tries = 5000)
    void noTextMakesTheCheckerStumble(@ForAll String text) {
        assertThat(findings("fuzz.yaml", text)).matches("(?s)(fuzz.yaml:\\d+:\\d+: .*)?");
        assertThat(findings("fuzz.yaml", "apiVersion: entente/v1\nkind: Policy\nmetadata: {name: x}\nspec: " + text))
                .startsWith("fuzz.yaml:");
    }

    /** Documents that are nearly right get further into the checker than noise does. */
    @Property(tries = 2000)
    void noDamageToADocumentMakesTheCheckerStumble(@ForAll Random random) throws IOException {
        StringBuilder text = new StringBuilder(GOOD.get(random.nextInt(GOOD.size())));
        for (int i = 0; i <= random.nextInt(6); i++) {
            int from = random.nextInt(text.length() + 1);
            int to = Math.min(text.length(), from + random.nextInt(40));
            String piece = text.substring(from, to);
            switch (random.nextInt(4)) {
                case 0 -> text.delete(from, to);
                case 1 -> text.insert(random.nextInt(text.length() + 1), piece);
                case 2 -> text.insert(from, DAMAGE.get(random.nextInt(DAMAGE.size())));
                default -> text.replace(from, to, DAMAGE.get(random.nextInt(DAMAGE.size())));
            }
        }
        assertThat(findings("fuzz.yaml", text.toString())).matches("(?s)(fuzz.yaml:\\d+:\\d+: .*)?");
    }

    private static final List<String> DAMAGE = List.of(
            "*",
            "**",
            "?",
            "\"",
            "'",
            "{",
            "}",
            "[",
            "]",
            ": ",
            "- ",
            "&a ",
            "*a",
            "<<: *a",
            "---\n",
            "\t",
            "\u0000",
            "\uD800",
            "99999999999999999999",
            "-1",
            "null",
            "~",
            "!!java.lang.Thread {}",
            "|",
            ">",
            "#",
            "level(",
            "é");
    private static final List<String> GOOD = good();

    private static List<String> good() {
        try {
            return documents()
                    .map(file -> {
                        try {
                            return Files.readString(file);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    })
                    .toList();
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @Timeout(30)
    void patternsThatOverlapInTooManyWaysAreSaidToBeSo() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 24; i++) {
            char c = (char) ('a' + i);
            text.append("apiVersion: entente/v1\nkind: Policy\nmetadata: {name: p-" + c
                    + "}\nspec: {match: {buckets: [\"*" + c + "*" + (char) (c + 1) + "*\"]}}\n---\n");
        }
        assertThat(findings("many.yaml", text.toString())).contains("overlap in too many ways to look at all");
    }

    @Test
    @Timeout(30)
    void aThousandPoliciesAreChecked() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            text.append("apiVersion: entente/v1\nkind: Policy\nmetadata: {name: p-" + i
                    + "}\nspec: {match: {buckets: [\"team-" + i + "-*\"]}, placement: {}}\n---\n");
        }
        assertThat(findings("thousand.yaml", text.toString())).contains("permits none of the 0 sites");
    }

    @Test
    void conditionsThatAreTooMuchAreErrors() {
        for (String when : List.of("(".repeat(5000), "true && ".repeat(5000) + "true", "x".repeat(20_000))) {
            assertThat(findings(
                            "deep.yaml",
                            "apiVersion: entente/v1\nkind: Policy\nmetadata: {name: x}\nspec: {match: {buckets: [a-b], when: '"
                                    + when + "'}}"))
                    .contains("no condition");
        }
    }

    @Test
    void bombsAreErrorsWithAPosition() {
        String laughs = "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c]\n" + "e: ["
                + "*d,".repeat(100) + "*d]\n";
        for (String text : List.of(laughs, "[".repeat(5000), "x: " + "y".repeat(5 << 20), "&a [*a]", "? ? ? ?")) {
            assertThat(findings("bomb.yaml", text)).startsWith("bomb.yaml:");
        }
    }
}
