package org.entente.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.entente.sandbox.SandboxSite;
import org.entente.test.Shell.Result;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.retry.RetryPolicy;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Objects at two sites of three, and sites that are killed. The client never tries twice, so that it sees every error. */
@ExtendWith(NoLeaks.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReplicationTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int MIB = 1 << 20;

    static final String TWO_COPIES = """
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: shared}
            spec:
              match: {buckets: ["shared-*"]}
              placement: {prefer: [fr-paris, de-frankfurt, us-east], copies: 2, write: {acknowledge: 2}}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: no-spare}
            spec:
              match: {buckets: ["shared-two-*"]}
              residency: {countries: {allow: [FR, DE]}}
              placement: {prefer: [fr-paris, de-frankfurt], copies: 2, write: {acknowledge: 1}}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: hedged}
            spec:
              match: {buckets: ["shared-hedged-*"]}
              placement: {prefer: [fr-paris, de-frankfurt], copies: 2}
              reads: {hedge: 200ms}
            """;

    private final Random random = new Random(4425);
    private OwnGateway gateway;
    private S3Client s3;
    private String bucket;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        gateway = new OwnGateway(Files.createDirectories(directory.resolve("gateway")), TWO_COPIES);
        s3 = client(gateway.s3Address());
    }

    @AfterAll
    void stop() {
        s3.close();
        gateway.close();
    }

    @BeforeEach
    void makeBucket() {
        bucket = "shared-" + UUID.randomUUID().toString().substring(0, 18);
        s3.createBucket(b -> b.bucket(bucket));
    }

    @AfterEach
    void bringBack() throws IOException {
        for (SandboxSite site : Rig.shared().sites()) {
            if (!ProcessHandle.of(site.processId()).map(ProcessHandle::isAlive).orElse(false)) {
                site.restart();
            }
        }
        awaitSettled();
    }

    @SuppressWarnings("deprecation") // the one way to make sure that nothing is tried twice
    static S3Client client(URI endpoint) {
        return S3Client.builder()
                .endpointOverride(endpoint)
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .overrideConfiguration(c -> c.retryPolicy(RetryPolicy.none()))
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(Rig.FRENCH_KEY, Rig.FRENCH_SECRET)))
                .build();
    }

    private static S3Client direct(SandboxSite site) {
        return S3Client.builder()
                .endpointOverride(site.endpoint())
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(site.accessKey(), site.secretKey())))
                .build();
    }

    private void put(String key, String content) {
        s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromString(content));
    }

    private String get(String key) {
        return s3.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asUtf8String();
    }

    private List<String> keys() {
        return s3.listObjectsV2(b -> b.bucket(bucket)).contents().stream()
                .map(S3Object::key)
                .toList();
    }

    private static String at(SandboxSite site, String bucket, String key) throws IOException {
        Path file = Rig.objectsAt(site, bucket).get(key);
        return file == null ? "nothing" : Files.readString(file, UTF_8);
    }

    private static ObjectIdentifier named(String key) {
        return ObjectIdentifier.builder().key(key).build();
    }

    private void awaitSettled() {
        await().atMost(SOON).untilAsserted(() -> assertThat(gateway.journal()).isEmpty());
    }

    @Test
    void anObjectIsTheSameAtBothMembersAndNowhereElse() throws IOException {
        s3.putObject(
                b -> b.bucket(bucket).key("plan").contentType("text/plain").metadata(Map.of("colour", "red")),
                RequestBody.fromString("the plan"));
        assertThat(at(Rig.shared().paris(), bucket, "plan")).isEqualTo("the plan");
        assertThat(at(Rig.shared().frankfurt(), bucket, "plan")).isEqualTo("the plan");
        assertThat(Rig.objectsAt(Rig.shared().east(), bucket)).isEmpty();
        var head = s3.headObject(b -> b.bucket(bucket).key("plan"));
        assertThat(head.metadata()).isEqualTo(Map.of("colour", "red"));
        assertThat(head.contentType()).isEqualTo("text/plain");
        assertThat(head.sdkHttpResponse().firstMatchingHeader("x-entente-site")).contains("fr-paris");
        assertThat(gateway.journal()).isEmpty();

        s3.deleteObject(b -> b.bucket(bucket).key("plan"));
        assertThat(Rig.objectsAt(Rig.shared().paris(), bucket)).isEmpty();
        assertThat(Rig.objectsAt(Rig.shared().frankfurt(), bucket)).isEmpty();
        assertThat(gateway.journal()).isEmpty();
    }

    @Test
    void nobodyNoticesThatASiteIsKilled() throws IOException {
        put("old", "before");
        put("gone", "to be deleted");
        Rig.shared().paris().kill();
        for (int i = 0; i < 30; i++) {
            assertThat(get("old")).isEqualTo("before");
            put("new-" + i, "written in the dark " + i);
            assertThat(get("new-" + i)).isEqualTo("written in the dark " + i);
        }
        put("old", "after");
        s3.deleteObject(b -> b.bucket(bucket).key("gone"));
        assertThat(get("old")).isEqualTo("after");
        assertThatThrownBy(() -> get("gone")).isInstanceOf(NoSuchKeyException.class);
        assertThat(keys()).hasSize(31).contains("old", "new-0").doesNotContain("gone");
        assertThat(at(Rig.shared().east(), bucket, "new-29")).isEqualTo("written in the dark 29");

        Rig.shared().paris().restart();
        awaitSettled();
        for (SandboxSite member : List.of(Rig.shared().paris(), Rig.shared().frankfurt())) {
            assertThat(Rig.objectsAt(member, bucket)).hasSize(31).doesNotContainKey("gone");
            assertThat(at(member, bucket, "old")).isEqualTo("after");
            assertThat(at(member, bucket, "new-29")).isEqualTo("written in the dark 29");
        }
        assertThat(Rig.objectsAt(Rig.shared().east(), bucket)).isEmpty();
        assertThat(keys()).hasSize(31);
    }

    @Test
    void whereNoSpareIsPermittedOneMemberIsEnoughIfThePolicySaysSo() throws IOException {
        bucket = bucket.replace("shared-", "shared-two-");
        s3.createBucket(b -> b.bucket(bucket));
        put("k", "before");
        Rig.shared().paris().kill();
        assertThat(get("k")).isEqualTo("before");
        for (int i = 0; i < 15; i++) {
            String value = "after " + i;
            put("k", value);
            assertThat(get("k")).isEqualTo(value);
        }
        Rig.shared().paris().restart();
        awaitSettled();
        assertThat(at(Rig.shared().paris(), bucket, "k")).isEqualTo("after 14");
        assertThat(Rig.objectsAt(Rig.shared().east(), bucket)).isEmpty();
    }

    @Test
    void aDownloadGoesOnWhenItsSiteIsKilled() throws IOException {
        byte[] content = new byte[64 * MIB];
        random.nextBytes(content);
        s3.putObject(b -> b.bucket(bucket).key("film"), RequestBody.fromBytes(content));
        try (ResponseInputStream<GetObjectResponse> film =
                s3.getObject(b -> b.bucket(bucket).key("film"))) {
            byte[] beginning = film.readNBytes(MIB);
            Rig.shared().paris().kill();
            byte[] rest = film.readAllBytes();
            assertThat(beginning).isEqualTo(Arrays.copyOf(content, MIB));
            assertThat(rest).isEqualTo(Arrays.copyOfRange(content, MIB, content.length));
        }
    }

    @Test
    void aSiteThatHangsHoldsNobodyUpForLong() throws Exception {
        put("k", "before");
        SandboxSite paris = Rig.shared().paris();
        ChaosTest.signal("STOP", paris);
        try {
            Instant start = Instant.now();
            assertThat(get("k")).isEqualTo("before");
            put("k", "after");
            assertThat(get("k")).isEqualTo("after");
            assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(15));
        } finally {
            ChaosTest.signal("CONT", paris);
        }
        awaitSettled();
        assertThat(at(paris, bucket, "k")).isEqualTo("after");
    }

    @Test
    void whereThePolicySaysSoAnotherSiteIsAskedBeforeTheFirstIsGivenUp() throws Exception {
        bucket = bucket.replace("shared-", "shared-hedged-");
        s3.createBucket(b -> b.bucket(bucket));
        put("k", "value");
        SandboxSite paris = Rig.shared().paris();
        ChaosTest.signal("STOP", paris);
        try {
            Instant start = Instant.now();
            assertThat(get("k")).isEqualTo("value");
            assertThat(s3.headObject(b -> b.bucket(bucket).key("k")).contentLength())
                    .isEqualTo(5);
            assertThatThrownBy(() -> get("no such key")).isInstanceOf(NoSuchKeyException.class);
            // The probes would have needed longer to find it dark.
            assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(2));
        } finally {
            ChaosTest.signal("CONT", paris);
        }
    }

    @Test
    void anUploadSucceedsThoughASiteIsKilledInTheMiddle() throws Exception {
        byte[] content = new byte[32 * MIB];
        random.nextBytes(content);
        InputStream killing = new FilterInputStream(new ByteArrayInputStream(content)) {
            private int read;

            @Override
            public int read(byte[] into, int from, int most) throws IOException {
                int more = super.read(into, from, Math.min(most, MIB / 4));
                read += more;
                if (read >= content.length / 2) {
                    Rig.shared().frankfurt().kill();
                }
                return more;
            }
        };
        s3.putObject(b -> b.bucket(bucket).key("film"), RequestBody.fromInputStream(killing, content.length));
        assertThat(s3.getObjectAsBytes(b -> b.bucket(bucket).key("film")).asByteArray())
                .isEqualTo(content);
        Rig.shared().frankfurt().restart();
        awaitSettled();
        assertThat(Rig.objectsAt(Rig.shared().frankfurt(), bucket).get("film")).hasBinaryContent(content);
        assertThat(Rig.objectsAt(Rig.shared().east(), bucket)).isEmpty();
    }

    @Test
    void anUploadInPartsSurvivesTheDeathOfASiteAndKeepsItsEtag() throws IOException {
        byte[] content = new byte[5 * MIB];
        random.nextBytes(content);
        String id = s3.createMultipartUpload(
                        b -> b.bucket(bucket).key("archive").metadata(Map.of("colour", "blue")))
                .uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            int number = i;
            if (i == 3) {
                Rig.shared().paris().kill();
            }
            String etag = part(id, number, content);
            parts.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
        }
        assertThat(s3.listParts(b -> b.bucket(bucket).key("archive").uploadId(id))
                        .parts())
                .hasSize(4);
        String etag = s3.completeMultipartUpload(
                        b -> b.bucket(bucket).key("archive").uploadId(id).multipartUpload(m -> m.parts(parts)))
                .eTag();
        String again = s3.completeMultipartUpload(
                        b -> b.bucket(bucket).key("archive").uploadId(id).multipartUpload(m -> m.parts(parts)))
                .eTag();
        assertThat(again).isEqualTo(etag).endsWith("-4\"");
        assertThat(s3.headObject(b -> b.bucket(bucket).key("archive")).metadata())
                .isEqualTo(Map.of("colour", "blue"));
        Rig.shared().paris().restart();
        awaitSettled();
        for (SandboxSite member : List.of(Rig.shared().paris(), Rig.shared().frankfurt())) {
            S3Client direct = direct(member);
            assertThat(direct.headObject(b -> b.bucket(bucket).key("archive")).eTag())
                    .isEqualTo(etag);
            direct.close();
            assertThat(Files.size(Rig.objectsAt(member, bucket).get("archive"))).isEqualTo(20L * MIB);
        }
    }

    @Test
    void anUploadThatNobodyEndsIsAbortedAtItsSites() throws Exception {
        String id =
                s3.createMultipartUpload(b -> b.bucket(bucket).key("archive")).uploadId();
        part(id, 1, new byte[5 * MIB]);
        S3Client paris = direct(Rig.shared().paris());
        assertThat(paris.listMultipartUploads(b -> b.bucket(bucket)).uploads()).hasSize(1);
        gateway.restart(journal -> journal.sql("update joint_upload set created = 0 where id = :id")
                .param("id", id)
                .update());
        s3.close();
        s3 = client(gateway.s3Address());
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(paris.listMultipartUploads(b -> b.bucket(bucket))
                                .uploads())
                        .isEmpty());
        assertThat(s3.listMultipartUploads(b -> b.bucket(bucket)).uploads()).isEmpty();
        paris.close();
    }

    private String part(String id, int number, byte[] content) {
        return s3.uploadPart(
                        b -> b.bucket(bucket).key("archive").uploadId(id).partNumber(number),
                        RequestBody.fromBytes(content))
                .eTag();
    }

    @Test
    void whenNoMemberCanBeReachedTheAnswerSaysSo() throws IOException {
        put("k", "v");
        Rig.shared().paris().kill();
        Rig.shared().frankfurt().kill();
        assertThatThrownBy(() -> get("k"))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(503));
        assertThatThrownBy(() -> put("k", "w"))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(503));
        Rig.shared().paris().restart();
        Rig.shared().frankfurt().restart();
        await().atMost(SOON).ignoreExceptions().until(() -> get("k").equals("v"));
    }

    @Test
    void aSuspendedSiteIsAskedForNothingUntilItIsResumed() throws Exception {
        put("k", "before");
        OperatorClient operator = gateway.operator();
        assertThat(operator.post("/api/v1/sites/fr-paris/suspend", "{}").status())
                .isEqualTo(400);
        assertThat(operator.post("/api/v1/sites/fr-pari/suspend", "{\"reason\": \"x\"}")
                        .body())
                .contains("did you mean 'fr-paris'?");
        assertThat(gateway.withToken(OwnGateway.VIEWER_TOKEN)
                        .post("/api/v1/sites/fr-paris/suspend", "{\"reason\": \"x\"}")
                        .status())
                .isEqualTo(403);
        var answer = operator.post("/api/v1/sites/fr-paris/suspend", "{\"reason\": \"a sanction\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        try {
            var head = s3.headObject(b -> b.bucket(bucket).key("k"));
            assertThat(head.sdkHttpResponse().firstMatchingHeader("x-entente-site"))
                    .contains("de-frankfurt");
            put("k", "meanwhile");
            assertThat(at(Rig.shared().paris(), bucket, "k")).isEqualTo("before");
            assertThat(operator.get("/api/v1/sites").body())
                    .contains("\"state\":\"suspended\"", "\"reason\":\"a sanction\"", "\"author\":\"alice\"");
            assertThat(operator.get("/api/v1/journal")
                            .json()
                            .get("owed")
                            .get("fr-paris")
                            .get("keys")
                            .asInt())
                    .isOne();
            assertThat(operator.get("/api/v1/buckets/" + bucket).body())
                    .contains("\"members\":[\"fr-paris\",\"de-frankfurt\"]", "\"settled\":false");
            gateway.restart();
            s3.close();
            s3 = client(gateway.s3Address());
            assertThat(gateway.operator().get("/api/v1/sites").body()).contains("\"state\":\"suspended\"");
            assertThat(get("k")).isEqualTo("meanwhile");
        } finally {
            gateway.operator().post("/api/v1/sites/fr-paris/resume", "{}");
        }
        awaitSettled();
        assertThat(at(Rig.shared().paris(), bucket, "k")).isEqualTo("meanwhile");
        assertThat(Files.readString(gateway.auditLog())).contains("suspend site fr-paris", "a sanction");
    }

    @Test
    void theCheckFindsWhatWasChangedBehindTheJournalsBack() throws Exception {
        put("same", "everywhere");
        put("lost", "at one site");
        put("owed", "before");
        Rig.shared().paris().kill();
        put("owed", "after");
        Rig.shared().paris().restart();
        awaitSettled();
        Result well = gateway.checkJournal();
        assertThat(well.exit()).as(well.output()).isZero();
        assertThat(well.output()).contains("0 entries in the journal; 0 problems");

        Files.delete(Rig.objectsAt(Rig.shared().frankfurt(), bucket).get("lost"));
        Result damaged = gateway.checkJournal();
        assertThat(damaged.exit()).isEqualTo(1);
        assertThat(damaged.output())
                .contains(bucket + "/lost: not the same everywhere: {fr-paris=")
                .contains("1 problems");
        put("lost", "and written again");
        assertThat(gateway.checkJournal().exit()).isZero();
    }

    @Test
    void copiesConditionsAndListingsAreTheSameWhoeverIsDark() throws IOException {
        put("a/1", "one");
        put("a/2", "two");
        put("b", "three");
        s3.copyObject(b ->
                b.sourceBucket(bucket).sourceKey("b").destinationBucket(bucket).destinationKey("c"));
        assertThat(at(Rig.shared().paris(), bucket, "c")).isEqualTo("three");
        assertThat(at(Rig.shared().frankfurt(), bucket, "c")).isEqualTo("three");
        assertThatThrownBy(() ->
                        s3.putObject(b -> b.bucket(bucket).key("b").ifNoneMatch("*"), RequestBody.fromString("never")))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
        Rig.shared().frankfurt().kill();
        s3.deleteObjects(b -> b.bucket(bucket).delete(d -> d.objects(List.of(named("a/1"), named("a/2")))));
        put("d/9", "nine");
        assertThatThrownBy(() -> s3.putObject(
                        b -> b.bucket(bucket).key("d/9").ifNoneMatch("*"), RequestBody.fromString("never")))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
        Rig.shared().frankfurt().restart();
        Rig.shared().paris().kill();
        await().atMost(SOON).ignoreExceptions().untilAsserted(() -> {
            var page = s3.listObjectsV2(b -> b.bucket(bucket).delimiter("/"));
            assertThat(page.commonPrefixes()).extracting(p -> p.prefix()).containsExactly("d/");
            assertThat(page.contents()).extracting(S3Object::key).containsExactly("b", "c");
        });
        s3.copyObject(b ->
                b.sourceBucket(bucket).sourceKey("c").destinationBucket(bucket).destinationKey("e"));
        assertThat(get("e")).isEqualTo("three");
        Rig.shared().paris().restart();
    }
}
