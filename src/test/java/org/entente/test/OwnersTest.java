package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.Bucket;
import software.amazon.awssdk.services.s3.model.CORSRule;
import software.amazon.awssdk.services.s3.model.LifecycleRule;
import software.amazon.awssdk.services.s3.model.ObjectCannedACL;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.ObjectOwnership;
import software.amazon.awssdk.services.s3.model.Permission;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.Tag;

/** What owners say of their buckets: kept, answered, and where it is about who may do what, done. */
class OwnersTest {
    private static final String POLICIES = """
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: french}
            spec:
              match: {buckets: ["fr-*", "us-*"]}
              residency: {jurisdictions: {deny: [US]}}
              placement: {prefer: [fr-paris]}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: open}
            spec:
              match: {buckets: ["fr-open-*"]}
              placement: {prefer: [fr-paris]}
              sharing: anyone
              priority: 1
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: closed}
            spec:
              match: {buckets: ["fr-closed-*"]}
              placement: {prefer: [fr-paris]}
              sharing: nobody
              priority: 1
            """;

    private static final String ALLOW_AMERICANS_TO_READ = """
            {"Version": "2012-10-17", "Statement": [{
              "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::US:user/us-analytics"},
              "Action": ["s3:GetObject", "s3:ListBucket"],
              "Resource": ["arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/reports/*"]}]}""";

    private static final String ALLOW_EVERYBODY_TO_READ = """
            {"Version": "2012-10-17", "Statement": [{
              "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::BUCKET/*"}]}""";

    private static final ObjectIdentifier PLANS =
            ObjectIdentifier.builder().key("plans").build();

    private static final LifecycleRule EXPIRY = LifecycleRule.builder()
            .id("old")
            .status("Enabled")
            .filter(filter -> filter.prefix("tmp/"))
            .expiration(expiration -> expiration.days(1))
            .build();

    @TempDir
    private static Path directory;

    private static OwnGateway gateway;
    private static S3Client french;
    private static S3Client american;
    private static S3Client anonymous;

    private final String unique = UUID.randomUUID().toString().substring(0, 18);
    private final String bucket = "fr-" + unique;

    @BeforeAll
    static void start() throws IOException {
        gateway = new OwnGateway(
                directory,
                POLICIES,
                people -> people.replaceFirst("shared-\\*", "fr-*").replace("shared-*", "us-*"));
        french = client(Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
        american = client(Rig.AMERICAN_KEY, Rig.AMERICAN_SECRET);
        anonymous = client(AnonymousCredentialsProvider.create());
    }

    @AfterAll
    static void stop() {
        List.of(french, american, anonymous).forEach(S3Client::close);
        gateway.close();
    }

    private static S3Client client(String key, String secret) {
        return client(StaticCredentialsProvider.create(AwsBasicCredentials.create(key, secret)));
    }

    private static S3Client client(AwsCredentialsProvider credentials) {
        return S3Client.builder()
                .endpointOverride(gateway.s3Address())
                .region(Region.EU_WEST_3)
                .credentialsProvider(credentials)
                .forcePathStyle(true)
                .build();
    }

    private static void make(String bucket) {
        french.createBucket(b -> b.bucket(bucket));
        french.putObject(b -> b.bucket(bucket).key("reports/may"), RequestBody.fromString("calm"));
        french.putObject(b -> b.bucket(bucket).key("plans"), RequestBody.fromString("none"));
    }

    private static void say(String bucket, String policy) {
        french.putBucketPolicy(b -> b.bucket(bucket).policy(policy.replace("BUCKET", bucket)));
    }

    private static String get(S3Client client, String bucket, String key) {
        return client.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asUtf8String();
    }

    private static void refused(String code, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code));
    }

    @Test
    void tagsRulesForBrowsersAndAPublicAccessBlockAreKept() {
        make(bucket);
        refused("NoSuchTagSet", () -> french.getBucketTagging(b -> b.bucket(bucket)));
        refused("NoSuchCORSConfiguration", () -> french.getBucketCors(b -> b.bucket(bucket)));
        refused("NoSuchPublicAccessBlockConfiguration", () -> french.getPublicAccessBlock(b -> b.bucket(bucket)));
        Tag tag = Tag.builder().key("unit").value("logistics").build();
        CORSRule rule = CORSRule.builder()
                .allowedOrigins("https://*.example")
                .allowedMethods("GET", "PUT")
                .maxAgeSeconds(60)
                .build();
        french.putBucketTagging(b -> b.bucket(bucket).tagging(t -> t.tagSet(tag)));
        french.putBucketCors(b -> b.bucket(bucket).corsConfiguration(c -> c.corsRules(rule)));
        french.putPublicAccessBlock(
                b -> b.bucket(bucket).publicAccessBlockConfiguration(c -> c.blockPublicPolicy(true)));
        gateway.restart();
        try (S3Client again = client(Rig.FRENCH_KEY, Rig.FRENCH_SECRET)) {
            assertThat(again.getBucketTagging(b -> b.bucket(bucket)).tagSet()).containsExactly(tag);
            assertThat(again.getBucketCors(b -> b.bucket(bucket)).corsRules()).containsExactly(rule);
            assertThat(again.getPublicAccessBlock(b -> b.bucket(bucket))
                            .publicAccessBlockConfiguration()
                            .blockPublicPolicy())
                    .isTrue();
            again.deleteBucketTagging(b -> b.bucket(bucket));
            refused("NoSuchTagSet", () -> again.getBucketTagging(b -> b.bucket(bucket)));
        }
        french = client(Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
        american = client(Rig.AMERICAN_KEY, Rig.AMERICAN_SECRET);
        anonymous = client(AnonymousCredentialsProvider.create());
    }

    @Test
    void whatIsSaidOfABucketEndsWithIt() {
        french.createBucket(b -> b.bucket(bucket));
        say(bucket, ALLOW_AMERICANS_TO_READ);
        french.deleteBucket(b -> b.bucket(bucket));
        french.createBucket(b -> b.bucket(bucket));
        refused("NoSuchBucketPolicy", () -> french.getBucketPolicy(b -> b.bucket(bucket)));
    }

    @Test
    void anOwnerLetsInAPrincipalWithoutAGrant() {
        make(bucket);
        refused("AccessDenied", () -> get(american, bucket, "reports/may"));
        say(bucket, ALLOW_AMERICANS_TO_READ);
        assertThat(get(american, bucket, "reports/may")).isEqualTo("calm");
        assertThat(american.listObjectsV2(b -> b.bucket(bucket)).keyCount()).isEqualTo(2);
        refused("AccessDenied", () -> get(american, bucket, "plans"));
        refused(
                "AccessDenied",
                () -> american.putObject(
                        b -> b.bucket(bucket).key("reports/june"), RequestBody.fromString("invented")));
        refused("AccessDenied", () -> american.getBucketPolicy(b -> b.bucket(bucket)));
        assertThat(french.getBucketPolicy(b -> b.bucket(bucket)).policy()).contains("us-analytics");
        french.deleteBucketPolicy(b -> b.bucket(bucket));
        refused("AccessDenied", () -> get(american, bucket, "reports/may"));
    }

    @Test
    void aDenialIsAboveEveryGrant() {
        make(bucket);
        say(bucket, """
                {"Statement": {"Effect": "Deny", "Principal": {"AWS": "FR"}, "Action": "s3:*",
                  "Resource": ["arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/*"]}}""");
        refused("AccessDenied", () -> get(french, bucket, "plans"));
        refused("AccessDenied", () -> french.deleteObject(b -> b.bucket(bucket).key("plans")));
        assertThat(french.deleteObjects(b -> b.bucket(bucket).delete(d -> d.objects(List.of(PLANS))))
                        .errors())
                .singleElement()
                .satisfies(error -> assertThat(error.code()).isEqualTo("AccessDenied"));
        french.deleteBucketPolicy(b -> b.bucket(bucket));
        assertThat(get(french, bucket, "plans"))
                .as("the owner is never locked out")
                .isEqualTo("none");
    }

    @Test
    void whomOwnersMayLetInIsTheOperatorsSay() {
        String open = "fr-open-" + unique;
        String closed = "fr-closed-" + unique;
        for (String one : List.of(bucket, open, closed)) {
            make(one);
            say(one, ALLOW_EVERYBODY_TO_READ);
        }
        assertThat(get(anonymous, open, "plans")).isEqualTo("none");
        refused("AccessDenied", () -> get(anonymous, bucket, "plans"));
        assertThat(get(american, bucket, "plans")).isEqualTo("none");
        refused("AccessDenied", () -> get(american, closed, "plans"));
        refused(
                "AccessDenied",
                () -> anonymous.putObject(b -> b.bucket(open).key("k"), RequestBody.fromString("graffiti")));
        refused("AccessDenied", () -> anonymous.listObjectsV2(b -> b.bucket(open)));
        assertThat(anonymous.listBuckets().buckets()).isEmpty();
        french.putPublicAccessBlock(
                b -> b.bucket(open).publicAccessBlockConfiguration(c -> c.restrictPublicBuckets(true)));
        refused("AccessDenied", () -> get(anonymous, open, "plans"));
    }

    @Test
    void whatIsConfidentialStaysSoWhateverOwnersSay() {
        String open = "fr-open-" + unique;
        make(open);
        say(open, ALLOW_EVERYBODY_TO_READ);
        french.putObject(
                b -> b.bucket(open).key("secret").metadata(Map.of("classification", "restricted")),
                RequestBody.fromString("eyes only"));
        assertThat(get(french, open, "secret")).isEqualTo("eyes only");
        refused("AccessDenied", () -> get(anonymous, open, "secret"));
        refused("AccessDenied", () -> get(american, open, "secret"));
    }

    @Test
    void aCopyNeedsWhatItsSourceAsks() {
        make(bucket);
        say(bucket, ALLOW_AMERICANS_TO_READ);
        String target = "fr-copies-" + unique;
        french.createBucket(b -> b.bucket(target));
        say(target, """
                {"Statement": {"Effect": "Allow", "Principal": {"AWS": "US"}, "Action": "s3:PutObject",
                  "Resource": "arn:aws:s3:::BUCKET/*"}}""");
        american.copyObject(b -> b.sourceBucket(bucket)
                .sourceKey("reports/may")
                .destinationBucket(target)
                .destinationKey("may"));
        assertThat(get(french, target, "may")).isEqualTo("calm");
        refused(
                "AccessDenied",
                () -> american.copyObject(b -> b.sourceBucket(bucket)
                        .sourceKey("plans")
                        .destinationBucket(target)
                        .destinationKey("plans")));
    }

    @Test
    void conditionsAreAboutTheRequest() {
        make(bucket);
        say(bucket, """
                {"Statement": [
                  {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::BUCKET/*",
                   "Condition": {"StringNotEquals": {"s3:x-amz-storage-class": "STANDARD"}}},
                  {"Effect": "Allow", "Principal": {"AWS": "US"}, "Action": "s3:ListBucket",
                   "Resource": "arn:aws:s3:::BUCKET",
                   "Condition": {"StringLike": {"s3:prefix": "reports/*"}, "IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}}]}""");
        refused(
                "AccessDenied",
                () -> french.putObject(b -> b.bucket(bucket).key("k"), RequestBody.fromString("of no class")));
        french.putObject(
                b -> b.bucket(bucket).key("k").storageClass("STANDARD"), RequestBody.fromString("of the right class"));
        assertThat(american.listObjectsV2(b -> b.bucket(bucket).prefix("reports/"))
                        .keyCount())
                .isEqualTo(1);
        refused("AccessDenied", () -> american.listObjectsV2(b -> b.bucket(bucket)));
    }

    @Test
    void aPublicPolicyIsNotTakenWhereItIsBlocked() {
        make(bucket);
        assertThat(french.putBucketPolicy(
                                b -> b.bucket(bucket).policy(ALLOW_EVERYBODY_TO_READ.replace("BUCKET", bucket)))
                        .sdkHttpResponse()
                        .statusCode())
                .isEqualTo(204);
        assertThat(french.getBucketPolicyStatus(b -> b.bucket(bucket))
                        .policyStatus()
                        .isPublic())
                .isTrue();
        french.putPublicAccessBlock(
                b -> b.bucket(bucket).publicAccessBlockConfiguration(c -> c.blockPublicPolicy(true)));
        refused("AccessDenied", () -> say(bucket, ALLOW_EVERYBODY_TO_READ));
        say(bucket, ALLOW_AMERICANS_TO_READ);
        assertThat(french.getBucketPolicyStatus(b -> b.bucket(bucket))
                        .policyStatus()
                        .isPublic())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not json",
                "{}",
                "{\"Statement\": []}",
                "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:*\"}]}",
                "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:*\","
                        + " \"Resource\": \"arn:aws:s3:::another/*\"}]}",
                "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam:::user/nobody\"},"
                        + " \"Action\": \"s3:*\", \"Resource\": \"*\"}]}",
                "{\"Statement\": [{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:*\", \"Resource\": \"*\","
                        + " \"Condition\": {\"StringEquals\": {\"aws:MoonPhase\": \"full\"}}}]}",
                "{\"Statement\": [{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:*\", \"Resource\": \"*\","
                        + " \"Condition\": {\"StringWish\": {\"s3:prefix\": \"a\"}}}]}",
                "{\"Statement\": [{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:*\", \"Resource\": \"*\","
                        + " \"Condition\": {\"IpAddress\": {\"aws:SourceIp\": \"localhost\"}}}]}",
                "{\"Statement\": [{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:*\","
                        + " \"Resource\": \"arn:aws:s3:::${aws:username}\"}]}"
            })
    void aPolicyThatCouldNotBeKeptAsItReadsIsNotTaken(String policy) {
        french.createBucket(b -> b.bucket(bucket));
        refused(
                "MalformedPolicy",
                () -> french.putBucketPolicy(b -> b.bucket(bucket).policy(policy)));
        refused("NoSuchBucketPolicy", () -> french.getBucketPolicy(b -> b.bucket(bucket)));
    }

    @Test
    void whatASiteCannotDoIsNotTaken() {
        french.createBucket(b -> b.bucket(bucket));
        refused(
                "NotImplemented",
                () -> french.putBucketLifecycleConfiguration(
                        b -> b.bucket(bucket).lifecycleConfiguration(c -> c.rules(List.of(EXPIRY)))));
        refused("NoSuchLifecycleConfiguration", () -> french.getBucketLifecycleConfiguration(b -> b.bucket(bucket)));
    }

    @Test
    void thereAreNoListsOfAccess() {
        make(bucket);
        assertThat(french.getBucketAcl(b -> b.bucket(bucket)).grants())
                .singleElement()
                .satisfies(grant -> {
                    assertThat(grant.permission()).isEqualTo(Permission.FULL_CONTROL);
                    assertThat(grant.grantee().id()).isEqualTo("fr-logistics");
                });
        assertThat(french.getObjectAcl(b -> b.bucket(bucket).key("plans"))
                        .owner()
                        .id())
                .isEqualTo("fr-logistics");
        refused("NoSuchKey", () -> french.getObjectAcl(b -> b.bucket(bucket).key("missing")));
        french.putObjectAcl(b -> b.bucket(bucket).key("plans").acl(ObjectCannedACL.PRIVATE));
        refused(
                "AccessControlListNotSupported",
                () -> french.putObjectAcl(b -> b.bucket(bucket).key("plans").acl(ObjectCannedACL.PUBLIC_READ)));
        assertThat(french.getBucketOwnershipControls(b -> b.bucket(bucket))
                        .ownershipControls()
                        .rules())
                .singleElement()
                .satisfies(rule -> assertThat(rule.objectOwnership()).isEqualTo(ObjectOwnership.BUCKET_OWNER_ENFORCED));
    }

    @Test
    void bucketsAreListedInPages() {
        List<String> made = List.of(bucket + "-a", bucket + "-b", bucket + "-c");
        made.forEach(name -> french.createBucket(b -> b.bucket(name)));
        var first = french.listBuckets(b -> b.prefix(bucket).maxBuckets(2));
        assertThat(first.buckets()).extracting(Bucket::name).containsExactly(made.get(0), made.get(1));
        assertThat(first.prefix()).isEqualTo(bucket);
        var second =
                french.listBuckets(b -> b.prefix(bucket).maxBuckets(2).continuationToken(first.continuationToken()));
        assertThat(second.buckets()).extracting(Bucket::name).containsExactly(made.get(2));
        assertThat(second.continuationToken()).isNull();
        refused("InvalidArgument", () -> french.listBuckets(b -> b.maxBuckets(0)));
        refused("InvalidArgument", () -> french.listBuckets(b -> b.continuationToken("%")));
    }

    @Test
    void aBucketMustBeWhoseTheRequestSays() {
        make(bucket);
        assertThat(french.getObjectAsBytes(b -> b.bucket(bucket).key("plans").expectedBucketOwner("fr-logistics"))
                        .asUtf8String())
                .isEqualTo("none");
        refused(
                "AccessDenied",
                () -> french.getObjectAsBytes(b -> b.bucket(bucket).key("plans").expectedBucketOwner("us-analytics")));
        refused(
                "AccessDenied",
                () -> french.copyObject(b -> b.sourceBucket(bucket)
                        .sourceKey("plans")
                        .destinationBucket(bucket)
                        .destinationKey("copy")
                        .expectedSourceBucketOwner("us-analytics")));
    }
}
