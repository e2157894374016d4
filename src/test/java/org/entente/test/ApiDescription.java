package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The description of the operators' API, against which answers can be held. */
final class ApiDescription {
    static final String ROOT = "/api/v1";

    private static final String HERE = "https://entente.invalid/openapi.yaml";
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final ApiDescription SHARED = read();

    private final JsonNode document;
    private final SchemaRegistry schemas;

    private ApiDescription(JsonNode document) {
        this.document = document;
        this.schemas = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Map.of(HERE, document.toString())));
    }

    static ApiDescription shared() {
        return SHARED;
    }

    private static ApiDescription read() {
        try {
            String text = Files.readString(Repository.root().resolve("gateway/src/main/resources/openapi.yaml"));
            return new ApiDescription(JSON.valueToTree(new Yaml().load(text)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An operation and where it is. */
    record Described(String method, String path) {}

    List<Described> operations() {
        return document.get("paths").properties().stream()
                .flatMap(path -> path.getValue().properties().stream()
                        .map(operation ->
                                new Described(operation.getKey().toUpperCase(Locale.ROOT), ROOT + path.getKey())))
                .toList();
    }

    /** Fails where an answer is not as it is described. */
    void check(String method, String path, int status, String body) {
        String plain = path.replaceFirst("\\?.*", "").substring(ROOT.length());
        String template = document.get("paths").propertyNames().stream()
                .filter(each -> plain.matches(each.replaceAll("\\{[^}]*}", "[^/]+")))
                .sorted((a, b) -> Boolean.compare(a.contains("{"), b.contains("{")))
                .findFirst()
                .orElseThrow(() -> new AssertionError(path + " is not described"));
        JsonNode answer = resolved(document.at(pointer("paths", template, method.toLowerCase(Locale.ROOT), "responses"))
                .path(String.valueOf(status)));
        assertThat(answer.isMissingNode())
                .as("%s %s is not described to answer %d: %s", method, path, status, body)
                .isFalse();
        String place = where(template, method, status) + "/content/application~1json/schema";
        Schema schema = schemas.getSchema(SchemaLocation.of(HERE + "#" + place));
        assertThat(schema.validate(JSON.readTree(body)))
                .as("%s %s answers %d with %s", method, path, status, body)
                .isEmpty();
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.get("$ref").asString().substring(1)) : node;
    }

    private String where(String template, String method, int status) {
        String place = pointer("paths", template, method.toLowerCase(Locale.ROOT), "responses", String.valueOf(status));
        JsonNode node = document.at(place);
        return node.has("$ref") ? node.get("$ref").asString().substring(1) : place;
    }

    private static String pointer(String... names) {
        StringBuilder pointer = new StringBuilder();
        for (String name : names) {
            pointer.append('/').append(name.replace("~", "~0").replace("/", "~1"));
        }
        return pointer.toString();
    }
}
