package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.entente.gateway.front.Gateway;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import reactor.netty.DisposableServer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.DeleteMarkerEntry;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.ObjectLockLegalHoldStatus;
import software.amazon.awssdk.services.s3.model.ObjectLockMode;
import software.amazon.awssdk.services.s3.model.ObjectLockRetention;
import software.amazon.awssdk.services.s3.model.ObjectVersion;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.Tag;

/** Versions and locks in buckets that two sites of Ceph's hold, and a third can stand in for, while sites go dark. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VersionsTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String DOCUMENTS = """
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: pair}
            spec:
              match: {buckets: ["two-*"]}
              placement: {prefer: [first, second, third], copies: 2}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: one-is-enough}
            spec:
              match: {buckets: ["two-locked-*", "two-alone-*"]}
              placement: {prefer: [first, second, third], copies: 2, write: {acknowledge: 1}}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: project-x}
            spec:
              match: {buckets: ["two-*"], when: "'project' in tags && tags['project'] == 'x'"}
              residency: {countries: {allow: [FR]}}
            ---
            apiVersion: entente/v1
            kind: Principal
            metadata: {name: somebody}
            spec:
              nation: FR
              clearance: restricted
              accessKeys: [{id: %s, secret: "%s"}]
              grants: [{buckets: ["two-*"], actions: [read, write, list, manage]}]
            ---
            apiVersion: entente/v1
            kind: Operator
            metadata: {name: alice}
            spec: {role: operator, tokens: [{token: "%s"}]}
            ---
            """.formatted(Rig.FRENCH_KEY, Rig.FRENCH_SECRET, OwnGateway.OPERATOR_TOKEN);

    /** The way to a site, which can be cut. */
    private final class Way {
        private final int port = SandboxSite.freePort();
        private ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        private DisposableServer relay = open();

        private DisposableServer open() {
            connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
            return Relay.start(
                    server -> server.port(port).channelGroup(connections),
                    () -> ceph.endpoint().getPort());
        }

        void cut() {
            relay.channel().close().syncUninterruptibly();
            connections.close().syncUninterruptibly();
        }

        void mend() {
            if (!relay.channel().isOpen()) {
                relay = open();
            }
        }

        String document(String name, String prefix) {
            return ceph.document(name, prefix)
                    .replace("FR", name.equals("second") ? "DE" : "FR")
                    .replace(ceph.endpoint().toString(), "http://localhost:" + port);
        }
    }

    private Path directory;
    private CephSite ceph;
    private Map<String, Way> ways;
    private Gateway gateway;
    private S3Client s3;
    private S3Client direct;
    private String bucket;

    @BeforeAll
    void start(@TempDir Path own) throws IOException {
        directory = own;
        CephSite.need(VersionsTest.class);
        ceph = CephSite.start(Files.createDirectory(directory.resolve("ceph")));
        ways = new HashMap<>(Map.of("first", new Way(), "second", new Way(), "third", new Way()));
        Path config = Files.createDirectory(directory.resolve("config"));
        StringBuilder documents = new StringBuilder(DOCUMENTS);
        ways.forEach(
                (name, way) -> documents.append(way.document(name, name + "-")).append("---\n"));
        Files.writeString(config.resolve("all.yaml"), documents);
        start();
        direct = client(ceph.endpoint());
    }

    private void start() {
        gateway = Rig.gateway(directory.resolve("config"), directory.resolve("journal"));
        s3 = ReplicationTest.client(gateway.s3Address());
    }

    private static S3Client client(URI endpoint) {
        return S3Client.builder()
                .endpointOverride(endpoint)
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(CephSite.KEY, CephSite.SECRET)))
                .build();
    }

    @AfterAll
    void stop() {
        if (gateway != null) {
            s3.close();
            direct.close();
            gateway.close();
            ways.values().forEach(Way::cut);
            ceph.close();
        }
    }

    @BeforeEach
    void makeBucket() {
        bucket = "two-" + UUID.randomUUID().toString().substring(0, 18);
    }

    @AfterEach
    void mend() {
        ways.values().forEach(Way::mend);
        awaitSettled();
    }

    private void awaitSettled() {
        await().atMost(SOON).untilAsserted(() -> assertThat(gateway.journal()).isEmpty());
    }

    private void versioned() {
        s3.createBucket(b -> b.bucket(bucket));
        s3.putBucketVersioning(
                b -> b.bucket(bucket).versioningConfiguration(c -> c.status(BucketVersioningStatus.ENABLED)));
    }

    private String put(String key, String content) {
        return s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromString(content))
                .versionId();
    }

    private String get(String key, String version) {
        return s3.getObjectAsBytes(b -> b.bucket(bucket).key(key).versionId(version))
                .asString(StandardCharsets.UTF_8);
    }

    private String get(String key) {
        return s3.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asString(StandardCharsets.UTF_8);
    }

    private Way way(String site) {
        return Optional.ofNullable(ways.get(site)).orElseThrow();
    }

    /** What a listing says, the latest first: the ETag of each version, or that it marks a deletion. */
    private static List<String> lines(ListObjectVersionsResponse listing) {
        record Line(String key, Instant modified, boolean latest, String text) {}
        return Stream.concat(
                        listing.versions().stream()
                                .map((ObjectVersion v) ->
                                        new Line(v.key(), v.lastModified(), v.isLatest(), v.key() + " " + v.eTag())),
                        listing.deleteMarkers().stream()
                                .map((DeleteMarkerEntry m) ->
                                        new Line(m.key(), m.lastModified(), m.isLatest(), m.key() + " deleted")))
                .map(line -> line.text() + (line.latest() ? " latest" : ""))
                .sorted()
                .toList();
    }

    private List<String> at(String site) {
        return lines(direct.listObjectVersions(b -> b.bucket(site + "-" + bucket)));
    }

    private List<String> listed() {
        return lines(s3.listObjectVersions(b -> b.bucket(bucket)));
    }

    /** Both members keep the same, which is what the gateway says. */
    private void assertSame() {
        awaitSettled();
        assertThat(at("first")).isEqualTo(listed());
        assertThat(at("second")).isEqualTo(listed());
    }

    @Test
    void aSiteThatWasAwayGetsWhatItMissed() {
        versioned();
        String one = put("k", "one");
        String two = put("k", "two");
        way("second").cut();
        String three = put("k", "three");
        String marker = s3.deleteObject(b -> b.bucket(bucket).key("k")).versionId();
        assertThatThrownBy(() -> get("k")).isInstanceOf(NoSuchKeyException.class);
        String four = put("k", "four");
        s3.deleteObject(b -> b.bucket(bucket).key("k").versionId(one));
        assertThat(Stream.of(two, three, four).map(id -> get("k", id))).containsExactly("two", "three", "four");
        assertThat(get("k")).isEqualTo("four");
        assertThatThrownBy(() -> get("k", one))
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("NoSuchVersion"));
        assertThatThrownBy(() -> get("k", marker))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(405));
        way("second").mend();
        assertSame();
        assertThat(listed()).hasSize(4);
        way("first").cut();
        assertThat(Stream.of(two, three, four).map(id -> get("k", id))).containsExactly("two", "three", "four");
        assertThat(get("k")).isEqualTo("four");
    }

    @Test
    void theVersionBeforeIsTheObjectAgainAtEverySite() {
        versioned();
        put("k", "one");
        way("first").cut();
        String two = put("k", "two");
        String three = put("k", "three");
        way("first").mend();
        awaitSettled();
        way("second").cut();
        s3.deleteObject(b -> b.bucket(bucket).key("k").versionId(three));
        assertThat(get("k")).isEqualTo("two");
        String marker = s3.deleteObject(b -> b.bucket(bucket).key("k")).versionId();
        assertThatThrownBy(() -> get("k")).isInstanceOf(NoSuchKeyException.class);
        s3.deleteObject(b -> b.bucket(bucket).key("k").versionId(marker));
        assertThat(s3.headObject(b -> b.bucket(bucket).key("k")).versionId()).isEqualTo(two);
        way("second").mend();
        assertSame();
        assertThat(listed()).hasSize(2);
    }

    @Test
    void whatWasThereBeforeIsTheVersionCalledNull() {
        s3.createBucket(b -> b.bucket(bucket));
        put("before", "old");
        put("untouched", "as it was");
        awaitSettled();
        s3.putBucketVersioning(
                b -> b.bucket(bucket).versioningConfiguration(c -> c.status(BucketVersioningStatus.ENABLED)));
        assertThat(get("untouched", "null")).isEqualTo("as it was");
        put("before", "new");
        assertThat(get("before", "null")).isEqualTo("old");
        s3.putBucketVersioning(
                b -> b.bucket(bucket).versioningConfiguration(c -> c.status(BucketVersioningStatus.SUSPENDED)));
        assertThat(put("before", "newest"))
                .as("the one called null is not told")
                .isNull();
        assertThat(get("before", "null")).as("a new one in its place").isEqualTo("newest");
        assertThat(get("before")).isEqualTo("newest");
        assertThat(s3.getBucketVersioning(b -> b.bucket(bucket)).status()).isEqualTo(BucketVersioningStatus.SUSPENDED);
        assertSame();
        assertThat(listed()).hasSize(3);
    }

    @Test
    void whatIsKnownOfAVersionReachesASiteThatWasAway() {
        versioned();
        String one = put("k", "one");
        String two = put("k", "two");
        way("second").cut();
        // Until the site is known to be dark, two that acknowledge are waited for.
        await().atMost(SOON)
                .ignoreExceptions()
                .until(() -> s3.putObjectTagging(b -> b.bucket(bucket)
                                .key("k")
                                .versionId(one)
                                .tagging(t -> t.tagSet(
                                        Tag.builder().key("of").value("one").build())))
                        .sdkHttpResponse()
                        .isSuccessful());
        s3.putObjectTagging(b -> b.bucket(bucket)
                .key("k")
                .tagging(t -> t.tagSet(Tag.builder().key("of").value("two").build())));
        way("second").mend();
        awaitSettled();
        way("first").cut();
        for (Map.Entry<String, String> version : Map.of(one, "one", two, "two").entrySet()) {
            assertThat(s3.getObjectTagging(b -> b.bucket(bucket).key("k").versionId(version.getKey()))
                            .tagSet())
                    .extracting(Tag::value)
                    .containsExactly(version.getValue());
        }
    }

    @Test
    void whatIsKnownOfAVersionStaysWithinTheFence() {
        versioned();
        String one = put("k", "one");
        String two = put("k", "two");
        Tag project = Tag.builder().key("project").value("x").build();
        s3.putObjectTagging(b -> b.bucket(bucket).key("k").versionId(one).tagging(t -> t.tagSet(project)));
        await().during(Duration.ofSeconds(4))
                .atMost(Duration.ofSeconds(10))
                .until(() -> direct.listObjectVersions(b -> b.bucket("second-" + bucket)).versions().stream()
                        .allMatch(version -> direct.getObjectTagging(b ->
                                        b.bucket("second-" + bucket).key("k").versionId(version.versionId()))
                                .tagSet()
                                .isEmpty()));
        assertThat(gateway.journal()).as("it is owed what it may not have").isNotEmpty();
        assertThat(s3.getObjectTagging(b -> b.bucket(bucket).key("k").versionId(one))
                        .tagSet())
                .containsExactly(project);
        assertThat(get("k")).isEqualTo("two");
        s3.deleteObject(b -> b.bucket(bucket).key("k").versionId(one));
        assertSame();
        assertThat(get("k", two)).isEqualTo("two");
    }

    @Test
    void sitesKeepVersionsOnWhenWhatOneDidNotTakeIsUndone() {
        versioned();
        s3.putBucketVersioning(
                b -> b.bucket(bucket).versioningConfiguration(c -> c.status(BucketVersioningStatus.SUSPENDED)));
        way("second").cut();
        assertThatThrownBy(() -> s3.putBucketVersioning(
                        b -> b.bucket(bucket).versioningConfiguration(c -> c.status(BucketVersioningStatus.ENABLED))))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(503));
        assertThat(s3.getBucketVersioning(b -> b.bucket(bucket)).status()).isEqualTo(BucketVersioningStatus.SUSPENDED);
        assertThat(direct.getBucketVersioning(b -> b.bucket("first-" + bucket)).status())
                .isEqualTo(BucketVersioningStatus.ENABLED);
    }

    @Test
    void whatIsLockedIsLockedAtEverySite() {
        bucket = "two-locked-" + UUID.randomUUID().toString().substring(0, 18);
        s3.createBucket(b -> b.bucket(bucket).objectLockEnabledForBucket(true));
        Instant until = Instant.now().plusSeconds(3600);
        way("second").cut();
        String version = s3.putObject(
                        b -> b.bucket(bucket)
                                .key("k")
                                .objectLockMode(ObjectLockMode.GOVERNANCE)
                                .objectLockRetainUntilDate(until),
                        RequestBody.fromString("kept"))
                .versionId();
        way("second").mend();
        awaitSettled();
        way("first").cut();
        ObjectLockRetention there = s3.getObjectRetention(
                        b -> b.bucket(bucket).key("k").versionId(version))
                .retention();
        assertThat(there.mode().toString()).isEqualTo("GOVERNANCE");
        assertThat(Duration.between(until, there.retainUntilDate()).abs()).isLessThan(Duration.ofSeconds(2));
        assertThatThrownBy(() -> s3.deleteObject(b -> b.bucket(bucket).key("k").versionId(version)))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(403));
        way("first").mend();
        assertThatThrownBy(() -> s3.deleteObject(b -> b.bucket(bucket).key("k").versionId(version)))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(403));
        assertThat(get("k")).isEqualTo("kept");
        s3.putObjectLegalHold(b ->
                b.bucket(bucket).key("k").versionId(version).legalHold(h -> h.status(ObjectLockLegalHoldStatus.ON)));
        assertThat(s3.getObjectLegalHold(b -> b.bucket(bucket).key("k"))
                        .legalHold()
                        .status())
                .isEqualTo(ObjectLockLegalHoldStatus.ON);
        s3.putObjectLegalHold(b ->
                b.bucket(bucket).key("k").versionId(version).legalHold(h -> h.status(ObjectLockLegalHoldStatus.OFF)));
        s3.deleteObject(b -> b.bucket(bucket).key("k").versionId(version).bypassGovernanceRetention(true));
        assertSame();
        assertThat(listed()).isEmpty();
    }

    @Test
    void aLockedObjectWaitsForASiteRatherThanGoWithoutItsLock() {
        s3.createBucket(b -> b.bucket(bucket).objectLockEnabledForBucket(true));
        way("first").cut();
        way("second").cut();
        assertThatThrownBy(() -> put("k", "x"))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(503));
        assertThat(direct.listBuckets().buckets())
                .as("nothing stood in")
                .noneMatch(each -> each.name().equals("third-" + bucket));
    }

    @Test
    void aSiteThatStoodInIsClearedOfAllVersions() {
        bucket = "two-alone-" + UUID.randomUUID().toString().substring(0, 18);
        versioned();
        put("k", "one");
        way("first").cut();
        way("second").cut();
        // Both at once: only when they are known to be dark, another can stand in.
        String two = await().atMost(SOON).ignoreExceptions().until(() -> put("k", "two"), id -> true);
        String three = put("k", "three");
        assertThat(at("third")).hasSize(2);
        assertThat(get("k", two)).isEqualTo("two");
        way("first").mend();
        way("second").mend();
        assertSame();
        assertThat(get("k", three)).isEqualTo("three");
        assertThat(at("third")).isEmpty();
    }

    @Test
    void allVersionsMoveWithTheirBucketWhenASiteIsLeft() throws Exception {
        versioned();
        String one = put("k", "one");
        put("k", "two");
        put("deleted", "once");
        s3.deleteObject(b -> b.bucket(bucket).key("deleted"));
        awaitSettled();
        OperatorClient operator = new OperatorClient(gateway.operatorAddress(), OwnGateway.OPERATOR_TOKEN);
        operator.post("/api/v1/sites/first/drain", "{\"reason\": \"the contract ends\"}");
        try {
            String three = put("k", "three");
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(operator.get("/api/v1/buckets/" + bucket)
                                    .json()
                                    .toString())
                            .contains("\"members\":[\"second\",\"third\"]", "\"leaving\":[]"));
            awaitSettled();
            assertThat(at("third")).isEqualTo(listed()).hasSize(5);
            assertThat(at("second")).isEqualTo(listed());
            assertThat(direct.listBuckets().buckets())
                    .noneMatch(each -> each.name().equals("first-" + bucket));
            way("second").cut();
            assertThat(Stream.of(one, three).map(id -> get("k", id))).containsExactly("one", "three");
        } finally {
            operator.post("/api/v1/sites/first/resume", "{}");
        }
    }

    @Test
    void aLostJournalIsMadeAnewByTheStamps() throws Exception {
        versioned();
        String one = put("k", "one");
        String two = put("k", "two");
        put("deleted", "once");
        s3.deleteObject(b -> b.bucket(bucket).key("deleted"));
        awaitSettled();
        way("second").cut();
        String three = put("k", "three");
        gateway.close();
        s3.close();
        way("second").mend();
        try (Stream<Path> files = Files.list(directory.resolve("journal"))) {
            for (Path file : files.filter(path -> path.getFileName().toString().startsWith("journal.db"))
                    .toList()) {
                Files.delete(file);
            }
        }
        Shell.Result asked = rebuild();
        assertThat(asked.exit()).as(asked.output()).isEqualTo(1);
        assertThat(asked.output())
                .contains(bucket + "/k version " + three + ": is at [first, third] and not at [second]: --missing");
        Shell.Result kept = rebuild("--missing", "keep");
        assertThat(kept.exit()).as(kept.output()).isZero();
        start();
        assertThat(Stream.of(one, two, three).map(id -> get("k", id))).containsExactly("one", "two", "three");
        assertThat(get("k")).isEqualTo("three");
        assertThatThrownBy(() -> get("deleted")).isInstanceOf(NoSuchKeyException.class);
        assertSame();
        assertThat(listed()).hasSize(5);
        String four = put("k", "four");
        assertThat(get("k", four)).isEqualTo("four");
        assertThat(s3.getBucketVersioning(b -> b.bucket(bucket)).status()).isEqualTo(BucketVersioningStatus.ENABLED);
    }

    private Shell.Result rebuild(String... options) throws Exception {
        List<String> words = new ArrayList<>(List.of(
                "./entente",
                "journal",
                "rebuild",
                "--config",
                directory.resolve("config").toString(),
                "--bucket",
                bucket));
        words.addAll(List.of(options));
        return Shell.run(Map.of("ENTENTE_DATA", directory.resolve("journal").toString()), words.toArray(String[]::new));
    }

    @Test
    void uploadsInPartsAreVersionsThatKeepTheirParts() {
        versioned();
        way("second").cut();
        String id = s3.createMultipartUpload(b -> b.bucket(bucket).key("k")).uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        for (int number = 1; number <= 2; number++) {
            int part = number;
            String tag = s3.uploadPart(
                            b -> b.bucket(bucket).key("k").uploadId(id).partNumber(part),
                            RequestBody.fromBytes(new byte[part == 1 ? 5 << 20 : 100]))
                    .eTag();
            parts.add(CompletedPart.builder().partNumber(part).eTag(tag).build());
        }
        String version = s3.completeMultipartUpload(
                        b -> b.bucket(bucket).key("k").uploadId(id).multipartUpload(m -> m.parts(parts)))
                .versionId();
        put("k", "later");
        way("second").mend();
        assertSame();
        way("first").cut();
        assertThat(s3.headObject(b -> b.bucket(bucket).key("k").versionId(version))
                        .eTag())
                .endsWith("-2\"");
    }

    @Test
    void noSiteRemovesVersionsByItself() {
        versioned();
        for (String rule : List.of(
                "<Expiration><Days>1</Days></Expiration>",
                "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>")) {
            assertThat(lifecycle(rule).status()).as(rule).isEqualTo(501);
        }
        assertThat(lifecycle("<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation>"
                                + "</AbortIncompleteMultipartUpload>")
                        .status())
                .isEqualTo(200);
    }

    private SignedHttp.Answer lifecycle(String action) {
        byte[] document = ("<LifecycleConfiguration><Rule><ID>one</ID><Filter><Prefix></Prefix></Filter>"
                        + "<Status>Enabled</Status>" + action + "</Rule></LifecycleConfiguration>")
                .getBytes(StandardCharsets.UTF_8);
        return new SignedHttp(gateway.s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET)
                .send(
                        "PUT",
                        "/" + bucket + "?lifecycle",
                        "UNSIGNED-PAYLOAD",
                        Map.of("content-length", String.valueOf(document.length)),
                        document);
    }

    @Test
    void aBucketIsEmptiedPageByPage() {
        versioned();
        for (int i = 0; i < 7; i++) {
            put("a/" + i % 2, "version " + i);
        }
        s3.deleteObject(b -> b.bucket(bucket).key("a/0"));
        assertThatThrownBy(() -> s3.deleteBucket(b -> b.bucket(bucket)))
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("BucketNotEmpty"));
        assertThat(s3.listObjectVersions(b -> b.bucket(bucket).delimiter("/")).commonPrefixes())
                .singleElement()
                .satisfies(prefix -> assertThat(prefix.prefix()).isEqualTo("a/"));
        List<String> removed = new ArrayList<>();
        for (ListObjectVersionsResponse page :
                s3.listObjectVersionsPaginator(b -> b.bucket(bucket).maxKeys(3))) {
            List<ObjectIdentifier> those = Stream.concat(
                            page.versions().stream()
                                    .map(v -> ObjectIdentifier.builder()
                                            .key(v.key())
                                            .versionId(v.versionId())
                                            .build()),
                            page.deleteMarkers().stream()
                                    .map(m -> ObjectIdentifier.builder()
                                            .key(m.key())
                                            .versionId(m.versionId())
                                            .build()))
                    .toList();
            s3.deleteObjects(b -> b.bucket(bucket).delete(d -> d.objects(those)))
                    .deleted()
                    .forEach(each -> removed.add(each.versionId()));
        }
        assertThat(removed).hasSize(8).doesNotHaveDuplicates();
        awaitSettled();
        s3.deleteBucket(b -> b.bucket(bucket));
        assertThat(direct.listBuckets().buckets()).noneMatch(each -> each.name().endsWith(bucket));
    }
}
