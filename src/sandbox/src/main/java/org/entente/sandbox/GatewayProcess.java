package org.entente.sandbox;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The product as its users run it: the jar, in a process of its own. */
public final class GatewayProcess implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration STOP = Duration.ofSeconds(40);

    private final ServerProcess process;
    private final int port;
    private final Path log;

    private GatewayProcess(ServerProcess process, int port, Path log) {
        this.process = process;
        this.port = port;
        this.log = log;
    }

    /**
     * Starts a gateway and waits until it serves.
     *
     * @param jar the executable one
     * @param jvmOptions such as {@code -Xmx256m}
     * @param config the directory of documents
     * @param state where its journal and log go; made if need be
     * @throws IOException when it does not come up
     */
    public static GatewayProcess start(
            Path jar, List<String> jvmOptions, Path config, Path state, int s3Port, int operatorPort)
            throws IOException {
        return start(jar, jvmOptions, config, state, s3Port, operatorPort, Map.of());
    }

    /** The same with more in its environment. */
    public static GatewayProcess start(
            Path jar,
            List<String> jvmOptions,
            Path config,
            Path state,
            int s3Port,
            int operatorPort,
            Map<String, String> environment)
            throws IOException {
        Files.createDirectories(state);
        Path log = state.resolve("gateway.log");
        List<String> command =
                new ArrayList<>(List.of(SandboxSite.javaCommand(), "--enable-native-access=ALL-UNNAMED"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-jar", jar.toString(), "serve", "--config", config.toString()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment()
                .putAll(Map.of(
                        "ENTENTE_DATA", state.toString(),
                        "ENTENTE_S3_PORT", String.valueOf(s3Port),
                        "ENTENTE_OPERATOR_PORT", String.valueOf(operatorPort)));
        builder.environment().putAll(environment);
        GatewayProcess gateway = new GatewayProcess(new ServerProcess(builder), s3Port, log);
        URI readiness = URI.create("http://127.0.0.1:" + operatorPort + "/actuator/health/readiness");
        if (!gateway.process.answers(readiness, START)) {
            throw new IOException("the gateway does not come up; see " + log + ":\n" + Files.readString(log));
        }
        return gateway;
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    public long processId() {
        return process.id();
    }

    /** What it has said so far. */
    public Path log() {
        return log;
    }

    /** Waits for its end and returns its exit code. */
    public int await() throws InterruptedException {
        return process.awaitEnd();
    }

    /** Ends it as a power cut would. */
    public void kill() {
        process.kill();
    }

    @Override
    public void close() {
        process.stop(STOP);
    }
}
