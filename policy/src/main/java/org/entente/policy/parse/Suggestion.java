package org.entente.policy.parse;

import java.util.Collection;
import java.util.Comparator;
import java.util.stream.Collectors;

/** What the author of a misspelt word may have meant. */
public final class Suggestion {
    private static final int FARTHEST = 3;

    private Suggestion() {}

    /** A clause to end a message with: the nearest known word if one is near, else all of them. */
    public static String among(Collection<String> known, String written) {
        return known.stream()
                .min(Comparator.<String>comparingInt(k -> distance(k, written)).thenComparing(k -> k))
                .filter(k -> distance(k, written) <= Math.min(FARTHEST, k.length() / 2))
                .map(k -> "; did you mean '" + k + "'?")
                .orElseGet(() -> known.isEmpty()
                        ? ""
                        : "; known: " + known.stream().sorted().collect(Collectors.joining(", ")));
    }

    /** Levenshtein's distance, letter case apart. */
    private static int distance(String a, String b) {
        if (Math.abs(a.length() - b.length()) > FARTHEST) {
            return FARTHEST + 1;
        }
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                boolean same = Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1));
                int replaced = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
