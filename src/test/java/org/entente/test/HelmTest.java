package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.entente.gateway.metrics.Metric;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The chart makes what Kubernetes understands, of good values; bad ones are refused with a sentence. */
class HelmTest {
    private static final Path CHART = Repository.root().resolve("helm");
    private static final Path GOLDEN = Repository.root().resolve("src/test/helm");
    private static final Set<String> OTHERS_KINDS = Set.of("ServiceMonitor", "PrometheusRule");
    private static final Pattern METRIC = Pattern.compile("\\b(entente_[a-z_]+)");
    private static final String KUBERNETES_VERSION = "1.33";
    private static final KubernetesSerialization KUBERNETES = new KubernetesSerialization();

    /** The chart with its tests as parts of it: what is only made when it is tested is not shown otherwise. */
    @TempDir
    private static Path whole;

    @BeforeAll
    static void copy() throws IOException {
        try (Stream<Path> files = Files.walk(CHART)) {
            for (Path file : files.toList()) {
                Path copy = whole.resolve(CHART.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.writeString(copy, Files.readString(file).replaceAll("(?m)^ *helm.sh/hook.*\n", ""));
                }
            }
        }
    }

    private static TemplateCommand template(String example) {
        return new Helm(whole)
                .template()
                .withName("alliance")
                .withKubeVersion(KUBERNETES_VERSION)
                .withNamespace("entente")
                .withValuesFile(CHART.resolve("examples").resolve(example + ".yaml"));
    }

    private static List<Object> documents(String manifests) {
        return Arrays.stream(manifests.split("(?m)^---$"))
                .filter(text -> !text.replaceAll("(?m)^\\s*#.*$", "").isBlank())
                .<Object>map(KUBERNETES::unmarshal)
                .toList();
    }

    private static <T> List<T> of(Class<T> kind, List<Object> documents) {
        return documents.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    @Test
    void theChartIsWithoutFault() {
        LintResult result = new Helm(CHART).lint().strict().call();
        assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
    }

    /** With {@code -Ddocs.update=true} what is made becomes what is expected, for its author to look at. */
    @ParameterizedTest
    @ValueSource(strings = {"single-node", "three-replicas", "air-gapped"})
    void theManifestsAreAsTheyWere(String example) throws IOException {
        String manifests = template(example).call();
        Path golden = GOLDEN.resolve(example + ".yaml");
        if (Boolean.getBoolean("docs.update")) {
            Files.createDirectories(GOLDEN);
            Files.writeString(golden, manifests);
        }
        assertThat(manifests).isEqualTo(Files.readString(golden));
    }

    @ParameterizedTest
    @ValueSource(strings = {"single-node", "three-replicas", "air-gapped"})
    void kubernetesUnderstandsEveryWord(String example) {
        List<Object> documents = documents(template(example).call());
        assertThat(documents).hasSizeGreaterThan(5);
        for (Object document : documents) {
            HasMetadata known = (HasMetadata) document;
            if (OTHERS_KINDS.contains(known.getKind())) {
                continue;
            }
            assertThat(document.getClass().getSimpleName()).isEqualTo(known.getKind());
            assertThat(UnknownWords.in(document))
                    .as("%s %s", known.getKind(), known.getMetadata().getName())
                    .isEmpty();
        }
    }

    /** Kubernetes' own definition, of which every line is asserted. */
    @ParameterizedTest
    @ValueSource(strings = {"single-node", "three-replicas", "air-gapped"})
    void everyPodIsRestricted(String example) {
        List<Object> documents = documents(template(example).call());
        List<PodSpec> pods = Stream.concat(
                        of(Deployment.class, documents).stream()
                                .map(each -> each.getSpec().getTemplate().getSpec()),
                        of(Pod.class, documents).stream().map(Pod::getSpec))
                .toList();
        assertThat(pods).isNotEmpty();
        for (PodSpec pod : pods) {
            assertThat(pod.getHostNetwork()).isNull();
            assertThat(pod.getHostPID()).isNull();
            assertThat(pod.getHostIPC()).isNull();
            assertThat(pod.getAutomountServiceAccountToken()).isFalse();
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getSecurityContext().getRunAsUser()).isPositive();
            assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
            assertThat(pod.getVolumes())
                    .allSatisfy(volume -> assertThat(volume.getHostPath()).isNull());
            for (Container container : pod.getContainers()) {
                assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                        .isFalse();
                assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                        .isTrue();
                assertThat(container.getSecurityContext().getPrivileged()).isNull();
                assertThat(container.getSecurityContext().getCapabilities().getDrop())
                        .containsExactly("ALL");
                assertThat(container.getSecurityContext().getCapabilities().getAdd())
                        .isEmpty();
                assertThat(container.getPorts())
                        .allSatisfy(port -> assertThat(port.getHostPort()).isNull());
                assertThat(container.getResources().getLimits()).containsKey("memory");
                assertThat(container.getVolumeMounts())
                        .as("a place to unpack native libraries to")
                        .anyMatch(mount -> mount.getMountPath().equals("/tmp"));
            }
        }
    }

    @Test
    void noSecretIsInTheChart() {
        for (String example : List.of("single-node", "three-replicas", "air-gapped")) {
            List<Object> documents = documents(template(example).call());
            assertThat(of(Secret.class, documents)).isEmpty();
            assertThat(of(Deployment.class, documents)
                            .getFirst()
                            .getSpec()
                            .getTemplate()
                            .getSpec()
                            .getContainers()
                            .getFirst()
                            .getEnv())
                    .filteredOn(variable -> variable.getName().matches(".*(PASSWORD|SECRET).*"))
                    .allSatisfy(variable -> assertThat(variable.getValue()).isNull());
        }
    }

    @Test
    void operatorsAreNeverServedFromOutside() {
        List<Object> documents = documents(template("three-replicas").call());
        assertThat(of(Service.class, documents)).hasSize(2).allSatisfy(service -> {
            boolean outside = !service.getSpec().getType().equals("ClusterIP");
            assertThat(service.getSpec().getPorts())
                    .allMatch(
                            port -> !outside || port.getTargetPort().getStrVal().equals("s3"));
        });
        assertThat(of(NetworkPolicy.class, documents).getFirst().getSpec().getIngress())
                .filteredOn(
                        rule -> rule.getPorts().getFirst().getPort().getStrVal().equals("operators"))
                .allSatisfy(rule -> assertThat(rule.getFrom()).isNotEmpty());
    }

    /** Whoever asks at the operators' port must do so by TLS once it is served so. */
    @Test
    void theOperatorsPortIsAskedAsItIsServed() {
        String manifests = template("three-replicas").call();
        Container container = of(Deployment.class, documents(manifests))
                .getFirst()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst();
        assertThat(container.getEnv()).anyMatch(variable -> variable.getName().equals("ENTENTE_OPERATOR_TLS_KEY"));
        assertThat(Stream.of(container.getStartupProbe(), container.getReadinessProbe(), container.getLivenessProbe()))
                .allSatisfy(probe -> assertThat(probe.getHttpGet().getScheme()).isEqualTo("HTTPS"));
        assertThat(manifests).containsPattern("(?s)kind: ServiceMonitor.*scheme: https\\s+tlsConfig:\\s+ca:");
        assertThatThrownBy(() -> template("three-replicas")
                        .set("monitoring.serviceMonitor.tlsConfig", "null")
                        .call())
                .hasMessageContaining("Prometheus must know the certificate");
    }

    @Test
    void aPodIsGivenTheTimeThatItsDrainTakes() {
        Deployment deployment = of(
                        Deployment.class, documents(template("three-replicas").call()))
                .getFirst();
        PodSpec pod = deployment.getSpec().getTemplate().getSpec();
        Container container = pod.getContainers().getFirst();
        long drain = container.getEnv().stream()
                .filter(variable -> variable.getName().equals("ENTENTE_DRAIN"))
                .map(variable -> Long.parseLong(variable.getValue().replace("s", "")))
                .findFirst()
                .orElseThrow();
        long stop = container.getLifecycle().getPreStop().getSleep().getSeconds();
        assertThat(pod.getTerminationGracePeriodSeconds()).isGreaterThan(drain + stop);
        assertThat(deployment.getSpec().getStrategy().getType()).isEqualTo("RollingUpdate");
        assertThat(Stream.of(container.getStartupProbe(), container.getReadinessProbe(), container.getLivenessProbe()))
                .allSatisfy(probe ->
                        assertThat(probe.getHttpGet().getPort().getStrVal()).isEqualTo("operators"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            replicas=3                              | Several gateways share one journal
            autoscaling.enabled=true                | Several gateways share one journal
            config.existingConfigMap=               | There are no documents
            config.documents.a\\.yaml=x             | not both
            networkPolicy.sites=null                | only the sites can be reached
            test.credentialsSecret=                 | The test needs a principal's key pair
            s3.tlsSecret=tls                        | The test must ask for the name
            operators.tlsSecret=No                  | does not match pattern
            ingress.enabled=true                    | An ingress needs hosts
            httpRoute.enabled=true                  | An HTTPRoute needs a gateway
            monitoring.serviceMonitor.enabled=true  | Prometheus asks at the operators' port
            journal.url=jdbc:postgresql://db/entente | the journal's database must be let through
            journal.url=jdbc:mysql://db/entente     | does not match pattern
            journal.url=jdbc:postgresql://db/e?password=x | 'not' failed
            replicas=0                              | minimum
            replicaz=3                              | additional properties
            heapPercentage=95                       | maximum
            image.digest=latest                     | does not match pattern
            """)
    void whatCannotWorkIsRefusedWithASentence(String setting, String sentence) {
        String[] parts = setting.split("=", 2);
        Object value = parts[1].matches("\\d+|true|null") ? new Yaml().load(parts[1]) : parts[1];
        assertThatThrownBy(() -> template("single-node")
                        .set(parts[0], value == null ? "null" : value)
                        .call())
                .hasMessageContaining(sentence);
    }

    @Test
    void documentsOfTheValuesAreMountedAsTheyAre(@TempDir Path directory) throws IOException {
        String text = Files.readString(Repository.root().resolve("src/docs/guide/alliance/sites.yaml"));
        Path values = Files.writeString(
                directory.resolve("values.yaml"),
                new Yaml()
                        .dump(Map.of(
                                "config", Map.of("documents", Map.of("sites.yaml", text)),
                                "networkPolicy", Map.of("enabled", false))));
        List<Object> documents = documents(new Helm(CHART)
                .template()
                .withName("entente")
                .withKubeVersion(KUBERNETES_VERSION)
                .withValuesFile(values)
                .call());
        assertThat(of(ConfigMap.class, documents)
                        .getFirst()
                        .getData()
                        .get("sites.yaml")
                        .stripTrailing())
                .isEqualTo(text.stripTrailing());
        assertThat(of(NetworkPolicy.class, documents)).isEmpty();
    }

    /** The pod's command does what it is for, also when that is to fail. */
    @Test
    void theTestPodMakesARoundTrip() throws Exception {
        Container container = of(Pod.class, documents(template("single-node").call()))
                .getFirst()
                .getSpec()
                .getContainers()
                .getFirst();
        String bucket = "shared-" + UUID.randomUUID().toString().substring(0, 18);
        URI endpoint = Rig.shared().running().s3Address();
        List<String> words = new ArrayList<>(List.of("./entente"));
        container.getArgs().stream()
                .map(word -> word.startsWith("http://") ? endpoint.toString() : word)
                .map(word -> word.equals("fr-round-trip") ? bucket : word)
                .forEach(words::add);
        Map<String, String> keys =
                Map.of("AWS_ACCESS_KEY_ID", Rig.FRENCH_KEY, "AWS_SECRET_ACCESS_KEY", Rig.FRENCH_SECRET);
        Shell.Result nowhere = Shell.run(keys, words.toArray(String[]::new));
        assertThat(nowhere.exit()).isEqualTo(1);
        assertThat(nowhere.output()).contains("it could not be stored: 404", "NoSuchBucket");
        new SignedHttp(endpoint, Rig.FRENCH_KEY, Rig.FRENCH_SECRET)
                .send("PUT", "/" + bucket, "UNSIGNED-PAYLOAD", Map.of("content-length", "0"), new byte[0]);
        Shell.Result there = Shell.run(keys, words.toArray(String[]::new));
        assertThat(there.exit()).as(there.output()).isZero();
        assertThat(there.output()).contains("was stored, read and deleted");
        assertThat(Shell.run(Map.of("AWS_ACCESS_KEY_ID", ""), words.toArray(String[]::new))
                        .exit())
                .isNotZero();
    }

    @Test
    void alertsAndDashboardAskForMetricsThatThereAre() throws IOException {
        String asked = Files.readString(CHART.resolve("files/alerts.yaml"))
                + Files.readString(CHART.resolve("files/dashboard.json"));
        Set<String> told = Arrays.stream(Metric.values())
                .flatMap(metric -> metric.kind() == Metric.Kind.TIMER
                        ? Stream.of("_count", "_sum", "_bucket").map(series -> metric.atPrometheus() + series)
                        : Stream.of(metric.atPrometheus()))
                .collect(Collectors.toSet());
        Matcher matcher = METRIC.matcher(asked);
        Set<String> names = new TreeSet<>();
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        assertThat(names).hasSizeGreaterThan(10).isSubsetOf(told);
        JsonNode dashboard = JsonMapper.shared().readTree(Files.readString(CHART.resolve("files/dashboard.json")));
        assertThat(dashboard.get("panels").size()).isGreaterThan(10);
    }

    @Test
    void eachAlertHasARunbook() throws IOException {
        String runbooks = Files.readString(Repository.root().resolve("src/docs/guide/runbooks.md"));
        Map<String, List<Map<String, List<Map<String, String>>>>> alerts =
                new Yaml().load(Files.readString(CHART.resolve("files/alerts.yaml")));
        List<Map<String, String>> rules =
                Objects.requireNonNull(alerts.get("groups")).getFirst().get("rules");
        assertThat(rules)
                .hasSizeGreaterThan(5)
                .allSatisfy(rule -> assertThat(runbooks).contains("\n## " + rule.get("alert") + "\n"));
    }

    @Test
    void prometheusUnderstandsTheAlerts(@TempDir Path directory) throws Exception {
        if (!Shell.isInstalled("promtool")) {
            System.out.println("HelmTest: SKIPPED the alerts' expressions: promtool is not installed");
            abort("promtool is not installed");
        }
        Path rules = Files.copy(CHART.resolve("files/alerts.yaml"), directory.resolve("alerts.yaml"));
        Files.writeString(rules, Files.readString(rules).replace("$RECOVERY_POINT_SECONDS", "900"));
        Shell.Result result = Shell.run(Map.of(), "promtool", "check", "rules", rules.toString());
        assertThat(result.exit()).as(result.output()).isZero();
        Files.copy(GOLDEN.resolve("alerts-test.yaml"), directory.resolve("test.yaml"));
        Shell.Result tested = Shell.run(
                Map.of(),
                "promtool",
                "test",
                "rules",
                directory.resolve("test.yaml").toString());
        assertThat(tested.exit()).as(tested.output()).isZero();
    }
}
