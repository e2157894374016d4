package org.entente.test;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.entente.sandbox.GatewayProcess;
import org.entente.sandbox.SandboxSite;

/** One of several gateways that share a PostgreSQL, whichever process that is at the time. */
final class Replica implements AutoCloseable {
    private final String name;
    private final Path directory;
    private final String journal;
    private final int port = SandboxSite.freePort();
    private final int operatorPort = SandboxSite.freePort();
    private GatewayProcess process;

    /**
     * @param directory where its documents are, in {@code config}
     * @param journal the database's JDBC URL
     */
    Replica(String name, Path directory, String journal) throws IOException {
        this.name = name;
        this.directory = directory;
        this.journal = journal;
        this.process = start();
    }

    private GatewayProcess start() throws IOException {
        return GatewayProcess.start(
                Repository.gatewayJar(),
                List.of("-Xmx256m"),
                directory.resolve("config"),
                directory.resolve(name),
                port,
                operatorPort,
                Map.of("ENTENTE_JOURNAL_URL", journal));
    }

    String name() {
        return name;
    }

    int port() {
        return port;
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    OperatorClient operators() {
        return new OperatorClient(URI.create("http://127.0.0.1:" + operatorPort), OwnGateway.OPERATOR_TOKEN);
    }

    /** Ends it as a power cut would. */
    void kill() {
        process.kill();
    }

    void killAndStart() throws IOException {
        kill();
        process = start();
    }

    /** Tells it to stop and waits for its end; returns the exit code. */
    int stop() throws InterruptedException {
        process.close();
        return process.await();
    }

    void startAgain() throws IOException {
        process = start();
    }

    @Override
    public void close() {
        process.close();
    }
}
