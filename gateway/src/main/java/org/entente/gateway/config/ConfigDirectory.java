package org.entente.gateway.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.entente.backends.s3.Dialect;
import org.entente.policy.check.Checker;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Operator;
import org.entente.policy.model.Principal;
import org.entente.policy.model.SecretSource;
import org.entente.policy.model.Site;
import org.entente.policy.parse.DocumentParser;
import org.entente.policy.parse.Source;

/** A directory of documents: sites, policies and principals. */
public final class ConfigDirectory {
    private final Path directory;

    public ConfigDirectory(Path directory) {
        this.directory = directory;
    }

    public Path path() {
        return directory;
    }

    /**
     * What the documents say, as far as it can be understood.
     *
     * @param findings everything that is wrong or doubtful, sorted by place
     * @param digest of the documents' texts, which changes when any of them does: SHA-256 in hex
     * @param policies the texts of the documents that are about policies, so that they can be had back later
     */
    public record Checked(Documents documents, List<Finding> findings, String digest, String policies) {
        public Checked {
            findings = findings.stream().sorted().toList();
        }

        public boolean usable() {
            return findings.stream().noneMatch(Finding::isError);
        }

        /**
         * The same with other policies in the place of the directory's.
         *
         * @param name what findings call them
         */
        public Checked withPolicies(String name, String text) {
            DocumentParser.Parsed parsed = DocumentParser.parse(List.of(new Source(name, text)));
            Documents other = parsed.documents();
            List<Finding> findings = new ArrayList<>(parsed.findings());
            Stream.of(
                            other.sites().stream().map(Site::name),
                            other.principals().stream().map(Principal::name),
                            other.operators().stream().map(Operator::name))
                    .flatMap(names -> names)
                    .forEach(document -> findings.add(
                            Finding.error(document.at(), "only policies are put here; the rest is in the directory")));
            Documents both = new Documents(
                    documents.sites(),
                    other.policies(),
                    documents.principals(),
                    other.classifications(),
                    documents.operators(),
                    other.tests());
            findings.addAll(Checker.check(both, Dialect.names()));
            return new Checked(both, findings, digest, text);
        }
    }

    /** Reads and checks the documents, without opening a secret or reaching for a site. */
    public Checked check() {
        Source.Sources sources = Source.in(directory);
        DocumentParser.Parsed parsed = DocumentParser.parse(sources.readable());
        List<Finding> findings = new ArrayList<>(sources.findings());
        findings.addAll(parsed.findings());
        findings.addAll(Checker.check(parsed.documents(), Dialect.names()));
        return new Checked(
                parsed.documents(), findings, digest(sources.readable()), DocumentParser.policies(sources.readable()));
    }

    /** Changes whenever a document does, or a file that one of these documents keeps a secret or certificates in. */
    public String fingerprint(Documents documents) {
        List<Source> sources = new ArrayList<>(Source.in(directory).readable());
        filesOf(documents).distinct().sorted().forEach(file -> sources.add(new Source(file, content(file))));
        return digest(sources);
    }

    private static Stream<String> filesOf(Documents documents) {
        Stream<SecretSource> ofSites = documents.sites().stream()
                .map(site -> site.spec().credentials())
                .flatMap(c -> Stream.concat(c.accessKeyFrom().stream(), c.secretKeyFrom().stream()));
        Stream<SecretSource> ofPrincipals = documents.principals().stream()
                .flatMap(p -> p.spec().accessKeys().stream())
                .flatMap(key -> key.secretFrom().stream());
        Stream<SecretSource> ofOperators = documents.operators().stream()
                .flatMap(o -> o.spec().tokens().stream())
                .flatMap(token -> token.tokenFrom().stream())
                .map(located -> located.value());
        Stream<SecretSource> ofCertificates = documents.sites().stream()
                .flatMap(site -> site.spec().tls().stream())
                .flatMap(tls -> tls.keyFrom().stream());
        Stream<String> certificates = documents.sites().stream()
                .flatMap(site -> site.spec().tls().stream())
                .flatMap(tls -> Stream.concat(tls.authorities().stream(), tls.certificate().stream()));
        return Stream.concat(
                certificates,
                Stream.of(ofSites, ofPrincipals, ofOperators, ofCertificates)
                        .flatMap(sources -> sources)
                        .flatMap(source -> source.file().stream()));
    }

    private static String content(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            return Optional.ofNullable(e.getMessage()).orElse("unreadable");
        }
    }

    private static String digest(List<Source> sources) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Source source : sources) {
                for (String part : List.of(Path.of(source.file()).getFileName().toString(), source.text())) {
                    byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                    digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
                    digest.update(bytes);
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
