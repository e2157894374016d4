package org.entente.test;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.entente.gateway.front.Gateway;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** A gateway with documents of its own, which a test may change, before the sites that all tests share. */
final class OwnGateway implements AutoCloseable {
    static final String OPERATOR_TOKEN = "the token of alice";
    static final String VIEWER_TOKEN = "the token of victor";

    static final String SHARED_ANYWHERE = """
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: shared-capacity}
            spec:
              match: {buckets: ["shared-*"]}
              placement: {prefer: [us-east]}
            """;

    static final String SHARED_IN_EUROPE = """
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: shared-capacity}
            spec:
              match: {buckets: ["shared-*"]}
              residency: {jurisdictions: {deny: [US]}}
              placement: {prefer: [fr-paris]}
            """;

    private static final String PEOPLE = """
            apiVersion: entente/v1
            kind: Principal
            metadata: {name: fr-logistics}
            spec:
              nation: FR
              clearance: restricted
              disclose: true
              accessKeys: [{id: %s, secret: "%s"}]
              grants: [{buckets: ["shared-*"], actions: [read, write, list, manage]}]
            ---
            apiVersion: entente/v1
            kind: Principal
            metadata: {name: us-analytics}
            spec:
              nation: US
              accessKeys: [{id: %s, secret: "%s"}]
              grants: [{buckets: ["shared-*"], actions: [read, write, list, manage]}]
            ---
            apiVersion: entente/v1
            kind: Operator
            metadata: {name: alice}
            spec: {role: operator, tokens: [{token: "%s"}]}
            ---
            apiVersion: entente/v1
            kind: Operator
            metadata: {name: victor}
            spec: {role: viewer, tokens: [{token: "%s"}]}
            """.formatted(
            Rig.FRENCH_KEY, Rig.FRENCH_SECRET, Rig.AMERICAN_KEY, Rig.AMERICAN_SECRET, OPERATOR_TOKEN, VIEWER_TOKEN);

    private final Path directory;
    private Gateway gateway;

    OwnGateway(Path directory, String policies) throws IOException {
        this(directory, policies, people -> people);
    }

    /** @param people changes the documents of the principals */
    OwnGateway(Path directory, String policies, UnaryOperator<String> people) throws IOException {
        this.directory = directory;
        write(config(), policies);
        Files.writeString(config().resolve("people.yaml"), people.apply(PEOPLE));
        this.gateway = start();
    }

    /** Documents for a gateway before the sites that all tests share. */
    static void write(Path config, String policies) throws IOException {
        Files.createDirectories(config);
        Files.writeString(config.resolve("sites.yaml"), Rig.shared().siteDocuments());
        Files.writeString(config.resolve("people.yaml"), PEOPLE);
        Files.writeString(config.resolve("policies.yaml"), policies);
    }

    private Gateway start() {
        return Rig.gateway(config(), directory.resolve("journal"));
    }

    Path config() {
        return directory.resolve("config");
    }

    Path auditLog() {
        return directory.resolve("journal").resolve("audit.jsonl");
    }

    /** Changes the policies in the directory as an editor does: at once, by a rename. */
    void policies(String text) throws IOException {
        Path draft = Files.writeString(directory.resolve("draft"), text);
        Files.move(draft, config().resolve("policies.yaml"), StandardCopyOption.ATOMIC_MOVE);
    }

    void restart() {
        gateway.close();
        gateway = start();
    }

    /** The same with something done to its journal while it does not run. */
    void restart(Consumer<JdbcClient> meanwhile) {
        gateway.close();
        meanwhile.accept(JdbcClient.create(new DriverManagerDataSource(
                "jdbc:sqlite:" + directory.resolve("journal").resolve("journal.db"))));
        gateway = start();
    }

    URI s3Address() {
        return gateway.s3Address();
    }

    /** What its journal says of any key; empty once everything is the same everywhere. */
    List<String> journal() {
        return gateway.journal().stream().map(Object::toString).toList();
    }

    /** Has the operators' command compare everything. */
    Shell.Result checkJournal() throws IOException, InterruptedException {
        return journal("check");
    }

    /** Has the operators' command make the journal anew; the gateway must be stopped. */
    Shell.Result rebuildJournal(String... options) throws IOException, InterruptedException {
        return journal("rebuild", options);
    }

    private Shell.Result journal(String command, String... options) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("./entente", "journal", command, "--config", config().toString()));
        words.addAll(List.of(options));
        return Shell.run(Map.of("ENTENTE_DATA", directory.resolve("journal").toString()), words.toArray(String[]::new));
    }

    /** Stops it, and loses its journal. */
    void stopAndLoseJournal() throws IOException {
        gateway.close();
        try (Stream<Path> files = Files.list(directory.resolve("journal"))) {
            for (Path file : files.filter(path -> path.getFileName().toString().startsWith("journal.db"))
                    .toList()) {
                Files.delete(file);
            }
        }
    }

    void startAgain() {
        gateway = start();
    }

    OperatorClient operator() {
        return new OperatorClient(gateway.operatorAddress(), OPERATOR_TOKEN);
    }

    OperatorClient withToken(String token) {
        return new OperatorClient(gateway.operatorAddress(), token);
    }

    SignedHttp french() {
        return new SignedHttp(gateway.s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
    }

    SignedHttp american() {
        return new SignedHttp(gateway.s3Address(), Rig.AMERICAN_KEY, Rig.AMERICAN_SECRET);
    }

    @Override
    public void close() {
        gateway.close();
    }
}
