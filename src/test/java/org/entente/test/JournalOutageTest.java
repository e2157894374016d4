package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.gateway.front.Gateway;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** The journal's database goes away for a while. */
@ExtendWith(NoLeaks.class)
class JournalOutageTest {
    private static final Duration BOUND = Duration.ofSeconds(20);

    private static final String POLICIES = """
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: one-copy}
            spec:
              match: {buckets: ["shared-one-*"]}
              placement: {prefer: [fr-paris]}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: two-copies}
            spec:
              match: {buckets: ["shared-two-*"]}
              placement: {prefer: [fr-paris, de-frankfurt], copies: 2}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: two-copies-and-stale}
            spec:
              match: {buckets: ["shared-stale-*"]}
              placement: {prefer: [fr-paris, de-frankfurt], copies: 2}
              reads: {stale: allow}
            """;

    @TempDir
    private Path directory;

    private final int port = SandboxSite.freePort();
    private final String suffix = UUID.randomUUID().toString().substring(0, 18);

    private EmbeddedPostgres postgres() throws IOException {
        return EmbeddedPostgres.builder()
                .setPort(port)
                .setDataDirectory(directory.resolve("postgres"))
                .setCleanDataDirectory(false)
                .start();
    }

    private static void refusedInTime(ThrowingCallable request) {
        Instant start = Instant.now();
        assertThatThrownBy(request)
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(503));
        assertThat(Duration.between(start, Instant.now())).isLessThan(BOUND);
    }

    @Test
    void whatNeedsTheJournalWaitsForItAndTheRestGoesOn() throws IOException {
        OwnGateway.write(directory.resolve("config"), POLICIES);
        EmbeddedPostgres postgres = postgres();
        try (Gateway gateway = Gateway.start(
                        new ConfigDirectory(directory.resolve("config")),
                        name -> Optional.empty(),
                        Map.of(
                                "server.port",
                                "0",
                                "management.server.port",
                                "0",
                                "entente.data",
                                directory.resolve("data").toString(),
                                "spring.datasource.url",
                                postgres.getJdbcUrl("postgres", "postgres")));
                S3Client s3 = ReplicationTest.client(gateway.s3Address())) {
            for (String kind : new String[] {"one", "two", "stale"}) {
                s3.createBucket(b -> b.bucket(bucket(kind)));
                put(s3, kind, "before");
            }
            postgres.close();
            refusedInTime(() -> put(s3, "two", "never"));
            refusedInTime(() -> get(s3, "two"));
            assertThat(get(s3, "one")).isEqualTo("before");
            put(s3, "one", "meanwhile");
            assertThat(get(s3, "one")).isEqualTo("meanwhile");
            assertThat(s3.headObject(b -> b.bucket(bucket("stale")).key("k"))
                            .sdkHttpResponse()
                            .firstMatchingHeader("x-entente-stale"))
                    .contains("true");
            postgres = postgres();
            await().atMost(BOUND).ignoreExceptions().until(() -> get(s3, "two").equals("before"));
            put(s3, "two", "after");
            assertThat(get(s3, "two")).isEqualTo("after");
        } finally {
            postgres.close();
        }
    }

    private String bucket(String kind) {
        return "shared-" + kind + "-" + suffix;
    }

    private void put(S3Client s3, String kind, String content) {
        s3.putObject(b -> b.bucket(bucket(kind)).key("k"), RequestBody.fromString(content));
    }

    private String get(S3Client s3, String kind) {
        return s3.getObjectAsBytes(b -> b.bucket(bucket(kind)).key("k")).asUtf8String();
    }
}
