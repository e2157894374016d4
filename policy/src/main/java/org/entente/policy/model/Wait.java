package org.entente.policy.model;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long something may take, as documents write it: {@code 300ms}, {@code 2s}, {@code 1m}.
 *
 * @param millis of a second
 */
public record Wait(long millis) {
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,8})(ms|s|m)");

    /** @throws IllegalArgumentException when the text is no such time */
    public static Wait parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no length of time; write such as 300ms, 2s or 1m");
        }
        long number = Long.parseLong(matcher.group(1));
        return new Wait(
                switch (matcher.group(2)) {
                    case "ms" -> number;
                    case "s" -> number * 1000;
                    default -> number * 60_000;
                });
    }

    @Override
    public String toString() {
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
