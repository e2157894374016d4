package org.entente.policy.decide;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.entente.policy.model.Glob;
import org.jspecify.annotations.Nullable;

/**
 * Which rules may speak of a bucket, found by how their patterns begin or, where they begin with a wildcard, end: by
 * the length of the bucket's name, not by the number of rules.
 */
final class PatternIndex {
    private static final class Node {
        final Map<Character, Node> next = new HashMap<>();
        final BitSet rules = new BitSet();
    }

    private final Node beginnings = new Node();
    private final Node ends = new Node();

    PatternIndex(List<Rule> rules) {
        for (int i = 0; i < rules.size(); i++) {
            for (Glob pattern : rules.get(i).buckets()) {
                boolean open = pattern.prefix().isEmpty();
                String fixed =
                        open ? new StringBuilder(pattern.suffix()).reverse().toString() : pattern.prefix();
                Node node = open ? ends : beginnings;
                for (int c = 0; c < fixed.length(); c++) {
                    node = node.next.computeIfAbsent(fixed.charAt(c), letter -> new Node());
                }
                node.rules.set(i);
            }
        }
    }

    /** The numbers of the rules worth asking about a bucket, in their order. */
    BitSet candidates(String bucket) {
        BitSet found = new BitSet();
        @Nullable Node node = beginnings;
        for (int i = 0; node != null; i++) {
            found.or(node.rules);
            node = i < bucket.length() ? node.next.get(bucket.charAt(i)) : null;
        }
        node = ends;
        for (int i = bucket.length() - 1; node != null; i--) {
            found.or(node.rules);
            node = i >= 0 ? node.next.get(bucket.charAt(i)) : null;
        }
        return found;
    }
}
