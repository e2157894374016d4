package org.entente.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.transfer.s3.S3TransferManager;
import software.amazon.awssdk.transfer.s3.model.DownloadFileRequest;
import software.amazon.awssdk.transfer.s3.model.UploadFileRequest;

/** The AWS SDK for Java v2 with its default settings, in all its forms. */
@ExtendWith(NoLeaks.class)
class ClientsTest {
    private static final URI ENDPOINT = Rig.shared().running().s3Address();
    private static final StaticCredentialsProvider FRENCH =
            StaticCredentialsProvider.create(AwsBasicCredentials.create(Rig.FRENCH_KEY, Rig.FRENCH_SECRET));

    private final byte[] content = new byte[20 << 20];
    private String bucket = "";

    @TempDir
    private Path directory;

    private static S3Client client() {
        return S3Client.builder()
                .endpointOverride(ENDPOINT)
                .region(Region.EU_WEST_3)
                .credentialsProvider(FRENCH)
                .forcePathStyle(true)
                .build();
    }

    @BeforeEach
    void makeBucket() {
        new Random(3).nextBytes(content);
        bucket = "fr-clients-" + UUID.randomUUID().toString().substring(0, 18);
        try (S3Client s3 = client()) {
            s3.createBucket(b -> b.bucket(bucket));
        }
    }

    @Test
    void theSynchronousClientMakesARoundTrip() {
        try (S3Client s3 = client()) {
            s3.putObject(b -> b.bucket(bucket).key("k").contentType("text/x-test"), RequestBody.fromBytes(content));
            var got = s3.getObjectAsBytes(b -> b.bucket(bucket).key("k"));
            assertThat(got.asByteArray()).isEqualTo(content);
            assertThat(got.response().contentType()).isEqualTo("text/x-test");
            assertThat(s3.listObjectsV2(b -> b.bucket(bucket)).contents())
                    .extracting(S3Object::key)
                    .containsExactly("k");
            s3.copyObject(b -> b.sourceBucket(bucket)
                    .sourceKey("k")
                    .destinationBucket(bucket)
                    .destinationKey("copy"));
            assertThat(s3.headObject(b -> b.bucket(bucket).key("copy")).contentLength())
                    .isEqualTo(content.length);
            s3.deleteObjects(b -> b.bucket(bucket)
                    .delete(Delete.builder()
                            .objects(
                                    ObjectIdentifier.builder().key("k").build(),
                                    ObjectIdentifier.builder().key("copy").build())
                            .build()));
            assertThatThrownBy(() -> s3.headObject(b -> b.bucket(bucket).key("k")))
                    .isInstanceOf(NoSuchKeyException.class);
            assertThat(s3.listBuckets().buckets()).anyMatch(b -> b.name().equals(bucket));
            s3.deleteBucket(b -> b.bucket(bucket));
            assertThat(s3.listBuckets().buckets()).noneMatch(b -> b.name().equals(bucket));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ChecksumAlgorithm.class,
            names = {"CRC32", "CRC32_C", "SHA1", "SHA256", "CRC64_NVME"})
    void everyChecksumIsTaken(ChecksumAlgorithm algorithm) {
        try (S3Client s3 = client()) {
            s3.putObject(b -> b.bucket(bucket).key("k").checksumAlgorithm(algorithm), RequestBody.fromBytes(content));
            assertThat(s3.getObjectAsBytes(b -> b.bucket(bucket).key("k")).asByteArray())
                    .isEqualTo(content);
        }
    }

    @Test
    void theAsynchronousClientMakesARoundTrip() {
        try (S3AsyncClient s3 = S3AsyncClient.builder()
                .endpointOverride(ENDPOINT)
                .region(Region.EU_WEST_3)
                .credentialsProvider(FRENCH)
                .forcePathStyle(true)
                .build()) {
            s3.putObject(b -> b.bucket(bucket).key("k"), AsyncRequestBody.fromBytes(content))
                    .join();
            assertThat(s3.getObject(b -> b.bucket(bucket).key("k"), AsyncResponseTransformer.toBytes())
                            .join()
                            .asByteArray())
                    .isEqualTo(content);
        }
    }

    @Test
    void theTransferManagerUploadsInPartsAndDownloads() throws IOException {
        Path source = Files.write(directory.resolve("source"), content);
        Path target = directory.resolve("target");
        try (S3AsyncClient s3 = S3AsyncClient.builder()
                        .endpointOverride(ENDPOINT)
                        .region(Region.EU_WEST_3)
                        .credentialsProvider(FRENCH)
                        .forcePathStyle(true)
                        .multipartEnabled(true)
                        .build();
                S3TransferManager transfers =
                        S3TransferManager.builder().s3Client(s3).build()) {
            transfers
                    .uploadFile(UploadFileRequest.builder()
                            .putObjectRequest(b -> b.bucket(bucket).key("parts"))
                            .source(source)
                            .build())
                    .completionFuture()
                    .join();
            assertThat(s3.headObject(b -> b.bucket(bucket).key("parts")).join().eTag())
                    .as("it went in parts")
                    .contains("-");
            transfers
                    .downloadFile(DownloadFileRequest.builder()
                            .getObjectRequest(b -> b.bucket(bucket).key("parts"))
                            .destination(target)
                            .build())
                    .completionFuture()
                    .join();
        }
        assertThat(Files.mismatch(source, target)).isEqualTo(-1);
    }

    @Test
    void aBucketMayBeNamedInTheHost() throws Exception {
        // The SDK would have to resolve bucket.localhost; the JDK's client lets the Host header say it alone.
        try (S3Presigner presigner = S3Presigner.builder()
                .endpointOverride(URI.create("http://localhost:" + ENDPOINT.getPort()))
                .region(Region.EU_WEST_3)
                .credentialsProvider(FRENCH)
                .build()) {
            URI put = presigner
                    .presignPutObject(b -> b.signatureDuration(Duration.ofMinutes(1))
                            .putObjectRequest(p -> p.bucket(bucket).key("by host")))
                    .url()
                    .toURI();
            assertThat(put.getHost()).isEqualTo(bucket + ".localhost");
            SignedHttp http = new SignedHttp(ENDPOINT, "", "");
            var answer = http.exchange(
                    "PUT " + put.getRawPath() + "?" + put.getRawQuery() + " HTTP/1.1\r\nhost: " + put.getAuthority()
                            + "\r\ncontent-length: 5\r\n\r\n",
                    "hello".getBytes(UTF_8));
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        }
        assertThat(Rig.objectsAt(Rig.shared().paris(), bucket)).containsKey("by host");
    }

    @Test
    void presignedUrlsWorkWithoutAnyKey() throws Exception {
        try (S3Presigner presigner = S3Presigner.builder()
                        .endpointOverride(ENDPOINT)
                        .region(Region.EU_WEST_3)
                        .credentialsProvider(FRENCH)
                        .serviceConfiguration(S3Configuration.builder()
                                .pathStyleAccessEnabled(true)
                                .build())
                        .build();
                HttpClient http = HttpClient.newHttpClient()) {
            URI put = presigner
                    .presignPutObject(b -> b.signatureDuration(Duration.ofMinutes(1))
                            .putObjectRequest(p -> p.bucket(bucket).key("a key/with spaces")))
                    .url()
                    .toURI();
            URI get = presigner
                    .presignGetObject(b -> b.signatureDuration(Duration.ofMinutes(1))
                            .getObjectRequest(g -> g.bucket(bucket).key("a key/with spaces")))
                    .url()
                    .toURI();
            assertThat(http.send(
                                    HttpRequest.newBuilder(put)
                                            .PUT(HttpRequest.BodyPublishers.ofString("hello"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
            assertThat(http.send(HttpRequest.newBuilder(get).build(), HttpResponse.BodyHandlers.ofString())
                            .body())
                    .isEqualTo("hello");
            // The signature is for that method and key alone.
            assertThat(http.send(HttpRequest.newBuilder(get).DELETE().build(), HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(403);
        }
    }

    @Test
    void headersThatAPresignerPutsIntoTheUrlAreHeaders() {
        SignedHttp http = new SignedHttp(ENDPOINT, Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
        String put = http.presign("PUT", "/" + bucket + "/k", Map.of("x-amz-meta-colour", "blue"));
        byte[] hello = "hello".getBytes(UTF_8);
        assertThat(http.exchange(put.replace("\r\n\r\n", "\r\ncontent-length: 5\r\n\r\n"), hello)
                        .status())
                .isEqualTo(200);
        try (S3Client s3 = client()) {
            assertThat(s3.headObject(b -> b.bucket(bucket).key("k")).metadata()).containsEntry("colour", "blue");
        }
        // Among them a checksum, which must then be the body's.
        String wrong = http.presign("PUT", "/" + bucket + "/k", Map.of("x-amz-checksum-crc32", "AAAAAA=="));
        assertThat(http.exchange(wrong.replace("\r\n\r\n", "\r\ncontent-length: 5\r\n\r\n"), hello)
                        .hasCode("BadDigest"))
                .isTrue();
    }

    @Test
    void aWrongSecretIsRefusedWithTheCodeThatClientsKnow() {
        try (S3Client s3 = S3Client.builder()
                .endpointOverride(ENDPOINT)
                .region(Region.EU_WEST_3)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(Rig.FRENCH_KEY, "not the secret")))
                .forcePathStyle(true)
                .build()) {
            assertThatThrownBy(() -> s3.listBuckets())
                    .isInstanceOfSatisfying(
                            S3Exception.class,
                            refused -> assertThat(refused.awsErrorDetails().errorCode())
                                    .isEqualTo("SignatureDoesNotMatch"));
        }
    }
}
