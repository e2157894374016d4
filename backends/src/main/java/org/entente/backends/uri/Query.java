package org.entente.backends.uri;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The parameters of a request in their order, decoded.
 *
 * @param parameters names may repeat
 */
public record Query(List<Parameter> parameters) {
    private static final Query NONE = new Query(List.of());

    /** @param value empty for a bare name, as S3's subresources have it */
    public record Parameter(String name, String value) {}

    public Query {
        parameters = List.copyOf(parameters);
    }

    public static Query none() {
        return NONE;
    }

    /** Reads pairs: {@code Query.of("list-type", "2", "prefix", "a/")}. */
    public static Query of(String... namesAndValues) {
        List<Parameter> parameters = new ArrayList<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            parameters.add(new Parameter(namesAndValues[i], namesAndValues[i + 1]));
        }
        return new Query(parameters);
    }

    /**
     * Reads what stands behind the {@code ?} of a request target.
     *
     * @throws IllegalArgumentException on broken percent-encoding or bytes that are not UTF-8
     */
    public static Query parse(String raw) {
        if (raw.isEmpty()) {
            return NONE;
        }
        List<Parameter> parameters = new ArrayList<>();
        for (String part : raw.split("&", -1)) {
            if (!part.isEmpty()) {
                int equals = part.indexOf('=');
                String name = equals < 0 ? part : part.substring(0, equals);
                String value = equals < 0 ? "" : part.substring(equals + 1);
                parameters.add(new Parameter(decode(name), decode(value)));
            }
        }
        return new Query(parameters);
    }

    private static String decode(String text) {
        // S3 reads a plus sign in a query as HTML forms write it: a space.
        return Rfc3986.decode(text.replace('+', ' '));
    }

    public boolean has(String name) {
        return first(name).isPresent();
    }

    public Optional<String> first(String name) {
        for (Parameter parameter : parameters) {
            if (parameter.name().equals(name)) {
                return Optional.of(parameter.value());
            }
        }
        return Optional.empty();
    }

    /** With one more behind the others. */
    public Query with(String name, String value) {
        List<Parameter> more = new ArrayList<>(parameters);
        more.add(new Parameter(name, value));
        return new Query(more);
    }

    public Query without(Predicate<String> names) {
        return new Query(parameters.stream().filter(p -> !names.test(p.name())).toList());
    }

    /** As it goes on the wire, every name with its equals sign, which is also how signatures see it. */
    public String encoded() {
        return parameters.stream()
                .map(p -> Rfc3986.encode(p.name()) + "=" + Rfc3986.encode(p.value()))
                .collect(Collectors.joining("&"));
    }
}
