package org.entente.policy.model;

import java.util.List;

/**
 * The levels of confidentiality in force.
 *
 * @param order lowest first; at least one
 */
public record Levels(List<Level> order) {
    /** What holds when no document says otherwise. */
    public static final Levels DEFAULT = of("unclassified", "restricted", "confidential", "secret", "top-secret");

    public Levels {
        order = List.copyOf(order);
        if (order.isEmpty()) {
            throw new IllegalArgumentException("there is at least one level");
        }
    }

    public static Levels of(String... words) {
        return new Levels(List.of(words).stream().map(Level::parse).toList());
    }

    public Level lowest() {
        return order.getFirst();
    }

    public boolean knows(Level level) {
        return order.contains(level);
    }

    /** The place in the order, 0 for the lowest; what is not known is above all. */
    public int rank(Level level) {
        int rank = order.indexOf(level);
        return rank < 0 ? order.size() : rank;
    }

    /** Whether somebody or something cleared to one level may hold what is labelled with the other. */
    public boolean covers(Level cleared, Level label) {
        return rank(label) < order.size() && rank(cleared) < order.size() && rank(cleared) >= rank(label);
    }
}
