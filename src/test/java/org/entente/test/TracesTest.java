package org.entente.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.entente.sandbox.GatewayProcess;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A gateway that tells programs what it does: spans to a collector, and logs in JSON. */
class TracesTest {
    private static final String TWO_COPIES = """
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: twice}
            spec:
              match: {buckets: ["shared-*"]}
              placement: {copies: 2, prefer: [fr-paris, de-frankfurt]}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: nowhere}
            spec:
              match: {buckets: ["nowhere-*"]}
              residency: {countries: {allow: [NL]}}
            """;

    @TempDir
    Path directory;

    private final Queue<byte[]> collected = new ConcurrentLinkedQueue<>();
    private HttpServer collector;
    private HttpServer gone;
    private GatewayProcess gateway;

    @BeforeEach
    void start() throws Exception {
        collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", exchange -> {
            collected.add(exchange.getRequestBody().readAllBytes());
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        collector.start();
        gone = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        gone.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        gone.start();
        OwnGateway.write(directory.resolve("config"), TWO_COPIES);
        Path sites = directory.resolve("config").resolve("sites.yaml");
        String all = Files.readString(sites);
        String first = all.substring(0, all.indexOf("---\n"));
        Files.writeString(
                sites,
                "\n---\n"
                        + first.replaceFirst("name: [a-z-]+", "name: gone")
                                .replaceAll("\\bFR\\b", "NL")
                                .replaceFirst(
                                        ":\\d{4,5}", ":" + gone.getAddress().getPort()),
                StandardOpenOption.APPEND);
        Path people = directory.resolve("config").resolve("people.yaml");
        Files.writeString(people, Files.readString(people).replace("[\"shared-*\"]", "[\"shared-*\", \"nowhere-*\"]"));
        gateway = GatewayProcess.start(
                Repository.gatewayJar(),
                List.of("-Xmx256m"),
                directory.resolve("config"),
                directory.resolve("state"),
                SandboxSite.freePort(),
                SandboxSite.freePort(),
                Map.of(
                        "ENTENTE_TRACES",
                        "http://127.0.0.1:" + collector.getAddress().getPort() + "/v1/traces",
                        "ENTENTE_LOG_FORMAT",
                        "ecs"));
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
        collector.stop(0);
        gone.stop(0);
    }

    private List<Span> spans() {
        return collected.stream()
                .flatMap(body -> {
                    try {
                        return ExportTraceServiceRequest.parseFrom(body).getResourceSpansList().stream();
                    } catch (InvalidProtocolBufferException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .flatMap(resource -> resource.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .toList();
    }

    private static Map<String, String> attributes(Span span) {
        return span.getAttributesList().stream()
                .collect(Collectors.toMap(
                        KeyValue::getKey,
                        each -> each.getValue().hasIntValue()
                                ? String.valueOf(each.getValue().getIntValue())
                                : each.getValue().getStringValue()));
    }

    @Test
    void aRequestIsASpanAndEachAttemptAtASiteOneWithinIt() {
        SignedHttp french = new SignedHttp(gateway.endpoint(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
        assertThat(french.send("PUT", "/shared-traced", "UNSIGNED-PAYLOAD", Map.of(), new byte[0])
                        .status())
                .isEqualTo(200);
        SignedHttp.Answer put = french.send(
                "PUT",
                "/shared-traced/a-secret-name",
                "UNSIGNED-PAYLOAD",
                Map.of("content-length", "5"),
                "bytes".getBytes(UTF_8));
        assertThat(put.status()).isEqualTo(200);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> spans().stream()
                        .anyMatch(span -> span.getKind() == Span.SpanKind.SPAN_KIND_SERVER
                                && span.getName().equals("PutObject")));
        Span request = spans().stream()
                .filter(span -> span.getKind() == Span.SpanKind.SPAN_KIND_SERVER
                        && span.getName().equals("PutObject"))
                .findFirst()
                .orElseThrow();
        assertThat(put.head())
                .containsIgnoringCase("x-amz-request-id: " + attributes(request).get("aws.request_id"));
        List<Span> attempts = spans().stream()
                .filter(span -> span.getParentSpanId().equals(request.getSpanId()))
                .toList();
        assertThat(attempts)
                .filteredOn(span -> span.getName().equals("PutObject"))
                .extracting(span -> attributes(span).get("entente.site") + " "
                        + attributes(span).get("http.response.status_code"))
                .containsExactlyInAnyOrder("fr-paris 200", "de-frankfurt 200");
        assertThat(collected)
                .extracting(body -> new String(body, UTF_8))
                .noneMatch(text -> text.contains("shared-traced")
                        || text.contains("a-secret-name")
                        || text.contains(Rig.FRENCH_KEY));
    }

    @Test
    void logsAreLinesThatProgramsRead() throws Exception {
        SignedHttp french = new SignedHttp(gateway.endpoint(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
        french.send("PUT", "/shared-logged", "UNSIGNED-PAYLOAD", Map.of(), new byte[0]);
        french.send("PUT", "/nowhere-at-all", "UNSIGNED-PAYLOAD", Map.of(), new byte[0]);
        gone.stop(0);
        SignedHttp.Answer failed = french.get("/nowhere-at-all/key");
        assertThat(failed.status()).as(failed.body()).isEqualTo(503);
        gateway.close();
        List<JsonNode> lines = Files.readAllLines(gateway.log()).stream()
                .filter(line -> !line.startsWith("WARNING: "))
                .map(TracesTest::json)
                .toList();
        assertThat(lines).isNotEmpty().allSatisfy(line -> {
            assertThat(line.at("/log/level").asString()).isNotEmpty();
            assertThat(line.get("message").asString()).isNotEmpty();
        });
        assertThat(lines)
                .filteredOn(line -> line.has("requestId"))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(failed.head())
                        .containsIgnoringCase(
                                "x-amz-request-id: " + line.get("requestId").asString()));
        assertThat(Files.readString(gateway.log())).doesNotContain(Rig.FRENCH_SECRET);
    }

    private static JsonNode json(String line) {
        return JsonMapper.builder().build().readTree(line);
    }
}
