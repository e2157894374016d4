package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.entente.gateway.config.ConfigDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the documents say is true. */
class DocumentationTest {
    private static final Pattern YAML = Pattern.compile("(?s)```yaml\n(.*?)```");
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
