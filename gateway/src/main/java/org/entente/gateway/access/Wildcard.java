package org.entente.gateway.access;

import java.util.regex.Pattern;

/** A pattern as policies of buckets have them: {@code *} stands for any text, {@code ?} for any one character. */
record Wildcard(Pattern pattern) {
    static Wildcard of(String text, boolean caseMatters) {
        StringBuilder regex = new StringBuilder();
        text.codePoints()
                .forEach(c -> regex.append(
                        switch (c) {
                            case '*' -> ".*";
                            case '?' -> ".";
                            default -> Pattern.quote(Character.toString(c));
                        }));
        int flags = Pattern.DOTALL | (caseMatters ? 0 : Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
        return new Wildcard(Pattern.compile(regex.toString(), flags));
    }

    boolean matches(String text) {
        return pattern.matcher(text).matches();
    }
}
