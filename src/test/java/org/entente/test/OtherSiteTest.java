package org.entente.test;

import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.entente.backends.Backend;
import org.entente.backends.s3.Dialect;
import org.entente.backends.s3.S3Site;
import org.entente.backends.s3.S3SiteSettings;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * The adapter before any S3 server that somebody runs: {@code ENTENTE_TEST_SITE="ceph http://127.0.0.1:7480 ACCESS
 * SECRET"}, the first word being its dialect. Buckets there begin with {@code entente-}.
 */
@EnabledIfEnvironmentVariable(
        named = "ENTENTE_TEST_SITE",
        matches = ".+",
        disabledReason = "no other S3 server is named in ENTENTE_TEST_SITE")
class OtherSiteTest extends BackendContract {
    private final S3Site backend =
            connect(List.of(System.getenv("ENTENTE_TEST_SITE").split(" ", -1)));

    private static S3Site connect(List<String> words) {
        return new S3Site(
                new S3SiteSettings(
                        "other",
                        URI.create(words.get(1)),
                        "us-east-1",
                        false,
                        "entente-",
                        Dialect.named(words.get(0)).orElseThrow(),
                        new S3SiteSettings.Credentials(words.get(2), words.get(3)),
                        S3SiteSettings.Limits.DEFAULT,
                        Optional.empty()),
                Clock.systemUTC());
    }

    @Override
    Backend backend() {
        return backend;
    }
}
