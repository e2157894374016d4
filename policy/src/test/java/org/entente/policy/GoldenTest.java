package org.entente.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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

    @Property(tries = 2000)
    void noTextMakesTheCheckerStumble(@ForAll String text) {
        assertThat(findings("fuzz.yaml", text)).isNotNull();
        assertThat(findings("fuzz.yaml", "apiVersion: entente/v1\nkind: Policy\nmetadata: {name: x}\nspec: " + text))
                .isNotBlank();
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
