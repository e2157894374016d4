package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.entente.gateway.metrics.Metric;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a gateway tells of itself is what its catalogue and the guide say. */
class MetricsTest {
    private static final Pattern SERIES = Pattern.compile("(?m)^(entente_\\w+)(?:\\{(.*?)})? ");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");
    private static final Path GUIDE = Repository.root().resolve("src/docs/guide/metrics.md");

    @Test
    void everythingOfTheCatalogueIsToldAndNothingElse(@TempDir Path directory) throws Exception {
        try (OwnGateway gateway = new OwnGateway(directory, OwnGateway.SHARED_ANYWHERE)) {
            SignedHttp client = gateway.french();
            String bucket = "shared-" + System.nanoTime();
            byte[] content = "counted".getBytes(StandardCharsets.UTF_8);
            put(client, "/" + bucket, new byte[0]);
            put(client, "/" + bucket + "/k", content);
            assertThat(client.send("GET", "/" + bucket + "/k", "UNSIGNED-PAYLOAD", Map.of(), new byte[0])
                            .status())
                    .isEqualTo(200);
            assertThat(client.send("GET", "/other-bucket/k", "UNSIGNED-PAYLOAD", Map.of(), new byte[0])
                            .status())
                    .isEqualTo(403);
            Rig.shared().east().kill();
            try {
                assertThat(client.send("GET", "/" + bucket + "/k", "UNSIGNED-PAYLOAD", Map.of(), new byte[0])
                                .status())
                        .isEqualTo(503);
                org.awaitility.Awaitility.await()
                        .untilAsserted(() -> assertThat(scrape(gateway)).contains("entente_site_changes_total{"));
            } finally {
                Rig.shared().east().restart();
            }
            gateway.policies(OwnGateway.SHARED_IN_EUROPE);
            org.awaitility.Awaitility.await()
                    .untilAsserted(() -> assertThat(scrape(gateway))
                            .contains("entente_policy_reloads_total{outcome=\"applied\"} 1.0"));

            String told = scrape(gateway);
            assertThat(names(told)).isEqualTo(catalogue());
            assertThat(told)
                    .contains("entente_requests_seconds_count{operation=\"PutObject\",outcome=\"success\"} 1")
                    .contains(
                            "entente_site_requests_seconds_count{operation=\"PutObject\",outcome=\"success\",site=\"us-east\"} 1")
                    .contains("entente_refusals_total{code=\"AccessDenied\"} 1.0")
                    .contains("entente_refusals_total{code=\"ServiceUnavailable\"} 1.0")
                    .contains("entente_received_bytes_total 7.0")
                    .contains("entente_site_state{site=\"fr-paris\",state=\"healthy\"} 1.0")
                    .contains("entente_audit_writable 1.0")
                    .contains("hikaricp_connections_usage_seconds_count");
            assertThat(sent(told)).isGreaterThanOrEqualTo(content.length);
            assertThat(told).doesNotContain(Rig.FRENCH_SECRET, Rig.FRENCH_KEY, bucket);
        }
    }

    /** With {@code -Ddocs.update=true} the page's table is written anew instead. */
    @Test
    void theGuideNamesThemAll() throws IOException {
        String page = Files.readString(GUIDE);
        String head = page.substring(0, page.indexOf("|---|---|---|\n") + "|---|---|---|\n".length());
        String table = Arrays.stream(Metric.values())
                .map(metric -> "| `%s` | %s | %s |\n"
                        .formatted(
                                metric.atPrometheus()
                                        + (metric.kind() == Metric.Kind.TIMER ? "_{count,sum,bucket}" : ""),
                                String.join(", ", metric.tags()),
                                metric.help()))
                .collect(Collectors.joining());
        String rest = page.substring(head.length()).replaceFirst("(?s)\\A(\\|.*?\n)*", "");
        if (Boolean.getBoolean("docs.update")) {
            Files.writeString(GUIDE, head + table + rest);
        } else {
            assertThat(page).isEqualTo(head + table + rest);
        }
    }

    private static void put(SignedHttp client, String target, byte[] content) throws Exception {
        assertThat(client.send(
                                "PUT",
                                target,
                                "UNSIGNED-PAYLOAD",
                                Map.of("content-length", String.valueOf(content.length)),
                                content)
                        .status())
                .isEqualTo(200);
    }

    private static String scrape(OwnGateway gateway) throws IOException, InterruptedException {
        return gateway.operator().get("/actuator/prometheus").body();
    }

    private static double sent(String told) {
        Matcher matcher =
                Pattern.compile("(?m)^entente_sent_bytes_total (\\S+)$").matcher(told);
        assertThat(matcher.find()).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    /** Each series with its tags, a timer's as one. */
    private static Set<String> names(String told) {
        Set<String> names = new TreeSet<>();
        Matcher series = SERIES.matcher(told);
        while (series.find()) {
            Set<String> labels = new TreeSet<>();
            Matcher label = LABEL.matcher(series.group(2) == null ? "" : series.group(2));
            while (label.find()) {
                labels.add(label.group(1));
            }
            labels.remove("le");
            names.add(series.group(1).replaceFirst("_seconds_(count|sum|max|bucket)$", "_seconds") + labels);
        }
        return names;
    }

    private static Set<String> catalogue() {
        return List.of(Metric.values()).stream()
                .map(metric -> metric.atPrometheus() + new TreeSet<>(metric.tags()))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
