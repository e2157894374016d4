package org.entente.policy.model;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Whose law can compel a site's operator: a country's, or a union's that countries lie in.
 *
 * @param code a country's ISO 3166-1 code, or {@code EU}
 */
public record Jurisdiction(String code) {
    private static final Pattern CODE = Pattern.compile("[A-Z]{2,8}");
    private static final String EUROPEAN_UNION = "EU";

    /** Treaty on European Union, article 52, as in force since 2020. */
    private static final Set<String> MEMBERS_OF_THE_UNION = Set.of(
            "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU",
            "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE");

    /** @throws IllegalArgumentException when the text does not look like a jurisdiction's code */
    public static Jurisdiction parse(String text) {
        if (!CODE.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no jurisdiction; write a country's code or a union's, such as FR, US or EU");
        }
        return new Jurisdiction(text);
    }

    /** Whether this is the other one, or lies in it: DE lies in EU. */
    public boolean within(Jurisdiction other) {
        return equals(other) || (other.code.equals(EUROPEAN_UNION) && MEMBERS_OF_THE_UNION.contains(code));
    }

    @Override
    public String toString() {
        return code;
    }
}
