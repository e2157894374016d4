package org.entente.policy.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where bytes rest.
 *
 * @param code ISO 3166-1 alpha-2
 */
public record Country(String code) {
    private static final Set<String> KNOWN =
            Arrays.stream(Locale.getISOCountries()).collect(Collectors.toUnmodifiableSet());

    /** @throws IllegalArgumentException when the text is no ISO 3166-1 alpha-2 code */
    public static Country parse(String text) {
        if (!KNOWN.contains(text)) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no country; write an ISO 3166-1 code of two capital letters, such as FR");
        }
        return new Country(text);
    }

    @Override
    public String toString() {
        return code;
    }
}
