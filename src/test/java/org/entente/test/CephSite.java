package org.entente.test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.entente.sandbox.SandboxSite;

/** A RADOS gateway of Ceph's, where it is installed. */
final class CephSite implements AutoCloseable {
    static final String KEY = "CEPHKEY0000000000001";
    static final String SECRET = "the secret of the gateway";

    /** Of another user, who has no part in what the first one has. */
    static final String OTHER_KEY = "OTHER" + KEY;

    /** Of a user whose buckets are not where the others' are, so that the same name can be a bucket once more. */
    static final String ELSEWHERE_KEY = "ELSEWHERE" + KEY;

    private static final List<String> PROGRAMS =
            List.of("radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "monmaptool");

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Process process;
    private final URI endpoint;

    private CephSite(Process process, URI endpoint) {
        this.process = process;
        this.endpoint = endpoint;
    }

    /** Whether everything that it needs is on this machine. */
    static boolean isInstalled() {
        List<Path> path =
                Stream.of(System.getenv("PATH").split(":", -1)).map(Path::of).toList();
        return PROGRAMS.stream()
                .allMatch(
                        program -> path.stream().anyMatch(directory -> Files.isExecutable(directory.resolve(program))));
    }

    /** Skips a test, out loud, where there is none. */
    static void need(Class<?> test) {
        Shell.need(test, isInstalled(), "Ceph's radosgw, ceph-mon, ceph-osd and ceph-common");
    }

    static CephSite start(Path directory) throws IOException {
        int port = SandboxSite.freePort();
        Path output = directory.resolve("script.out");
        Process process = new ProcessBuilder(
                        "bash",
                        "src/test/sites/ceph.sh",
                        directory.toString(),
                        String.valueOf(port),
                        String.valueOf(SandboxSite.freePort()),
                        KEY,
                        SECRET)
                .directory(Repository.root().toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        CephSite site = new CephSite(process, URI.create("http://127.0.0.1:" + port));
        try (HttpClient http = HttpClient.newHttpClient()) {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .failFast("the script has ended", () -> !process.isAlive())
                    .ignoreExceptions()
                    .until(() -> http.send(
                                            HttpRequest.newBuilder(site.endpoint)
                                                    .timeout(Duration.ofSeconds(5))
                                                    .build(),
                                            BodyHandlers.discarding())
                                    .statusCode()
                            == 200);
        } catch (RuntimeException e) {
            site.close();
            throw new IllegalStateException("Ceph does not start:\n" + Files.readString(output), e);
        }
        return site;
    }

    URI endpoint() {
        return endpoint;
    }

    /**
     * What tells a gateway of it.
     *
     * @param prefix of its buckets' names there, so that one server can be several sites
     */
    String document(String name, String prefix) {
        return document(name, prefix, KEY);
    }

    private String document(String name, String prefix, String key) {
        return """
                apiVersion: entente/v1
                kind: Site
                metadata: {name: %s}
                spec:
                  provider: Ceph
                  dialect: ceph
                  endpoint: %s
                  bucketPrefix: "%s"
                  country: FR
                  jurisdictions: [FR]
                  clearance: restricted
                  credentials: {accessKey: %s, secretKey: "%s"}
                """.formatted(name, endpoint, prefix, key, SECRET);
    }

    /** The same, at the user elsewhere. */
    String documentElsewhere(String name) {
        return document(name, "", ELSEWHERE_KEY);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
