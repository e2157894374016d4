package org.entente.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.entente.backends.sigv4.Sha256;
import org.entente.gateway.front.Gateway;
import org.entente.sandbox.SandboxSite;
import org.entente.test.SignedHttp.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A site that is killed is missed by those alone whose data lies there, and comes back with it. */
@ExtendWith(NoLeaks.class)
class DarkSiteTest {
    private static final int FEW = 3;

    private final SignedHttp http =
            new SignedHttp(Rig.shared().running().s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
    private final String suffix = UUID.randomUUID().toString().substring(0, 18);

    private Answer put(String target, String content) {
        byte[] body = content.getBytes(UTF_8);
        return http.send(
                "PUT", target, "UNSIGNED-PAYLOAD", Map.of("content-length", String.valueOf(body.length)), body);
    }

    @Test
    void aKilledSiteIsMissedWhereItsDataLiesAndNowhereElse() throws IOException {
        String german = "/de-dark-" + suffix;
        String french = "/fr-dark-" + suffix;
        for (String bucket : new String[] {german, french}) {
            assertThat(put(bucket, "").status()).isEqualTo(200);
            assertThat(put(bucket + "/k", "kept").status()).isEqualTo(200);
        }
        SandboxSite frankfurt = Rig.shared().frankfurt();
        frankfurt.kill();
        try {
            for (int i = 0; i < 30; i++) {
                Answer dark = http.get(german + "/k");
                assertThat(dark.status()).isEqualTo(503);
                assertThat(dark.hasCode("ServiceUnavailable")).as(dark.body()).isTrue();
                assertThat(SignedHttp.field(dark.head(), "retry-after")).isEqualTo("1");
                assertThat(dark.body())
                        .doesNotContain(String.valueOf(frankfurt.endpoint().getPort()));
                assertThat(http.get(french + "/k").body()).isEqualTo("kept");
            }
            assertThat(put(german + "/k", "lost").status()).isEqualTo(503);
            // What the catalogue knows needs no site.
            assertThat(http.get(german + "?location").status()).isEqualTo(200);
        } finally {
            frankfurt.restart();
        }
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(http.get(german + "/k").body()).isEqualTo("kept"));
    }

    /** Those who read slowly have all connections to Paris, for longer than it takes to find a site dark. */
    @Test
    void aSiteWithoutAFreeConnectionIsNotDark(@TempDir Path directory) throws IOException {
        Path config = directory.resolve("config");
        OwnGateway.write(config, OwnGateway.SHARED_IN_EUROPE);
        Path sites = config.resolve("sites.yaml");
        String paris = Rig.shared().paris().endpoint().toString();
        assertThat(Files.readString(sites)).contains(paris);
        Files.writeString(
                sites, Files.readString(sites).replace(paris, paris + "\n  limits: {connections: " + FEW + "}"));
        List<Socket> readers = new ArrayList<>();
        try (Gateway gateway = Rig.gateway(config, directory.resolve("journal"))) {
            SignedHttp own = new SignedHttp(gateway.s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
            OperatorClient operator = new OperatorClient(gateway.operatorAddress(), OwnGateway.OPERATOR_TOKEN);
            String bucket = "/shared-" + suffix;
            for (String target : List.of(bucket, bucket + "/large")) {
                byte[] body = new byte[target.endsWith("large") ? 8 << 20 : 0];
                assertThat(own.send(
                                        "PUT",
                                        target,
                                        "UNSIGNED-PAYLOAD",
                                        Map.of("content-length", String.valueOf(body.length)),
                                        body)
                                .status())
                        .isEqualTo(200);
            }
            for (int i = 0; i < FEW; i++) {
                Socket reader = own.connect();
                readers.add(reader);
                reader.getOutputStream()
                        .write(own.sign("GET", bucket + "/large", Sha256.OF_NOTHING, Map.of())
                                .head()
                                .getBytes(ISO_8859_1));
                assertThat(reader.getInputStream().read()).isEqualTo('H');
            }
            await().during(Duration.ofSeconds(8))
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> !operator.get("/api/v1/sites").body().contains("\"state\":\"dark\""));
        } finally {
            for (Socket reader : readers) {
                reader.close();
            }
        }
    }
}
