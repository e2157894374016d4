package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Every object lies on the site that policy says and on no other: asked of the sites, not of the gateway. */
@ExtendWith(NoLeaks.class)
class ResidencyTest {
    private static final int MOST_FILES = 3000;
    private static final long LARGEST_FILE = 30 << 20;
    private static final int AT_ONCE = 16;

    private final String suffix = UUID.randomUUID().toString().substring(0, 18);

    private static S3AsyncClient client(String key, String secret) {
        return S3AsyncClient.builder()
                .endpointOverride(Rig.shared().running().s3Address())
                .region(Region.EU_WEST_3)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(key, secret)))
                .forcePathStyle(true)
                .build();
    }

    /** Real files: thousands, of mixed sizes, with the names that people and tools give. */
    private static List<Path> dataset() throws IOException {
        Path repository = Path.of(System.getProperty("entente.test.dataset"));
        try (Stream<Path> files = Files.walk(repository)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toFile().length() <= LARGEST_FILE)
                    .filter(file -> !file.getFileName().toString().endsWith(".lock"))
                    .sorted()
                    .limit(MOST_FILES)
                    .toList();
        }
    }

    @Test
    void aDatasetGoesUpAndComesBackAndLiesWherePolicySays() throws Exception {
        Path top = Path.of(System.getProperty("entente.test.dataset"));
        Map<String, SandboxSite> homes = Map.of(
                "fr-data-" + suffix, Rig.shared().paris(),
                "de-data-" + suffix, Rig.shared().frankfurt(),
                "shared-data-" + suffix, Rig.shared().east());
        List<String> buckets = homes.keySet().stream().sorted().toList();
        List<Path> files = dataset();
        assertThat(files).hasSizeGreaterThan(1000);
        Map<String, Map<String, String>> expected = new HashMap<>();

        try (S3AsyncClient s3 = client(Rig.FRENCH_KEY, Rig.FRENCH_SECRET)) {
            for (String bucket : buckets) {
                s3.createBucket(b -> b.bucket(bucket)).join();
                expected.put(bucket, new HashMap<>());
            }
            List<CompletableFuture<?>> uploads = new ArrayList<>();
            Semaphore slots = new Semaphore(AT_ONCE);
            for (int i = 0; i < files.size(); i++) {
                String bucket = buckets.get(i % buckets.size());
                Path file = files.get(i);
                String key = top.relativize(file).toString();
                expected.get(bucket).put(key, digest(Files.readAllBytes(file)));
                slots.acquire();
                uploads.add(s3.putObject(b -> b.bucket(bucket).key(key), AsyncRequestBody.fromFile(file))
                        .whenComplete((reply, failure) -> slots.release()));
            }
            CompletableFuture.allOf(uploads.toArray(CompletableFuture[]::new)).join();
            for (String bucket : buckets) {
                assertThat(download(s3, bucket))
                        .as("what comes back of %s", bucket)
                        .isEqualTo(expected.get(bucket));
            }
        }
        long bytes = 0;
        for (SandboxSite site : Rig.shared().sites()) {
            for (String bucket : buckets) {
                Map<String, String> there = new HashMap<>();
                for (Map.Entry<String, Path> object :
                        Rig.objectsAt(site, bucket).entrySet()) {
                    bytes += Files.size(object.getValue());
                    there.put(object.getKey(), digest(Files.readAllBytes(object.getValue())));
                }
                boolean home = site.name().equals(homes.get(bucket).name());
                assertThat(there)
                        .as("what lies of %s at %s", bucket, site.name())
                        .isEqualTo(home ? expected.get(bucket) : Map.of());
            }
        }
        System.out.printf("ResidencyTest: %d files, %d MiB%n", files.size(), bytes >> 20);
    }

    private static Map<String, String> download(S3AsyncClient s3, String bucket) throws InterruptedException {
        Map<String, CompletableFuture<ResponseBytes<GetObjectResponse>>> downloads = new HashMap<>();
        Semaphore slots = new Semaphore(AT_ONCE);
        Map<String, String> digests = new HashMap<>();
        List<String> keys = new ArrayList<>();
        s3.listObjectsV2Paginator(b -> b.bucket(bucket))
                .subscribe(page -> page.contents().forEach(object -> keys.add(object.key())))
                .join();
        for (String key : keys) {
            slots.acquire();
            downloads.put(
                    key,
                    s3.getObject(b -> b.bucket(bucket).key(key), AsyncResponseTransformer.toBytes())
                            .whenComplete((reply, failure) -> slots.release()));
        }
        downloads.forEach(
                (key, download) -> digests.put(key, digest(download.join().asByteArray())));
        return digests;
    }

    private static String digest(byte[] bytes) {
        return HexFormat.of()
                .formatHex(org.entente.backends.sigv4.Sha256.digest().digest(bytes));
    }

    @Test
    void aKeyThatItsBucketsSiteMayNotHoldIsRefused() {
        String bucket = "shared-fence-" + suffix;
        try (S3AsyncClient s3 = client(Rig.FRENCH_KEY, Rig.FRENCH_SECRET)) {
            s3.createBucket(b -> b.bucket(bucket)).join();
            s3.putObject(b -> b.bucket(bucket).key("public/k"), AsyncRequestBody.fromString("x"))
                    .join();
            refused(s3.putObject(b -> b.bucket(bucket).key("french/k"), AsyncRequestBody.fromString("x")));
            refused(s3.copyObject(b -> b.sourceBucket(bucket)
                    .sourceKey("public/k")
                    .destinationBucket(bucket)
                    .destinationKey("french/k")));
            refused(s3.createMultipartUpload(b -> b.bucket(bucket).key("french/k")));
        }
        assertThat(Rig.objectsAt(Rig.shared().east(), bucket)).containsOnlyKeys("public/k");
    }

    @Test
    void aBucketCannotBeMadeWhereTheFenceForbids() {
        try (S3AsyncClient s3 = client(Rig.FRENCH_KEY, Rig.FRENCH_SECRET)) {
            refused(s3.createBucket(b ->
                    b.bucket("fr-abroad-" + suffix).createBucketConfiguration(c -> c.locationConstraint("us-east"))));
            s3.createBucket(b -> b.bucket("fr-abroad-" + suffix)
                            .createBucketConfiguration(c -> c.locationConstraint("de-frankfurt")))
                    .join();
            s3.putObject(b -> b.bucket("fr-abroad-" + suffix).key("k"), AsyncRequestBody.fromString("x"))
                    .join();
        }
        assertThat(Rig.objectsAt(Rig.shared().frankfurt(), "fr-abroad-" + suffix))
                .containsOnlyKeys("k");
        assertThat(Rig.objectsAt(Rig.shared().paris(), "fr-abroad-" + suffix)).isEmpty();
    }

    @Test
    void nobodyGetsWhatHeHasNoGrantFor() {
        String bucket = "fr-grants-" + suffix;
        try (S3AsyncClient french = client(Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
                S3AsyncClient american = client(Rig.AMERICAN_KEY, Rig.AMERICAN_SECRET);
                S3AsyncClient reader = client(Rig.READER_KEY, Rig.READER_SECRET)) {
            french.createBucket(b -> b.bucket(bucket)).join();
            french.putObject(b -> b.bucket(bucket).key("k"), AsyncRequestBody.fromString("x"))
                    .join();
            refused(american.getObject(b -> b.bucket(bucket).key("k"), AsyncResponseTransformer.toBytes()));
            refused(american.listObjectsV2(b -> b.bucket(bucket)));
            refused(american.createBucket(b -> b.bucket("fr-other-" + suffix)));
            refused(french.createBucket(b -> b.bucket("nobody-ruled-on-this")));
            reader.getObject(b -> b.bucket(bucket).key("k"), AsyncResponseTransformer.toBytes())
                    .join();
            refused(reader.putObject(b -> b.bucket(bucket).key("k"), AsyncRequestBody.fromString("y")));
            refused(reader.deleteObject(b -> b.bucket(bucket).key("k")));
            refused(reader.deleteBucket(b -> b.bucket(bucket)));
            assertThat(american.listBuckets().join().buckets())
                    .noneMatch(b -> b.name().startsWith("fr-"));
            assertThat(reader.listBuckets().join().buckets())
                    .anyMatch(b -> b.name().equals(bucket));
        }
    }

    private static void refused(CompletableFuture<?> request) {
        assertThatThrownBy(request::join)
                .cause()
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("AccessDenied"));
    }
}
