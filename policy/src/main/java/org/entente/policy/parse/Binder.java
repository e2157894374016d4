package org.entente.policy.parse;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
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
import java.util.stream.Collectors;
import org.entente.policy.model.Default;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Located;
import org.entente.policy.model.Position;
import org.entente.policy.model.Word;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Binds YAML nodes to records: a component's name is its field's name, and its type says what may be written.
 *
 * <p>{@code Optional}, {@code List} and {@code Map} may be left out, and so may what has a {@link Default}; {@code Located} keeps
 * the position. A scalar is a string, a number, a boolean, an enum, or a type with a static {@code parse(String)}.
 * What a type's constructor or {@code parse} refuses with {@code IllegalArgumentException} is reported at its place.
 */
final class Binder {
    private final String file;
    private final List<Finding> findings;

    Binder(String file, List<Finding> findings) {
        this.file = file;
        this.findings = findings;
    }

    /** The record, or empty when something in it is wrong and has been reported. */
    <R extends Record> Optional<R> bind(Node node, Class<R> type) {
        return bind(node, type, Map.of()).map(type::cast);
    }

    Position at(Node node) {
        return at(node.getStartMark());
    }

    private Position at(Mark mark) {
        return new Position(file, mark.getLine() + 1, mark.getColumn() + 1);
    }

    void report(Node node, String message) {
        findings.add(Finding.error(at(node), message));
    }

    static boolean isNothing(Node node) {
        return node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL);
    }

    /** A scalar's text; for anything else a word that no field is called by. */
    static String scalarText(Node node) {
        return node instanceof ScalarNode scalar ? scalar.getValue() : "(" + node.getNodeId() + ")";
    }

    private Optional<Object> bind(Node node, Type type, Map<TypeVariable<?>, Type> variables) {
        if (type instanceof TypeVariable<?> variable) {
            return bind(node, known(variables, variable), variables);
        }
        if (type instanceof ParameterizedType generic) {
            return bindGeneric(node, generic, variables);
        }
        Class<?> raw = (Class<?>) type;
        Optional<Method> parse = scalarParser(raw);
        if (parse.isPresent()) {
            return scalar(node).flatMap(text -> call(node, () -> parse.get().invoke(null, text)));
        }
        if (raw.isRecord()) {
            return bindRecord(node, raw, Map.of());
        }
        return scalar(node).flatMap(text -> convert(node, text, raw));
    }

    private Optional<Object> bindGeneric(Node node, ParameterizedType type, Map<TypeVariable<?>, Type> variables) {
        Class<?> raw = (Class<?>) type.getRawType();
        Type argument = resolve(type.getActualTypeArguments()[0], variables);
        if (raw == Located.class) {
            return bind(node, argument, variables).map(value -> new Located<>(value, at(node)));
        }
        if (raw == Optional.class) {
            return bind(node, argument, variables).map(Optional::of);
        }
        if (raw == List.class) {
            return bindList(node, argument, variables);
        }
        if (raw == Map.class) {
            return bindMap(node);
        }
        Map<TypeVariable<?>, Type> inner = Map.of(raw.getTypeParameters()[0], argument);
        return bindRecord(node, raw, inner);
    }

    private Optional<Object> bindList(Node node, Type element, Map<TypeVariable<?>, Type> variables) {
        if (!(node instanceof SequenceNode sequence)) {
            report(node, "write a list, such as [a, b]");
            return Optional.empty();
        }
        List<Object> values = new ArrayList<>();
        for (Node item : sequence.getValue()) {
            bind(item, element, variables).ifPresent(values::add);
        }
        return values.size() == sequence.getValue().size() ? Optional.of(List.copyOf(values)) : Optional.empty();
    }

    /** Words by words, which is all that documents have maps for. */
    private Optional<Object> bindMap(Node node) {
        if (!(node instanceof MappingNode mapping)) {
            report(node, "write a mapping, such as {a: b}");
            return Optional.empty();
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (NodeTuple entry : mapping.getValue()) {
            String key = scalarText(entry.getKeyNode());
            if (values.containsKey(key)) {
                report(entry.getKeyNode(), "'" + key + "' is written twice");
            }
            scalar(entry.getValueNode()).ifPresent(value -> values.put(key, value));
        }
        return values.size() == mapping.getValue().size() ? Optional.of(Map.copyOf(values)) : Optional.empty();
    }

    private Optional<Object> bindRecord(Node node, Class<?> type, Map<TypeVariable<?>, Type> variables) {
        if (!(node instanceof MappingNode mapping)) {
            report(
                    node,
                    "write a mapping with "
                            + Arrays.stream(type.getRecordComponents())
                                    .map(c -> c.getName() + ":")
                                    .collect(Collectors.joining(" ")));
            return Optional.empty();
        }
        Fields fields = new Fields(mapping, this);
        RecordComponent[] components = type.getRecordComponents();
        @Nullable Object[] values = new Object[components.length];
        boolean whole = true;
        for (int i = 0; i < components.length; i++) {
            Optional<Object> value = bindComponent(fields, mapping, components[i], variables);
            values[i] = value.orElse(null);
            whole &= value.isPresent();
        }
        if (!fields.allKnown() || !whole) {
            return Optional.empty();
        }
        return call(node, () -> {
            var constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        });
    }

    private Optional<Object> bindComponent(
            Fields fields, MappingNode parent, RecordComponent component, Map<TypeVariable<?>, Type> variables) {
        Type type = component.getGenericType();
        Default byDefault = component.getAnnotation(Default.class);
        if (!mayBeAbsent(component) && byDefault == null) {
            return fields.required(component.getName()).flatMap(node -> bind(node, type, variables));
        }
        Optional<Node> node = fields.optional(component.getName());
        if (node.isPresent()) {
            return bind(node.get(), type, variables);
        }
        if (byDefault == null) {
            return Optional.of(absent(component.getType()));
        }
        Node written = new ScalarNode(
                Tag.STR,
                byDefault.value(),
                parent.getStartMark(),
                parent.getStartMark(),
                DumperOptions.ScalarStyle.PLAIN);
        return bind(written, type, variables);
    }

    static boolean mayBeAbsent(RecordComponent component) {
        Class<?> type = component.getType();
        return type == Optional.class || type == List.class || type == Map.class;
    }

    private static Object absent(Class<?> type) {
        return type == List.class ? List.of() : type == Map.class ? Map.of() : Optional.empty();
    }

    private Optional<String> scalar(Node node) {
        if (node instanceof ScalarNode scalar && !isNothing(node)) {
            return Optional.of(scalar.getValue());
        }
        report(node, "write one word or number here");
        return Optional.empty();
    }

    private Optional<Object> convert(Node node, String text, Class<?> type) {
        if (type == String.class) {
            return Optional.of(text);
        }
        if (type == int.class || type == Integer.class) {
            try {
                return Optional.of(Integer.valueOf(text));
            } catch (NumberFormatException e) {
                report(node, "'" + text + "' is no whole number");
                return Optional.empty();
            }
        }
        if (type == boolean.class) {
            if (!text.equals("true") && !text.equals("false")) {
                report(node, "'" + text + "' is neither true nor false");
                return Optional.empty();
            }
            return Optional.of(Boolean.valueOf(text));
        }
        if (type.isEnum()) {
            List<String> words = new ArrayList<>();
            for (Object constant : type.getEnumConstants()) {
                words.add(Word.of((Enum<?>) constant));
            }
            int index = words.indexOf(text);
            if (index < 0) {
                report(node, "'" + text + "' is not known here" + Suggestion.among(words, text));
                return Optional.empty();
            }
            return Optional.of(type.getEnumConstants()[index]);
        }
        throw new AssertionError("no way to read a " + type);
    }

    static Optional<Method> scalarParser(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(m -> m.getName().equals("parse") && Modifier.isStatic(m.getModifiers()))
                .filter(m -> Arrays.equals(m.getParameterTypes(), new Class<?>[] {String.class}))
                .findFirst();
    }

    static Type resolve(Type type, Map<TypeVariable<?>, Type> variables) {
        return type instanceof TypeVariable<?> variable ? known(variables, variable) : type;
    }

    static Type known(Map<TypeVariable<?>, Type> variables, TypeVariable<?> variable) {
        Type type = variables.get(variable);
        if (type == null) {
            throw new AssertionError("unbound " + variable);
        }
        return type;
    }

    private interface Reflective {
        Object call() throws ReflectiveOperationException;
    }

    private Optional<Object> call(Node node, Reflective reflective) {
        try {
            return Optional.of(reflective.call());
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) {
                report(node, String.valueOf(refused.getMessage()));
                return Optional.empty();
            }
            throw new AssertionError(e);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("a record that cannot be made", e);
        }
    }
}
