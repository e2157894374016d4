package org.entente.gateway.access;

import java.util.List;
import org.entente.gateway.access.Operator.Test;

/**
 * What must be so for a statement to speak.
 *
 * @param key in lower case
 * @param negated whether none of the values may fit
 * @param ifExists whether it holds where a request has nothing of the kind
 * @param values what was written, one of which is enough
 */
record Condition(String key, Quantifier quantifier, boolean negated, boolean ifExists, List<Test> values) {
    /** Of a key that may have several values, how many must fit. */
    enum Quantifier {
        /** It has one at most. */
        NONE,
        ALL,
        ANY
    }

    boolean holds(Ask.Circumstances circumstances) {
        List<String> found = circumstances.of(key);
        if (found.isEmpty()) {
            // What is not there is not equal to anything; and of nothing, all of it fits.
            return values.stream().anyMatch(Test::acceptsNothing)
                    || ifExists
                    || quantifier == Quantifier.ALL
                    || (negated && quantifier == Quantifier.NONE);
        }
        return quantifier == Quantifier.ALL
                ? found.stream().allMatch(this::fits)
                : found.stream().anyMatch(this::fits);
    }

    private boolean fits(String found) {
        return values.stream().anyMatch(test -> test.accepts(found)) != negated;
    }
}
