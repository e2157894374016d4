package org.entente.policy.model;

import java.util.regex.Pattern;

/**
 * A level of confidentiality: what an object is labelled, what a site is accredited for, what a principal may see.
 * Which level is above which is said by {@link Levels}.
 *
 * @param word lower-case letters, digits and hyphens
 */
public record Level(String word) {
    private static final Pattern WORD = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    /** @throws IllegalArgumentException when the text does not look like a level */
    public static Level parse(String text) {
        if (!WORD.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no level; write lower-case letters, digits and hyphens, such as restricted");
        }
        return new Level(text);
    }

    @Override
    public String toString() {
        return word;
    }
}
