package org.entente.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.entente.backends.sigv4.Sha256;
import org.entente.backends.uri.Rfc3986;
import org.entente.gateway.front.Gateway;
import org.entente.test.SignedHttp.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** Whatever a key is made of, the request that reaches the site names it as the client meant it. */
@ExtendWith(NoLeaks.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RawKeysTest {
    private static final String BUCKET = "fr-keys";

    private final BlockingQueue<String> targets = new LinkedBlockingQueue<>();
    private DisposableServer site;
    private Gateway gateway;
    private SignedHttp http;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        site = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> {
                    targets.add(request.method() + " " + request.uri());
                    return request.method().equals(HttpMethod.GET)
                            ? response.sendString(Mono.just("content"))
                            : response.header("content-length", "0").send();
                })
                .bindNow();
        Path config = Files.createDirectories(directory.resolve("config"));
        Files.writeString(
                config.resolve("documents.yaml"), Rig.DOCUMENTS + "---\n" + """
                apiVersion: entente/v1
                kind: Site
                metadata: {name: fr-paris}
                spec:
                  provider: Hexagone
                  endpoint: http://127.0.0.1:%d
                  country: FR
                  jurisdictions: [FR, EU]
                  clearance: restricted
                  bucketPrefix: "entente-"
                  credentials: {accessKey: a, secretKey: b}
                """.formatted(site.port()) + otherSites());
        gateway = Rig.gateway(config, directory.resolve("journal"));
        http = new SignedHttp(gateway.s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
        assertThat(http.send("PUT", "/" + BUCKET, "UNSIGNED-PAYLOAD", Map.of("content-length", "0"), new byte[0])
                        .status())
                .isEqualTo(200);
        targets.clear();
    }

    /** Named in the documents, and never spoken to. */
    private static String otherSites() {
        return unreachable("de-frankfurt", "DE") + unreachable("us-east", "US");
    }

    private static String unreachable(String name, String country) {
        return """
                ---
                apiVersion: entente/v1
                kind: Site
                metadata: {name: %s}
                spec:
                  provider: Nobody
                  endpoint: http://127.0.0.1:1
                  country: %s
                  jurisdictions: [%s]
                  credentials: {accessKey: a, secretKey: b}
                """.formatted(name, country, country);
    }

    @AfterAll
    void stop() {
        gateway.close();
        site.disposeNow();
    }

    static Stream<String> keys() {
        return Stream.concat(
                Stream.of(
                        "plain",
                        "a b",
                        "a+b",
                        "a%2Fb",
                        "a%20b",
                        "%",
                        "%%",
                        "%zz",
                        "a//b",
                        "//",
                        "/leading",
                        "tail/",
                        "tail//",
                        ".",
                        "..",
                        "./a",
                        "../a",
                        "a/../b",
                        "a/./b",
                        "x;y=z",
                        "q?x=1&y",
                        "h#x",
                        "ünï/☃",
                        "e\u0301",
                        "\u00e9",
                        "\uD83D\uDE80",
                        "~t!*()'",
                        "quote\"",
                        "back\\slash",
                        "<x>&amp;",
                        "a=b&c",
                        "@:,$",
                        "[x]{y}|^`",
                        "k".repeat(1024),
                        "☃".repeat(341),
                        "actuator/health",
                        "\u200b",
                        "new\nline",
                        "tab\t",
                        "null\u0000byte",
                        "\u007f"),
                Stream.iterate(0, i -> i < 0x80, i -> i + 1).map(i -> "byte-" + (char) i.intValue() + "-x"));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void aKeyReachesTheSiteAsItWasMeant(String key) throws InterruptedException {
        String path = "/" + Rfc3986.encodePath(key);
        Map<String, String> empty = Map.of("content-length", "0");
        assertThat(http.send("PUT", "/" + BUCKET + path, "UNSIGNED-PAYLOAD", empty, new byte[0])
                        .status())
                .isEqualTo(200);
        assertThat(targets.take()).isEqualTo("PUT /entente-" + BUCKET + path);
        assertThat(http.get("/" + BUCKET + path).body()).isEqualTo("content");
        assertThat(targets.take()).isEqualTo("GET /entente-" + BUCKET + path);
    }

    @Test
    void aKeyMayBeWrittenInMoreWaysThanOne() throws InterruptedException {
        Map<String, String> meant = Map.of(
                "/%61",
                "/a",
                "/a%2fb",
                "/a/b",
                "/~(!)",
                "/~%28%21%29",
                "/[x]{y}|^`\"<>\\",
                "/%5Bx%5D%7By%7D%7C%5E%60%22%3C%3E%5C",
                new String("/ü".getBytes(UTF_8), ISO_8859_1),
                "/%C3%BC");
        for (Map.Entry<String, String> way : meant.entrySet()) {
            Answer answer = http.get("/" + BUCKET + way.getKey());
            assertThat(answer.status()).as(way.getKey() + answer.body()).isEqualTo(200);
            assertThat(targets.take()).isEqualTo("GET /entente-" + BUCKET + way.getValue());
        }
    }

    @Test
    void whatCannotBeAKeyIsRefused() {
        for (String path : List.of("/%", "/%4", "/%zz", "/%ff", "/%C3", "/" + "k".repeat(1025))) {
            String head = http.sign("GET", "/" + BUCKET + "/k", Sha256.OF_NOTHING, Map.of())
                    .head()
                    .replace("GET /" + BUCKET + "/k ", "GET /" + BUCKET + path + " ");
            Answer answer = http.exchange(head, new byte[0]);
            assertThat(answer.status()).as(path).isEqualTo(400);
            assertThat(answer.hasCode("InvalidURI") || answer.hasCode("KeyTooLongError"))
                    .as(answer.body())
                    .isTrue();
        }
        assertThat(targets).isEmpty();
    }

    @Test
    void theBucketsNameThereIsOnlyTheSitesAffair() {
        assertThat(http.get("/" + BUCKET + "/k").head()).doesNotContain("entente-" + BUCKET);
        targets.clear();
    }
}
