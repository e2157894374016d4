package org.entente.policy.model;

/**
 * A value and the place where it was written.
 *
 * @param value what was written
 * @param at where
 */
public record Located<T>(T value, Position at) {
    @Override
    public String toString() {
        return String.valueOf(value);
    }
}
