package org.entente.policy.model;

import java.util.Comparator;

/**
 * Something wrong, or doubtful, at one place of a document.
 *
 * @param severity whether the documents can be used in spite of it
 * @param at where
 * @param message what is wrong and, where it is known, what to write instead
 */
public record Finding(Severity severity, Position at, String message) implements Comparable<Finding> {
    /** Whether a finding stops the documents from being used. */
    public enum Severity {
        ERROR,
        WARNING;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private static final Comparator<Finding> ORDER =
            Comparator.comparing(Finding::at).thenComparing(Finding::severity).thenComparing(Finding::message);

    public static Finding error(Position at, String message) {
        return new Finding(Severity.ERROR, at, message);
    }

    public static Finding warning(Position at, String message) {
        return new Finding(Severity.WARNING, at, message);
    }

    public boolean isError() {
        return severity == Severity.ERROR;
    }

    @Override
    public int compareTo(Finding other) {
        return ORDER.compare(this, other);
    }

    /** One line as compilers print it: {@code file:line:column: error: message}. */
    @Override
    public String toString() {
        return at + ": " + severity + ": " + message;
    }
}
