package org.entente.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * An S3 server on loopback. One that keeps its objects in files holds, when it comes back, what it held when it was
 * killed.
 *
 * <p>Its directory has a script {@code start}, by which it is started here and can be started by hand.
 */
public final class SandboxSite implements AutoCloseable {
    /** Where a site keeps its objects. */
    public enum Store {
        /** In files: they outlive the process, but a key that no file can be called by is lost. */
        FILES("filesystem-nio2"),
        /** In memory: any key, until the process ends. */
        MEMORY("transient");

        private final String provider;

        Store(String provider) {
            this.provider = provider;
        }
    }

    private static final Duration START = Duration.ofSeconds(60);
    /** The file in which the script leaves its process's id. */
    private static final String PROCESS = "process";

    private static final Duration STOP = Duration.ofSeconds(10);

    private final String name;
    private final Path directory;
    private final int port;
    private final String accessKey;
    private final String secretKey;
    private ServerProcess process;

    private SandboxSite(
            String name, Path directory, int port, String accessKey, String secretKey, ServerProcess process) {
        this.name = name;
        this.directory = directory;
        this.port = port;
        this.accessKey = accessKey;
        this.secretKey = secretKey;
        this.process = process;
    }

    /**
     * Starts a site and waits until it answers.
     *
     * @param s3proxy the server's jar
     * @param directory where everything of it lies; made if need be
     * @param port on loopback
     * @throws IOException when it does not come up
     */
    public static SandboxSite start(
            String name, Path s3proxy, Store store, Path directory, int port, String accessKey, String secretKey)
            throws IOException {
        Path objects = Files.createDirectories(directory.resolve("objects")).toAbsolutePath();
        Path configuration = directory.resolve("s3proxy.conf").toAbsolutePath();
        Files.writeString(configuration, """
                s3proxy.endpoint=http://127.0.0.1:%d
                s3proxy.authorization=aws-v4
                s3proxy.ignore-unknown-headers=true
                s3proxy.identity=%s
                s3proxy.credential=%s
                jclouds.provider=%s
                jclouds.identity=unused
                jclouds.credential=unused
                jclouds.filesystem.basedir=%s
                """.formatted(port, accessKey, secretKey, store.provider, objects));
        Path script = directory.resolve("start").toAbsolutePath();
        Files.writeString(script, """
                #!/bin/sh
                # Starts the site %s, in the foreground.
                echo $$ > '%s'
                exec '%s' -Xmx256m -DLOG_LEVEL=warn -jar '%s' --properties '%s'
                """.formatted(
                        name,
                        directory.resolve(PROCESS).toAbsolutePath(),
                        javaCommand(),
                        s3proxy.toAbsolutePath(),
                        configuration));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        endOther(directory);
        SandboxSite site = new SandboxSite(name, directory, port, accessKey, secretKey, launch(script, directory));
        site.awaitAnswer();
        return site;
    }

    /** A port of loopback that nobody listens on at this moment. */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String javaCommand() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static ServerProcess launch(Path script, Path directory) throws IOException {
        return new ServerProcess(new ProcessBuilder(script.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile())));
    }

    private void awaitAnswer() throws IOException {
        if (!process.answers(endpoint().resolve("/healthz"), START)) {
            throw new IOException("the site " + name + " does not come up; see " + directory.resolve("log"));
        }
    }

    public String name() {
        return name;
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    public String accessKey() {
        return accessKey;
    }

    public String secretKey() {
        return secretKey;
    }

    public long processId() {
        return process.id();
    }

    /** Its directory. */
    public Path directory() {
        return directory;
    }

    /** The object's file. */
    public Path file(String bucket, String key) {
        return directory.resolve("objects").resolve(bucket).resolve(key);
    }

    /** The document that tells a gateway of this site. */
    public String document(String provider, String country, List<String> jurisdictions, String clearance) {
        return """
                apiVersion: entente/v1
                kind: Site
                metadata: {name: %s}
                spec:
                  provider: %s
                  type: s3
                  dialect: s3proxy
                  endpoint: %s
                  country: %s
                  jurisdictions: [%s]
                  clearance: %s
                  credentials: {accessKey: %s, secretKey: %s}
                """.formatted(
                name, provider, endpoint(), country, String.join(", ", jurisdictions), clearance, accessKey, secretKey);
    }

    /** Ends it as a power cut would. */
    public void kill() {
        process.kill();
    }

    /** Brings it back after a {@link #kill}. */
    public void restart() throws IOException {
        process = launch(directory.resolve("start").toAbsolutePath(), directory);
        awaitAnswer();
    }

    /** Ends it, also when it was started again by hand. */
    @Override
    public void close() {
        process.stop(STOP);
        endOther(directory);
    }

    /** Ends a process that the script has started and that nobody here knows of. */
    private static void endOther(Path directory) {
        try {
            long id =
                    Long.parseLong(Files.readString(directory.resolve(PROCESS)).strip());
            ProcessHandle.of(id)
                    .filter(other -> other.info()
                            .commandLine()
                            .filter(line ->
                                    line.contains(directory.toAbsolutePath().toString()))
                            .isPresent())
                    .filter(ProcessHandle::destroy)
                    .ifPresent(other -> other.onExit()
                            .orTimeout(STOP.toSeconds(), TimeUnit.SECONDS)
                            .join());
        } catch (IOException | NumberFormatException e) {
            // Nothing was ever started here, or not by the script.
        } catch (CompletionException e) {
            throw new IllegalStateException("a process of the site in " + directory + " does not end", e);
        }
    }
}
