package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.entente.test.Shell.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./entente} as operators use it. */
class LauncherTest {
    @TempDir
    private Path directory;

    @Test
    void goodDocumentsPass() throws Exception {
        Result result = Shell.entente("policy", "check", Rig.shared().config().toString());
        assertThat(result.exit()).as(result.output()).isZero();
        assertThat(result.output()).contains("3 sites, 4 policies, 3 principals; 0 errors, 0 warnings");
    }

    @Test
    void aDecisionIsExplainedRuleByRule() throws Exception {
        String config = Rig.shared().config().toString();
        Result permitted = Shell.entente(
                "policy",
                "explain",
                config,
                "--principal",
                "fr-logistics",
                "--bucket",
                "shared-x",
                "--key",
                "french/k");
        assertThat(permitted.exit()).as(permitted.output()).isZero();
        assertThat(permitted.output())
                .contains("permitted, placed by policy shared-capacity")
                .contains("): de-frankfurt")
                .contains("us-east is forbidden")
                .contains("policy french-keys: jurisdiction US is denied (" + config + "/policies.yaml:33:30)");
        Result refused = Shell.entente("policy", "explain", config, "--principal", "us-analytics", "--bucket", "fr-x");
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.output()).contains("refused: principal us-analytics has no grant to write bucket fr-x");
        Result misspelt = Shell.entente("policy", "explain", config, "--principal", "us-analytic", "--bucket", "fr-x");
        assertThat(misspelt.exit()).isEqualTo(2);
        assertThat(misspelt.output()).contains("did you mean 'us-analytics'?");
    }

    private void writeBadDocuments() throws IOException {
        Files.writeString(directory.resolve("bad.yaml"), """
                apiVersion: entente/v1
                kind: Policy
                metadata: {name: french}
                spec:
                  match: {buckets: ["fr-*"]}
                  residency: {countrys: {allow: [FR]}}
                ---
                apiVersion: entente/v1
                kind: Polici
                metadata: {name: x}
                spec: {}
                """);
        Files.writeString(directory.resolve("worse.yaml"), "a: [");
    }

    @Test
    void everyErrorIsPrintedWithItsPlace() throws Exception {
        writeBadDocuments();
        Result result = Shell.entente("policy", "check", directory.toString());
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.output())
                .contains("""
                        bad.yaml:6:15: error: unknown field 'countrys'; did you mean 'countries'?
                              residency: {countrys: {allow: [FR]}}
                                          ^
                        """)
                .contains("bad.yaml:9:7: error: unknown kind 'Polici'; did you mean 'Policy'?")
                .contains("worse.yaml:1:5: error: not YAML:");
    }

    @Test
    void badDocumentsKeepTheGatewayFromStarting() throws Exception {
        writeBadDocuments();
        Result result = Shell.entente("serve", "--config", directory.toString());
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.output()).contains("unknown field 'countrys'").contains("does not start");
    }

    @Test
    void aSecretThatIsNotThereKeepsTheGatewayFromStarting() throws Exception {
        Files.writeString(directory.resolve("site.yaml"), """
                apiVersion: entente/v1
                kind: Site
                metadata: {name: fr-paris}
                spec:
                  provider: Hexagone
                  endpoint: http://127.0.0.1:1
                  country: FR
                  jurisdictions: [FR]
                  credentials: {accessKeyFrom: {env: ENTENTE_NO_SUCH_KEY}, secretKeyFrom: {file: /no/such/file}}
                """);
        Result result = Shell.entente("serve", "--config", directory.toString());
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.output()).contains("ENTENTE_NO_SUCH_KEY").contains("/no/such/file");
    }

    @Test
    void wrongWordsAreToldApartFromFindings() throws Exception {
        assertThat(Shell.entente("polcy", "check", "x").exit()).isEqualTo(2);
        assertThat(Shell.entente("policy", "check").exit()).isEqualTo(2);
        assertThat(Shell.entente("--help").exit()).isZero();
        assertThat(Shell.entente("policy", "check", directory.resolve("missing").toString())
                        .exit())
                .isEqualTo(1);
    }
}
