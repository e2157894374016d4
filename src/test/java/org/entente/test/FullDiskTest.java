package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** A site whose disk is full: a small one in memory, which takes a right to mount that not every machine gives. */
@ExtendWith(NoLeaks.class)
class FullDiskTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int MIB = 1 << 20;

    private final Random random = new Random(4425);
    private final String suffix = UUID.randomUUID().toString().substring(0, 8);

    @TempDir
    private Path directory;

    private Path disk;
    private SandboxSite milano;
    private OwnGateway gateway;
    private S3Client s3;

    @BeforeEach
    void start() throws Exception {
        disk = Files.createDirectories(directory.resolve("milano").resolve("objects"));
        int exit = Shell.run(Map.of(), "mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk.toString())
                .exit();
        assumeThat(exit).as("the right to mount a file system in memory").isZero();
        milano = SandboxSite.start(
                "it-milano",
                Repository.s3proxy(),
                SandboxSite.Store.FILES,
                directory.resolve("milano"),
                SandboxSite.freePort(),
                "key-of-milano",
                "secret-of-milano");
        gateway = new OwnGateway(Files.createDirectories(directory.resolve("gateway")), documents());
        s3 = ReplicationTest.client(gateway.s3Address());
    }

    @AfterEach
    void stop() throws IOException, InterruptedException {
        if (gateway != null) {
            s3.close();
            gateway.close();
            milano.close();
            assertThat(Shell.run(Map.of(), "umount", disk.toString()).exit()).isZero();
        }
    }

    private String documents() {
        return """
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: full}
            spec:
              match: {buckets: ["shared-full-*"]}
              placement: {prefer: [it-milano, de-frankfurt, fr-paris], copies: 2, write: {acknowledge: 2}}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: full-alone}
            spec:
              match: {buckets: ["shared-alone-*"]}
              placement: {prefer: [it-milano]}
            ---
            apiVersion: entente/v1
            kind: Site
            metadata: {name: it-milano}
            spec:
              provider: Serenissima
              endpoint: %s
              country: IT
              jurisdictions: [IT, EU]
              credentials: {accessKey: %s, secretKey: %s}
            """.formatted(milano.endpoint(), milano.accessKey(), milano.secretKey());
    }

    private byte[] content(int mebibytes) {
        byte[] content = new byte[mebibytes * MIB];
        random.nextBytes(content);
        return content;
    }

    @Test
    void whatAFullMemberCannotTakeGoesToASpareUntilItHasRoomAgain() throws Exception {
        String bucket = "shared-full-" + suffix;
        s3.createBucket(b -> b.bucket(bucket));
        byte[] small = content(1);
        byte[] large = content(30);
        s3.putObject(b -> b.bucket(bucket).key("small"), RequestBody.fromBytes(small));
        s3.putObject(b -> b.bucket(bucket).key("large"), RequestBody.fromBytes(large));
        assertThat(Rig.objectsAt(milano, bucket)).containsOnlyKeys("small");
        assertThat(Rig.objectsAt(Rig.shared().frankfurt(), bucket)).containsOnlyKeys("small", "large");
        assertThat(Rig.objectsAt(Rig.shared().paris(), bucket)).containsOnlyKeys("large");
        assertThat(s3.getObjectAsBytes(b -> b.bucket(bucket).key("large")).asByteArray())
                .isEqualTo(large);
        assertThat(s3.getObjectAsBytes(b -> b.bucket(bucket).key("small")).asByteArray())
                .isEqualTo(small);

        assertThat(Shell.run(Map.of(), "mount", "-o", "remount,size=100m", disk.toString())
                        .exit())
                .isZero();
        await().atMost(SOON).untilAsserted(() -> assertThat(gateway.journal()).isEmpty());
        assertThat(Rig.objectsAt(milano, bucket).get("large")).hasBinaryContent(large);
        assertThat(Rig.objectsAt(Rig.shared().paris(), bucket)).isEmpty();
    }

    @Test
    void aBucketOfOneCopyThereSaysSoAndKeepsWhatItHas() throws Exception {
        String bucket = "shared-alone-" + suffix;
        s3.createBucket(b -> b.bucket(bucket));
        byte[] before = content(1);
        s3.putObject(b -> b.bucket(bucket).key("k"), RequestBody.fromBytes(before));
        assertThatThrownBy(() -> s3.putObject(b -> b.bucket(bucket).key("k"), RequestBody.fromBytes(content(30))))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isIn(500, 503));
        assertThat(s3.getObjectAsBytes(b -> b.bucket(bucket).key("k")).asByteArray())
                .isEqualTo(before);
    }
}
