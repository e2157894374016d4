package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.entente.sandbox.SandboxSite;
import org.entente.test.OperatorClient.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What operators do to policies through the API. */
class OperatorsApiTest {
    private static final String POLICIES = "/api/v1/policies";

    @TempDir
    private Path directory;

    private OwnGateway gateway;

    @BeforeEach
    void start() throws IOException {
        gateway = new OwnGateway(directory, OwnGateway.SHARED_ANYWHERE);
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asString).toList();
    }

    private List<String> permitted() throws IOException, InterruptedException {
        JsonNode sites = gateway.operator()
                .post("/api/v1/explain", "{\"principal\": \"fr-logistics\", \"bucket\": \"shared-x\", \"key\": \"k\"}")
                .json()
                .get("sites");
        return sites.valueStream()
                .filter(site -> site.get("permitted").asBoolean())
                .map(site -> site.get("site").asString())
                .toList();
    }

    @Test
    void nobodyGetsInWithoutATokenAndViewersOnlyLook() throws Exception {
        for (String token : List.of("", "wrong", OwnGateway.VIEWER_TOKEN + " ")) {
            if (!token.strip().equals(OwnGateway.VIEWER_TOKEN)) {
                Answer answer = gateway.withToken(token).get(POLICIES);
                assertThat(answer.status()).as(token).isEqualTo(401);
                assertThat(answer.body()).doesNotContain("shared-capacity");
            }
        }
        OperatorClient viewer = gateway.withToken(OwnGateway.VIEWER_TOKEN);
        assertThat(viewer.get(POLICIES).status()).isEqualTo(200);
        assertThat(viewer.put(POLICIES, OwnGateway.SHARED_IN_EUROPE).status()).isEqualTo(403);
        assertThat(viewer.post(POLICIES + "/rollback", "{\"revision\": 1}").status())
                .isEqualTo(403);
        assertThat(permitted()).contains("us-east");
    }

    @Test
    void nobodyFindsATokenByTrying() throws Exception {
        for (int guess = 0; guess < 20; guess++) {
            assertThat(gateway.withToken("guess " + guess).get(POLICIES).status())
                    .isEqualTo(401);
        }
        assertThat(gateway.withToken("one more").get(POLICIES).status()).isEqualTo(429);
        assertThat(gateway.operator().get(POLICIES).status())
                .as("not even the right one")
                .isEqualTo(429);
        assertThat(gateway.withToken("").get(POLICIES).status())
                .as("who guesses nothing")
                .isEqualTo(401);
    }

    @Test
    void whatASiteCanDoIsFoundOut() throws Exception {
        // A gateway that was killed while it tried a site may have left its bucket there.
        Set<String> before = probes();
        JsonNode sites = await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> gateway.operator().get("/api/v1/sites").json(),
                        all -> all.valueStream()
                                .noneMatch(site -> site.get("capabilities").isNull()));
        // The sandbox's servers keep files: they have neither tags nor versions.
        for (JsonNode site : sites) {
            assertThat(texts(site.get("capabilities")))
                    .containsExactly("conditional-complete", "conditional-delete", "conditional-put");
        }
        assertThat(probes()).isEqualTo(before);
    }

    /** The buckets in which sites are tried, as they are at this moment. */
    private static Set<String> probes() throws IOException {
        Set<String> probes = new TreeSet<>();
        for (SandboxSite site : Rig.shared().sites()) {
            try (Stream<Path> all = Files.list(site.directory().resolve("objects"))) {
                all.map(path -> path.getFileName().toString())
                        .filter(name -> name.startsWith("entente-probe-"))
                        .forEach(name -> probes.add(site.name() + "/" + name));
            }
        }
        return probes;
    }

    @Test
    void policiesAreTriedWithoutBeingPutInForce() throws Exception {
        Answer tried = gateway.operator().put(POLICIES + "?validate", OwnGateway.SHARED_IN_EUROPE);
        assertThat(tried.status()).isEqualTo(200);
        assertThat(texts(tried.json().get("changes")))
                .contains("shared-*", "  fence narrowed: may not be sent to us-east", "  data to remove from us-east");
        assertThat(permitted()).contains("us-east");
        assertThat(gateway.operator().get(POLICIES).json().get("revision").asLong())
                .isEqualTo(1);
    }

    @Test
    void whatIsWrongIsSaidWithItsPlaceAndChangesNothing() throws Exception {
        Answer refused =
                gateway.operator().put(POLICIES, OwnGateway.SHARED_IN_EUROPE.replace("[fr-paris]", "[fr-pariss]"));
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.json().get("findings").toString())
                .contains("policies:7:24: error: unknown site 'fr-pariss'; did you mean 'fr-paris'?");
        Answer smuggled = gateway.operator().put(POLICIES, """
                apiVersion: entente/v1
                kind: Operator
                metadata: {name: mallory}
                spec: {role: operator, tokens: [{token: x}]}
                """);
        assertThat(smuggled.status()).isEqualTo(422);
        assertThat(smuggled.body()).contains("only policies are put here");
        assertThat(permitted()).contains("us-east");
    }

    @Test
    void policiesArePutAndRolledBackAndTheHistorySaysWhoAndWhat() throws Exception {
        assertThat(gateway.operator().put(POLICIES, OwnGateway.SHARED_IN_EUROPE).status())
                .isEqualTo(200);
        assertThat(permitted()).containsExactly("de-frankfurt", "fr-paris");
        gateway.restart();
        assertThat(permitted()).as("it outlives the process").containsExactly("de-frankfurt", "fr-paris");
        assertThat(gateway.operator()
                        .post(POLICIES + "/rollback", "{\"revision\": 1}")
                        .status())
                .isEqualTo(200);
        assertThat(permitted()).contains("us-east");
        JsonNode history = gateway.operator().get(POLICIES).json().get("history");
        assertThat(history.valueStream()
                        .map(r -> r.get("number") + " " + r.get("origin").asString() + " "
                                + r.get("author").asString()))
                .containsExactly("3 rollback alice", "2 api alice", "1 directory directory");
        assertThat(texts(history.get(0).get("changes"))).contains("  FENCE WIDENED: may be sent to us-east");
        assertThat(gateway.operator()
                        .post(POLICIES + "/rollback", "{\"revision\": 99}")
                        .status())
                .isEqualTo(404);
        assertThat(gateway.operator().post(POLICIES + "/rollback", "nonsense").status())
                .isEqualTo(400);
    }

    @Test
    void aChangeInTheDirectoryIsNewerThanWhatAnOperatorPut() throws Exception {
        gateway.operator().put(POLICIES, OwnGateway.SHARED_IN_EUROPE);
        gateway.policies(OwnGateway.SHARED_ANYWHERE.replace("us-east", "de-frankfurt"));
        await().atMost(Duration.ofSeconds(15))
                .until(() ->
                        gateway.operator().get(POLICIES).json().get("revision").asLong() == 3);
        assertThat(permitted()).contains("us-east");
    }

    @Test
    void decisionsAreExplained() throws Exception {
        Answer answer = gateway.operator()
                .post(
                        "/api/v1/explain",
                        "{\"principal\": \"fr-logistics\", \"bucket\": \"shared-x\", \"key\": \"k\", \"label\": \"restricted\"}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(texts(answer.json().get("targets"))).containsExactly("de-frankfurt");
        assertThat(answer.body()).contains("label restricted: accredited for unclassified only");
        assertThat(gateway.operator()
                        .post("/api/v1/explain", "{\"principal\": \"fr-logistic\", \"bucket\": \"b\"}")
                        .body())
                .contains("did you mean 'fr-logistics'?");
        assertThat(gateway.operator().post("/api/v1/explain", "{}").status()).isEqualTo(400);
    }

    @Test
    void whatIsDescribedIsThereAndForNobodyWithoutAToken() throws Exception {
        HttpClient stranger = HttpClient.newHttpClient();
        for (ApiDescription.Described operation : ApiDescription.shared().operations()) {
            URI address = gateway.operator().address().resolve(operation.path().replaceAll("\\{[^}]*}", "1"));
            HttpResponse<String> refused = stranger.send(
                    HttpRequest.newBuilder(address)
                            .method(operation.method(), HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(refused.statusCode()).as(operation.toString()).isEqualTo(401);
        }
        HttpResponse<String> description = stranger.send(
                HttpRequest.newBuilder(gateway.operator().address().resolve("/api/v1/openapi.yaml"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(description.headers().firstValue("content-type")).hasValue("application/yaml");
        assertThat(description.body()).startsWith("openapi: 3.1");
    }

    @Test
    void bucketsSitesAndTheJournalAreToldOf() throws Exception {
        assertThat(gateway.french()
                        .send("PUT", "/shared-told", "UNSIGNED-PAYLOAD", Map.of(), new byte[0])
                        .status())
                .isEqualTo(200);
        JsonNode buckets = gateway.operator().get("/api/v1/buckets").json();
        assertThat(buckets.get(0).get("name").asString()).isEqualTo("shared-told");
        assertThat(texts(buckets.get(0).get("members"))).containsExactly("us-east");
        assertThat(gateway.operator().get("/api/v1/buckets/shared-other").status())
                .isEqualTo(404);
        assertThat(gateway.operator()
                        .get("/api/v1/sites")
                        .json()
                        .valueStream()
                        .filter(site -> site.get("name").asString().equals("us-east"))
                        .map(site -> site.get("buckets").asLong() + " "
                                + site.get("alone").asLong()))
                .containsExactly("1 1");
        assertThat(gateway.operator().get("/api/v1/journal").json().get("moves").isEmpty())
                .isTrue();
        assertThat(gateway.operator().post("/api/v1/sites/us-east/resume", "").status())
                .as("a reason may be left out")
                .isEqualTo(200);
        assertThat(gateway.operator().post("/api/v1/sites/us-east/drain", "{}").status())
                .isEqualTo(400);
        assertThat(gateway.operator()
                        .post("/api/v1/sites/us-eest/drain", "{\"reason\": \"x\"}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void lossesAreTriedBeforeTheyHappen() throws Exception {
        Answer answer = gateway.operator().put(POLICIES + "?validate", OwnGateway.SHARED_ANYWHERE);
        assertThat(answer.status()).isEqualTo(200);
        JsonNode stress = gateway.withToken(OwnGateway.VIEWER_TOKEN)
                .post(POLICIES + "/stress", OwnGateway.SHARED_IN_EUROPE)
                .json();
        assertThat(stress.get("losses").size())
                .isEqualTo(stress.get("rows").get(0).get("outcomes").size());
        assertThat(gateway.operator().post(POLICIES + "/stress", "nonsense").status())
                .isEqualTo(422);
    }

    @Test
    void longPoliciesAreTakenAndThoseThatSomebodyElseChangedAreNot() throws Exception {
        StringBuilder many = new StringBuilder(OwnGateway.SHARED_ANYWHERE);
        for (int i = 0; i < 4_000; i++) {
            many.append("# a remark that makes it longer than what servers are willing to take by default\n");
        }
        HttpRequest.Builder put = HttpRequest.newBuilder(
                        gateway.operator().address().resolve(POLICIES))
                .header("authorization", "Bearer " + OwnGateway.OPERATOR_TOKEN)
                .PUT(HttpRequest.BodyPublishers.ofString(many.toString()));
        HttpClient client = HttpClient.newHttpClient();
        assertThat(status(client, put.setHeader("if-match", "\"1\""))).isEqualTo(200);
        assertThat(status(client, put.setHeader("if-match", "\"1\""))).isEqualTo(422);
        assertThat(status(client, put.setHeader("if-match", "the first"))).isEqualTo(400);
        assertThat(gateway.operator().get(POLICIES).json().get("revision").asLong())
                .isEqualTo(2);
    }

    private static int status(HttpClient client, HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
