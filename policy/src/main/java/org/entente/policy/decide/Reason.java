package org.entente.policy.decide;

import org.entente.policy.model.Position;

/**
 * Why something was decided as it was.
 *
 * @param at the line that decided
 * @param text what it says, for people
 */
public record Reason(Position at, String text) {
    @Override
    public String toString() {
        return text + " (" + at + ")";
    }
}
