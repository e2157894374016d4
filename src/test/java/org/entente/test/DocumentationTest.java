package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.policy.parse.Reference;
import org.entente.policy.parse.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What the documents say is true. */
class DocumentationTest {
    private static final Pattern YAML = Pattern.compile("(?s)```yaml\n(.*?)```");
    private static final Pattern CONSOLE = Pattern.compile("```console\n\\$ (.*)\n(?s:.*?)```");
    private static final Pattern PATH =
            Pattern.compile("`((?:src|policy|backends|gateway|helm)/[\\w./-]+)`|\\]\\((?!http)([\\w./-]+)\\)");

    private static List<Path> documents() throws IOException {
        try (Stream<Path> docs = Files.walk(Repository.root().resolve("src/docs"))) {
            return Stream.concat(
                            Stream.of(Repository.root().resolve("README.md")),
                            docs.filter(file -> file.toString().endsWith(".md")))
                    .toList();
        }
    }

    @Test
    void everyExampleOfDocumentsIsWithoutError(@TempDir Path directory) throws IOException {
        int examples = 0;
        for (Path document : documents()) {
            Matcher matcher = YAML.matcher(Files.readString(document));
            while (matcher.find()) {
                Path example = Files.createDirectories(directory.resolve("example-" + examples++));
                Files.writeString(example.resolve("example.yaml"), matcher.group(1));
                assertThat(new ConfigDirectory(example).check().findings())
                        .as("%s", document)
                        .isEmpty();
            }
        }
        assertThat(examples).isPositive();
    }

    /** With {@code -Ddocs.update=true} the pages are written anew instead, for their author to look at. */
    @Test
    void everyCommandPrintsWhatThePageSays() throws IOException, InterruptedException {
        int commands = 0;
        for (Path document : documents()) {
            String page = Files.readString(document);
            StringBuilder anew = new StringBuilder();
            Matcher matcher = CONSOLE.matcher(page);
            while (matcher.find()) {
                commands++;
                String command = matcher.group(1);
                String output =
                        Shell.run(Map.of(), "bash", "-c", command).output().stripTrailing();
                matcher.appendReplacement(
                        anew, Matcher.quoteReplacement("```console\n$ " + command + "\n" + output + "\n```"));
            }
            matcher.appendTail(anew);
            if (Boolean.getBoolean("docs.update")) {
                Files.writeString(document, anew);
            } else {
                assertThat(page).as("%s", document).isEqualTo(anew.toString());
            }
        }
        assertThat(commands).isGreaterThan(5);
    }

    @Test
    void referenceAndSchemaAreThoseOfTheModel() throws IOException {
        Path guide = Repository.root().resolve("src/docs/guide");
        String schema = JsonMapper.builder()
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .build()
                        .writeValueAsString(Schema.ofDocuments())
                + "\n";
        if (Boolean.getBoolean("docs.update")) {
            Files.writeString(guide.resolve("reference.md"), Reference.markdown());
            Files.writeString(guide.resolve("entente-v1.schema.json"), schema);
        }
        assertThat(guide.resolve("reference.md")).hasContent(Reference.markdown());
        assertThat(guide.resolve("entente-v1.schema.json")).hasContent(schema);
    }

    @Test
    void theSchemaTakesWhatTheParserTakesAndRefusesWhatItRefuses() throws IOException {
        JsonMapper json = JsonMapper.builder().build();
        com.networknt.schema.Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(json.valueToTree(Schema.ofDocuments()));
        for (String file : List.of("sites", "policies", "principals", "tests")) {
            String text = Files.readString(Repository.root().resolve("src/docs/guide/alliance/" + file + ".yaml"));
            assertThat(text).startsWith("# yaml-language-server: $schema=../entente-v1.schema.json\n");
            for (Object document : new Yaml().loadAll(text)) {
                assertThat(schema.validate(json.valueToTree(document))).isEmpty();
            }
        }
        for (String broken : List.of(
                "kind: Polici",
                "spec: {}",
                "spec: {match: {buckets: [a]}, residency: {countrys: {}}}",
                "spec: {match: {buckets: a}}",
                "spec: {match: {buckets: [a]}, priority: high}",
                "spec: {match: {buckets: [a]}, placement: {distinct: [planet]}}",
                "metadata: {name: Upper}")) {
            String text = "{apiVersion: entente/v1, kind: Policy, metadata: {name: x}, spec: {match: {buckets: [a]}}}";
            Map<String, Object> document = new Yaml().load(text);
            Map<String, Object> change = new Yaml().load(broken);
            document.putAll(change);
            assertThat(schema.validate(json.valueToTree(document))).as(broken).isNotEmpty();
        }
    }

    @Test
    void everyPathThatIsNamedExists() throws IOException {
        for (Path document : documents()) {
            Matcher matcher = PATH.matcher(Files.readString(document));
            while (matcher.find()) {
                Path named = matcher.group(1) != null
                        ? Repository.root().resolve(matcher.group(1))
                        : document.resolveSibling(matcher.group(2));
                assertThat(named).as("named in %s", document).exists();
            }
        }
    }
}
