package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.entente.sandbox.SandboxSite;
import org.entente.test.Shell.Result;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** The journal is lost while a site had missed things, and made anew from what the sites hold. */
@ExtendWith(NoLeaks.class)
class RebuildTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    private final String bucket = "shared-" + UUID.randomUUID().toString().substring(0, 18);
    private OwnGateway gateway;
    private S3Client s3;

    @BeforeEach
    void loseTheJournal(@TempDir Path directory) throws IOException {
        gateway = new OwnGateway(Files.createDirectories(directory.resolve("gateway")), ReplicationTest.TWO_COPIES);
        s3 = ReplicationTest.client(gateway.s3Address());
        s3.createBucket(b -> b.bucket(bucket));
        put("same", "everywhere");
        put("rewritten", "before");
        put("deleted", "to be deleted");
        Rig.shared().paris().kill();
        put("rewritten", "after");
        put("new", "written in the dark");
        s3.deleteObject(b -> b.bucket(bucket).key("deleted"));
        gateway.stopAndLoseJournal();
        s3.close();
        Rig.shared().paris().restart();
    }

    @AfterEach
    void stop() throws IOException {
        for (SandboxSite site : Rig.shared().sites()) {
            if (!ProcessHandle.of(site.processId()).map(ProcessHandle::isAlive).orElse(false)) {
                site.restart();
            }
        }
        s3.close();
        gateway.close();
    }

    private void put(String key, String content) {
        s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromString(content));
    }

    private String get(String key) {
        return s3.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asUtf8String();
    }

    private void startAndSettle() {
        gateway.startAgain();
        s3 = ReplicationTest.client(gateway.s3Address());
        assertThat(get("rewritten")).isEqualTo("after");
        assertThat(get("same")).isEqualTo("everywhere");
        await().atMost(SOON).untilAsserted(() -> assertThat(gateway.journal()).isEmpty());
    }

    private static String at(SandboxSite site, String bucket, String key) throws IOException {
        Path file = Rig.objectsAt(site, bucket).get(key);
        return file == null ? "nothing" : Files.readString(file);
    }

    @Test
    void whatCannotBeToldIsAskedAndThenKept() throws Exception {
        Result asked = gateway.rebuildJournal("--bucket", bucket, "--owner", "fr-logistics");
        assertThat(asked.exit()).as(asked.output()).isEqualTo(1);
        assertThat(asked.output())
                .contains(bucket + "/new: is at [de-frankfurt, us-east] and not at [fr-paris]: --missing")
                .contains(bucket + "/deleted: is at [fr-paris] and not at [de-frankfurt]: --missing")
                .doesNotContain(bucket + "/rewritten", bucket + "/same")
                .contains("nothing is written");

        Result kept = gateway.rebuildJournal("--bucket", bucket, "--owner", "fr-logistics", "--missing", "keep");
        assertThat(kept.exit()).as(kept.output()).isZero();
        assertThat(kept.output())
                .contains("bucket " + bucket + " of fr-logistics at fr-paris, de-frankfurt")
                .contains("the journal is made");
        assertThat(gateway.rebuildJournal("--bucket", bucket, "--owner", "fr-logistics")
                        .output())
                .contains("it is not lost");
        startAndSettle();
        assertThat(get("new")).isEqualTo("written in the dark");
        assertThat(get("deleted")).isEqualTo("to be deleted");
        for (SandboxSite site :
                new SandboxSite[] {Rig.shared().paris(), Rig.shared().frankfurt()}) {
            assertThat(at(site, bucket, "rewritten")).isEqualTo("after");
            assertThat(at(site, bucket, "new")).isEqualTo("written in the dark");
        }
        assertThat(Rig.objectsAt(Rig.shared().east(), bucket)).isEmpty();
    }

    @Test
    void orRemoved() throws Exception {
        assertThat(gateway.rebuildJournal("--bucket", bucket, "--owner", "fr-logistics", "--missing", "perhaps")
                        .exit())
                .isEqualTo(2);
        Result removed = gateway.rebuildJournal("--bucket", bucket, "--owner", "fr-logistics", "--missing", "remove");
        assertThat(removed.exit()).as(removed.output()).isZero();
        startAndSettle();
        assertThatThrownBy(() -> get("deleted")).isInstanceOf(NoSuchKeyException.class);
        assertThatThrownBy(() -> get("new")).isInstanceOf(NoSuchKeyException.class);
        assertThat(Rig.objectsAt(Rig.shared().paris(), bucket)).containsOnlyKeys("same", "rewritten");
        assertThat(Rig.objectsAt(Rig.shared().east(), bucket)).isEmpty();
    }

    @Test
    void aSiteThatDoesNotAnswerIsNotTakenForEmpty() throws Exception {
        Rig.shared().paris().kill();
        Result refused = gateway.rebuildJournal("--bucket", bucket, "--owner", "fr-logistics", "--missing", "keep");
        assertThat(refused.exit()).as(refused.output()).isEqualTo(2);
        assertThat(refused.output()).contains("fr-paris");
        gateway.startAgain();
        s3 = ReplicationTest.client(gateway.s3Address());
    }
}
