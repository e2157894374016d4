package org.entente.policy.parse;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The operators' reference of all documents, in Markdown, written from the {@link Schema}. */
public final class Reference {
    private final StringBuilder text = new StringBuilder();

    private Reference() {}

    public static String markdown() {
        Reference reference = new Reference();
        reference.text.append("""
                # Reference of the documents

                Written from the model that reads them: `./entente policy reference`. The same as JSON Schema, for editors:
                `./entente policy schema`. Every document has `apiVersion: entente/v1`, `kind:`, `metadata: {name: ...}` with up to 63
                lower-case letters, digits, `-` and `.`, and the `spec:` below. Unknown fields are errors. A field without
                "required" or a default may be left out.
                """);
        for (Object kind : list(Schema.ofDocuments().get("oneOf"))) {
            reference.kind(map(kind));
        }
        return reference.text.toString();
    }

    private void kind(Map<String, Object> document) {
        Map<String, Object> properties = map(document.get("properties"));
        text.append("\n## ").append(map(properties.get("kind")).get("const")).append("\n\n");
        text.append(document.getOrDefault("description", "")).append("\n\n");
        text.append("| field | | what it says |\n|---|---|---|\n");
        fields("", map(properties.get("spec")));
    }

    private void fields(String path, Map<String, Object> object) {
        List<Object> required = list(object.get("required"));
        map(object.get("properties")).forEach((name, value) -> {
            Map<String, Object> field = map(value);
            text.append("| `").append(path).append(name).append("` | ").append(type(field));
            if (required.contains(name)) {
                text.append(", required");
            } else if (!String.valueOf(field.getOrDefault("default", "")).isEmpty()) {
                text.append(", default ").append(field.get("default"));
            }
            text.append(" | ").append(field.getOrDefault("description", "")).append(" |\n");
            if (field.containsKey("properties")) {
                fields(path + name + ".", field);
            }
            Object items = field.get("items");
            if (items != null && map(items).containsKey("properties")) {
                fields(path + name + "[].", map(items));
            }
        });
    }

    private static String type(Map<String, Object> field) {
        Object words = field.get("enum");
        if (words != null) {
            return list(words).stream().map(Object::toString).collect(Collectors.joining(" \\| "));
        }
        return switch (String.valueOf(field.get("type"))) {
            case "array" -> {
                String items = type(map(field.get("items")));
                yield items.contains("|") ? "list of " + items : "list of " + items + "s";
            }
            case "object" -> "mapping";
            case "integer" -> "number";
            case "boolean" -> "true \\| false";
            default -> "word";
        };
    }

    @SuppressWarnings("unchecked") // the schema is made of maps, lists and plain values
    private static Map<String, Object> map(@Nullable Object value) {
        return value == null ? Map.of() : (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(@Nullable Object value) {
        return value == null ? List.of() : (List<Object>) value;
    }
}
