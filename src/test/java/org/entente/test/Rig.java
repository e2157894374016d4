package org.entente.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.entente.backends.s3.Dialect;
import org.entente.backends.s3.S3Site;
import org.entente.backends.s3.S3SiteSettings;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.gateway.front.Gateway;
import org.entente.sandbox.SandboxSite;

/**
 * What most tests need: three sandbox sites as processes of their own and a gateway before them in this one. It is
 * started once and ends with the run. Each test makes buckets of its own.
 */
final class Rig {
    static final String FRENCH_KEY = "TESTFR00000000000001";
    static final String FRENCH_SECRET = "the secret of the French";
    static final String AMERICAN_KEY = "TESTUS00000000000001";
    static final String AMERICAN_SECRET = "the secret of the Americans";
    static final String READER_KEY = "TESTREADER0000000001";
    static final String READER_SECRET = "the secret of the reader";

    /** What the sites' server calls a file that it is still writing, or is about to throw away. */
    private static final Pattern UNFINISHED = Pattern.compile("-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$");

    static final String DOCUMENTS =
            """
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: french-operations}
            spec:
              match: {buckets: ["fr-*"]}
              residency:
                countries: {allow: [FR, DE]}
                jurisdictions: {deny: [US]}
                clearance: restricted
              placement: {prefer: [fr-paris, de-frankfurt]}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: german-operations}
            spec:
              match: {buckets: ["de-*"]}
              residency: {jurisdictions: {allow: [DE, EU]}}
              placement: {prefer: [de-frankfurt]}
            ---
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: shared-capacity}
            spec:
              match: {buckets: ["shared-*"]}
              placement: {prefer: [us-east]}
            ---
            # Within shared buckets, what is called french/ may not be where American law reaches.
            apiVersion: entente/v1
            kind: Policy
            metadata: {name: french-keys}
            spec:
              match: {buckets: ["shared-*"], keys: ["french/**"]}
              residency: {jurisdictions: {deny: [US]}}
            ---
            apiVersion: entente/v1
            kind: Principal
            metadata: {name: fr-logistics}
            spec:
              nation: FR
              clearance: restricted
              disclose: true
              accessKeys: [{id: %s, secret: "%s"}]
              grants: [{buckets: ["fr-*", "de-*", "shared-*"], actions: [read, write, list, manage]}]
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
            kind: Principal
            metadata: {name: fr-reader}
            spec:
              nation: FR
              clearance: restricted
              accessKeys: [{id: %s, secret: "%s"}]
              grants: [{buckets: ["fr-*"], actions: [read, list]}]
            """.formatted(FRENCH_KEY, FRENCH_SECRET, AMERICAN_KEY, AMERICAN_SECRET, READER_KEY, READER_SECRET);

    private static final class Shared {
        private static final Rig RIG = start();
    }

    private final Path directory;
    private final SandboxSite paris;
    private final SandboxSite frankfurt;
    private final SandboxSite east;
    private final Gateway gateway;

    private Rig(Path directory) throws IOException {
        this.directory = directory;
        this.paris = site("fr-paris");
        this.frankfurt = site("de-frankfurt");
        this.east = site("us-east");
        this.gateway = gateway();
    }

    static Rig shared() {
        return Shared.RIG;
    }

    private static Rig start() {
        try {
            Rig rig = new Rig(Files.createDirectories(Repository.scratch().resolve("rig-" + UUID.randomUUID())));
            Runtime.getRuntime().addShutdownHook(new Thread(rig::stop));
            return rig;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SandboxSite site(String name) throws IOException {
        return SandboxSite.start(
                name,
                Repository.s3proxy(),
                SandboxSite.Store.FILES,
                directory.resolve(name),
                SandboxSite.freePort(),
                "key-of-" + name,
                "secret-of-" + name);
    }

    private Gateway gateway() throws IOException {
        return gateway(writeConfig(), directory.resolve("journal"));
    }

    /** Starts a gateway in this process, on ports of its own. */
    static Gateway gateway(Path config, Path journal) {
        return gateway(config, journal, Map.of());
    }

    /** @param more settings */
    static Gateway gateway(Path config, Path journal, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(more);
        settings.put("server.port", "0");
        settings.put("management.server.port", "0");
        settings.put("entente.data", journal.toString());
        return Gateway.start(new ConfigDirectory(config), name -> Optional.empty(), settings);
    }

    private Path writeConfig() throws IOException {
        Path config = Files.createDirectories(directory.resolve("config"));
        Files.writeString(config.resolve("policies.yaml"), DOCUMENTS);
        Files.writeString(config.resolve("sites.yaml"), siteDocuments());
        return config;
    }

    /** What tells a gateway of the three sites. */
    String siteDocuments() {
        return String.join(
                "---\n",
                paris.document("Hexagone", "FR", List.of("FR", "EU"), "restricted"),
                frankfurt.document("Rheinwolke", "DE", List.of("DE", "EU"), "restricted"),
                east.document("Hyperscale", "US", List.of("US"), "unclassified"));
    }

    private void stop() {
        gateway.close();
        List.of(paris, frankfurt, east).forEach(SandboxSite::close);
    }

    Gateway running() {
        return gateway;
    }

    /** The directory of the documents that the gateway was started from. */
    Path config() {
        return directory.resolve("config");
    }

    SandboxSite paris() {
        return paris;
    }

    SandboxSite frankfurt() {
        return frankfurt;
    }

    SandboxSite east() {
        return east;
    }

    List<SandboxSite> sites() {
        return List.of(paris, frankfurt, east);
    }

    /** The files in which a site keeps a bucket's objects, by key: what is there, whoever put it. */
    static Map<String, Path> objectsAt(SandboxSite site, String bucket) {
        Path top = site.directory().resolve("objects").resolve(bucket);
        return filesIn(top).stream()
                .filter(file -> !UNFINISHED.matcher(file.toString()).find())
                .collect(Collectors.toMap(file -> top.relativize(file).toString(), file -> file));
    }

    /** All files below a directory, or none, while a site may still make and delete some. */
    static List<Path> filesIn(Path top) {
        List<Path> files = new ArrayList<>();
        try {
            Files.walkFileTree(top, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    files.add(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                    if (failure instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw failure;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    /** Speaks to the gateway as the French principal does, or to a site with the site's own keys. */
    static S3Site client(java.net.URI endpoint, String accessKey, String secretKey) {
        return new S3Site(
                new S3SiteSettings(
                        "under test",
                        endpoint,
                        "us-east-1",
                        false,
                        "",
                        Dialect.S3PROXY,
                        new S3SiteSettings.Credentials(accessKey, secretKey),
                        S3SiteSettings.Limits.DEFAULT,
                        Optional.empty()),
                Clock.systemUTC());
    }
}
