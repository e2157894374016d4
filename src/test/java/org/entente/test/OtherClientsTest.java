package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.minio.CopyObjectArgs;
import io.minio.GetObjectArgs;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.Http;
import io.minio.ListObjectsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectsArgs;
import io.minio.Result;
import io.minio.SourceObject;
import io.minio.StatObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.minio.messages.DeleteRequest;
import io.minio.messages.Item;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.apache.iceberg.aws.s3.S3FileIO;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.SeekableInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/** Clients for Java of other makers, with their default settings. */
@ExtendWith(NoLeaks.class)
class OtherClientsTest {
    private static final URI ENDPOINT = Rig.shared().running().s3Address();

    @TempDir
    private Path directory;

    private final String bucket = "fr-others-" + UUID.randomUUID().toString().substring(0, 18);

    private static byte[] content(int length) {
        byte[] content = new byte[length];
        new Random(7).nextBytes(content);
        return content;
    }

    @Test
    void miniosClient() throws Exception {
        try (MinioClient minio = MinioClient.builder()
                .endpoint(ENDPOINT.toString())
                .credentials(Rig.FRENCH_KEY, Rig.FRENCH_SECRET)
                .build()) {
            minio.makeBucket(MakeBucketArgs.builder().bucket(bucket).build());
            byte[] content = content(12 << 20);
            // In parts, since their size is given and not that of the whole.
            minio.putObject(PutObjectArgs.builder().bucket(bucket).object("dir/film").stream(
                            new ByteArrayInputStream(content), -1L, 5L << 20)
                    .contentType("video/mp4")
                    .userMetadata(Map.of("nation", "FR"))
                    .build());
            var stat = minio.statObject(
                    StatObjectArgs.builder().bucket(bucket).object("dir/film").build());
            assertThat(stat.size()).isEqualTo(content.length);
            assertThat(stat.contentType()).isEqualTo("video/mp4");
            try (InputStream part = minio.getObject(GetObjectArgs.builder()
                    .bucket(bucket)
                    .object("dir/film")
                    .offset((5L << 20) - 3)
                    .length(6L)
                    .build())) {
                assertThat(part.readAllBytes()).isEqualTo(Arrays.copyOfRange(content, (5 << 20) - 3, (5 << 20) + 3));
            }
            minio.copyObject(CopyObjectArgs.builder()
                    .bucket(bucket)
                    .object("a copy")
                    .source(SourceObject.builder()
                            .bucket(bucket)
                            .object("dir/film")
                            .build())
                    .build());
            assertThat(keys(minio.listObjects(ListObjectsArgs.builder()
                            .bucket(bucket)
                            .recursive(true)
                            .build())))
                    .containsExactly("a copy", "dir/film");
            String url = minio.getPresignedObjectUrl(GetPresignedObjectUrlArgs.builder()
                    .method(Http.Method.GET)
                    .bucket(bucket)
                    .object("a copy")
                    .build());
            try (HttpClient http = HttpClient.newHttpClient()) {
                assertThat(http.send(
                                        HttpRequest.newBuilder(URI.create(url)).build(),
                                        HttpResponse.BodyHandlers.ofByteArray())
                                .body())
                        .as(url)
                        .isEqualTo(content);
            }
            assertThat(minio.removeObjects(RemoveObjectsArgs.builder()
                            .bucket(bucket)
                            .objects(List.of(new DeleteRequest.Object("a copy"), new DeleteRequest.Object("dir/film")))
                            .build()))
                    .isEmpty();
            assertThatThrownBy(() -> minio.statObject(StatObjectArgs.builder()
                            .bucket(bucket)
                            .object("a copy")
                            .build()))
                    .isInstanceOfSatisfying(
                            ErrorResponseException.class,
                            error -> assertThat(error.errorResponse().code()).isEqualTo("NoSuchKey"));
        }
    }

    private static List<String> keys(Iterable<Result<Item>> listing) throws Exception {
        List<String> keys = new ArrayList<>();
        for (Result<Item> item : listing) {
            keys.add(item.get().objectName());
        }
        return keys;
    }

    @Test
    void icebergsFiles() throws Exception {
        try (S3FileIO files = new S3FileIO(() -> ReplicationTest.client(ENDPOINT))) {
            files.initialize(Map.of("s3.multipart.part-size-bytes", String.valueOf(5 << 20)));
            files.client().createBucket(b -> b.bucket(bucket));
            String table = "s3://" + bucket + "/table/data/";
            byte[] content = content(11 << 20);
            try (OutputStream out =
                    files.newOutputFile(table + "00000-0.parquet").createOrOverwrite()) {
                out.write(content);
            }
            files.newOutputFile(table + "00001-0.parquet").createOrOverwrite().close();
            InputFile file = files.newInputFile(table + "00000-0.parquet");
            assertThat(file.exists()).isTrue();
            assertThat(file.getLength()).isEqualTo(content.length);
            try (SeekableInputStream in = file.newStream()) {
                in.seek(content.length - 8L);
                assertThat(in.readAllBytes())
                        .isEqualTo(Arrays.copyOfRange(content, content.length - 8, content.length));
                in.seek(0);
                assertThat(in.readNBytes(1000)).isEqualTo(Arrays.copyOf(content, 1000));
            }
            assertThat(StreamSupport.stream(files.listPrefix(table).spliterator(), false)
                            .map(FileInfo::location))
                    .containsExactly(table + "00000-0.parquet", table + "00001-0.parquet");
            files.deletePrefix("s3://" + bucket + "/table/");
            assertThat(files.newInputFile(table + "00000-0.parquet").exists()).isFalse();
        }
    }

    /** As {@code hadoop fs} does it, in a process of its own: it brings another edition of much that we use. */
    private Shell.Result hadoop(String... words) throws IOException, InterruptedException {
        Path libraries = Repository.root().resolve("src/test/clients/hadoop/target/classpath");
        Files.writeString(
                directory.resolve("core-site.xml"), """
                <configuration>
                  <property><name>fs.s3a.endpoint</name><value>%s</value></property>
                  <property><name>fs.s3a.path.style.access</name><value>true</value></property>
                  <property><name>fs.s3a.access.key</name><value>%s</value></property>
                  <property><name>fs.s3a.secret.key</name><value>%s</value></property>
                  <property><name>fs.s3a.multipart.size</name><value>5M</value></property>
                  <property><name>fs.s3a.multipart.threshold</name><value>5M</value></property>
                </configuration>
                """.formatted(ENDPOINT, Rig.FRENCH_KEY, Rig.FRENCH_SECRET));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                directory + File.pathSeparator + Files.readString(libraries).strip(),
                "org.apache.hadoop.fs.FsShell"));
        command.addAll(List.of(words));
        return Shell.run(Map.of(), command.toArray(String[]::new));
    }

    private String hadoopDoes(String... words) throws IOException, InterruptedException {
        Shell.Result result = hadoop(words);
        assertThat(result.exit()).as(result.output()).isZero();
        return result.output();
    }

    @Test
    void hadoopsShell() throws Exception {
        try (S3Client s3 = ReplicationTest.client(ENDPOINT)) {
            s3.createBucket(b -> b.bucket(bucket));
        }
        String root = "s3a://" + bucket + "/";
        Path film = directory.resolve("film");
        Files.write(film, content(12 << 20));
        hadoopDoes("-mkdir", "-p", root + "raw/day=1");
        hadoopDoes("-put", film.toString(), root + "raw/day=1/film");
        // A rename is a copy of each object and the removal of what was there.
        hadoopDoes("-mv", root + "raw/day=1", root + "raw/day=2");
        assertThat(hadoopDoes("-ls", "-R", root))
                .contains(String.valueOf(12 << 20), "raw/day=2/film")
                .doesNotContain("day=1");
        Path back = directory.resolve("back");
        hadoopDoes("-get", root + "raw/day=2/film", back.toString());
        assertThat(back).hasSameBinaryContentAs(film);
        hadoopDoes("-rm", "-r", "-skipTrash", root + "raw");
        assertThat(hadoop("-test", "-e", root + "raw").exit()).isEqualTo(1);
    }
}
