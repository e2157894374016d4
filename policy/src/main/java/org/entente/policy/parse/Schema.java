package org.entente.policy.parse;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.entente.policy.model.About;
import org.entente.policy.model.Default;
import org.entente.policy.model.Located;
import org.entente.policy.model.Word;

/**
 * The documents' JSON Schema, read from the same records that the {@link Binder} fills, so that editors complete and
 * check what the parser takes.
 *
 * @see <a href="https://json-schema.org/draft/2020-12">JSON Schema, draft 2020-12</a>
 */
public final class Schema {
    private Schema() {}

    /** The schema of one document of any kind, as maps, lists and plain values. */
    public static Map<String, Object> ofDocuments() {
        List<Object> kinds = new ArrayList<>();
        DocumentParser.KINDS.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(kind -> kinds.add(document(kind.getKey(), kind.getValue())));
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", "A document of Entente, " + DocumentParser.API_VERSION);
        schema.put("type", "object");
        schema.put("required", List.of("apiVersion", "kind", "metadata", "spec"));
        schema.put("oneOf", kinds);
        return schema;
    }

    private static Map<String, Object> document(String kind, Class<? extends Record> spec) {
        Map<String, Object> name = new LinkedHashMap<>(Map.of("type", "string"));
        name.put("pattern", "^" + DocumentParser.NAME + "$");
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("apiVersion", Map.of("const", DocumentParser.API_VERSION));
        properties.put("kind", Map.of("const", kind));
        properties.put("metadata", object(Map.of("name", name), List.of("name")));
        properties.put("spec", ofRecord(spec, Map.of()));
        Map<String, Object> document = object(properties, List.of("apiVersion", "kind", "metadata", "spec"));
        Optional.ofNullable(spec.getEnclosingClass())
                .flatMap(Schema::about)
                .ifPresent(text -> document.put("description", text));
        return document;
    }

    private static Map<String, Object> object(Map<String, Object> properties, List<String> required) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("type", "object");
        object.put("additionalProperties", false);
        if (!required.isEmpty()) {
            object.put("required", required);
        }
        object.put("properties", properties);
        return object;
    }

    private static Map<String, Object> ofRecord(Class<?> type, Map<TypeVariable<?>, Type> variables) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            Map<String, Object> property = new LinkedHashMap<>();
            about(component).ifPresent(text -> property.put("description", text));
            property.putAll(of(component.getGenericType(), variables));
            Default byDefault = component.getAnnotation(Default.class);
            if (byDefault != null) {
                property.put("default", typed(byDefault.value(), property));
            } else if (!Binder.mayBeAbsent(component)) {
                required.add(component.getName());
            }
            properties.put(component.getName(), property);
        }
        return object(properties, required);
    }

    private static Object typed(String value, Map<String, Object> property) {
        return switch (String.valueOf(property.get("type"))) {
            case "integer" -> Integer.valueOf(value);
            case "boolean" -> Boolean.valueOf(value);
            default -> value;
        };
    }

    private static Map<String, Object> of(Type type, Map<TypeVariable<?>, Type> variables) {
        if (type instanceof TypeVariable<?> variable) {
            return of(Binder.known(variables, variable), variables);
        }
        if (type instanceof ParameterizedType generic) {
            return ofGeneric(generic, variables);
        }
        Class<?> raw = (Class<?>) type;
        if (Binder.scalarParser(raw).isPresent() || raw == String.class) {
            return Map.of("type", "string");
        }
        if (raw == int.class || raw == Integer.class) {
            return Map.of("type", "integer");
        }
        if (raw == boolean.class) {
            return Map.of("type", "boolean");
        }
        if (raw.isEnum()) {
            return Map.of(
                    "enum",
                    Arrays.stream(raw.getEnumConstants())
                            .map(constant -> Word.of((Enum<?>) constant))
                            .toList());
        }
        return ofRecord(raw, Map.of());
    }

    private static Map<String, Object> ofGeneric(ParameterizedType type, Map<TypeVariable<?>, Type> variables) {
        Class<?> raw = (Class<?>) type.getRawType();
        Type argument = Binder.resolve(type.getActualTypeArguments()[0], variables);
        if (raw == Located.class || raw == Optional.class) {
            return of(argument, variables);
        }
        if (raw == List.class) {
            Map<String, Object> list = new LinkedHashMap<>();
            list.put("type", "array");
            list.put("items", of(argument, variables));
            return list;
        }
        if (raw == Map.class) {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("type", "object");
            map.put("additionalProperties", Map.of("type", "string"));
            return map;
        }
        return ofRecord(raw, Map.of(raw.getTypeParameters()[0], argument));
    }

    /** What a type or field means; empty where nobody has said. */
    static Optional<String> about(AnnotatedElement element) {
        return Optional.ofNullable(element.getAnnotation(About.class)).map(About::value);
    }
}
