package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operators' commands as a pipeline uses them: exit codes, JSON and JUnit's XML. */
class PipelineTest {
    private static final String FRAGILE = """
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: shared}
            spec:
              match: {buckets: ["shared-*"]}
              residency: {countries: {allow: [FR, US]}}
              placement: {prefer: [us-east, fr-paris], copies: 2, write: {acknowledge: 1}}
              require: {survive: [provider, jurisdiction]}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: french}
            spec:
              match: {buckets: ["fr-*"]}
              placement: {prefer: [fr-paris]}
              require: {survive: [country]}
            ---
            apiVersion: entente/v1
            kind: PolicyTest
            metadata: {name: where-plans-lie}
            spec:
              cases:
                - name: somewhere else
                  given: {principal: fr-logistics, bucket: fr-plans}
                  expect: {sites: [us-east]}
            ---
            apiVersion: entente/v1
            kind: Principal
            metadata: {name: fr-logistics}
            spec:
              accessKeys: [{id: TESTFR00000000000009, secret: "a secret of the pipeline"}]
              grants: [{buckets: ["*"], actions: [read, write, list, manage]}]
            """;

    @TempDir
    private Path directory;

    private Path fragile;

    @BeforeEach
    void write() throws Exception {
        fragile = Files.createDirectories(directory.resolve("fragile"));
        Files.writeString(fragile.resolve("policies.yaml"), FRAGILE);
        Files.writeString(fragile.resolve("sites.yaml"), Rig.shared().siteDocuments());
    }

    @Test
    void whatMustSurviveAndDoesNotEndsThePipeline() throws Exception {
        Shell.Result single = Shell.entente("policy", "stress", fragile.toString());
        assertThat(single.exit()).as(single.output()).isEqualTo(1);
        assertThat(single.output())
                .contains("policies.yaml:16:23")
                .doesNotContain("policies.yaml:8:")
                .contains("LOST");
        Shell.Result pairs = Shell.entente("policy", "stress", "--pairs", "--output", "json", fragile.toString());
        assertThat(pairs.exit()).isEqualTo(1);
        assertThat(pairs.output()).contains("\"losses\"").contains("Hexagone").contains("Hyperscale");
    }

    @Test
    void aWidenedFenceEndsThePipelineAndIsShouted() throws Exception {
        Shell.Result widened =
                Shell.entente("policy", "diff", Rig.shared().config().toString(), fragile.toString());
        assertThat(widened.exit()).as(widened.output()).isEqualTo(1);
        assertThat(widened.output()).contains("WIDENED");
        Shell.Result same = Shell.entente("policy", "diff", "--output", "json", fragile.toString(), fragile.toString());
        assertThat(same.exit()).as(same.output()).isZero();
    }

    @Test
    void failedCasesAreReportedForJUnitToo() throws Exception {
        Path report = directory.resolve("junit.xml");
        Shell.Result result = Shell.entente("policy", "test", "--junit", report.toString(), fragile.toString());
        assertThat(result.exit()).as(result.output()).isEqualTo(1);
        assertThat(Files.readString(report)).contains("<failure").contains("where-plans-lie");
    }
}
