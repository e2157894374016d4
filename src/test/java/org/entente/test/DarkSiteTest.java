package org.entente.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.entente.sandbox.SandboxSite;
import org.entente.test.SignedHttp.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A site that is killed is missed by those alone whose data lies there, and comes back with it. */
@ExtendWith(NoLeaks.class)
class DarkSiteTest {
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
}
