package org.entente.policy.region;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.entente.policy.model.Glob;

/**
 * All the ways in which texts of a kind can fit or not fit some patterns, each with a shortest text that does so: the
 * reachable states of the patterns' automata run side by side.
 *
 * @param examples by the numbers of the patterns that fit
 * @param complete whether there were few enough to look at all of them
 */
record Classes(List<Glob> patterns, Map<BitSet, String> examples, boolean complete) {
    /** Steps of single automata: seconds of work at most, and far more than any alliance's policies need. */
    private static final long MOST_STEPS = 4_000_000;

    private static final String SPARE_LETTERS = "xyzabcdefghijklmnopqrstuvw0123456789";

    /** What kind of text is looked for. */
    enum Kind {
        /** As Amazon's rules for general purpose buckets have it, but for names that look like addresses. */
        BUCKET {
            @Override
            boolean mayContinue(String text, char next) {
                boolean letter = isLetterOrDigit(next);
                return text.length() < 63
                        && (letter || next == '-' || next == '.')
                        && (letter || !text.isEmpty())
                        && !(next == '.' && text.endsWith("."));
            }

            @Override
            boolean isWhole(String text) {
                return text.length() >= 3 && isLetterOrDigit(text.charAt(text.length() - 1));
            }

            @Override
            String memory(String text) {
                return Math.min(text.length(), 3) + (text.isEmpty() ? "" : text.substring(text.length() - 1));
            }
        },
        KEY {
            @Override
            boolean mayContinue(String text, char next) {
                return text.length() < 1024;
            }

            @Override
            boolean isWhole(String text) {
                return !text.isEmpty();
            }

            @Override
            String memory(String text) {
                return text.isEmpty() ? "" : "+";
            }
        };

        private static boolean isLetterOrDigit(char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        }

        abstract boolean mayContinue(String text, char next);

        abstract boolean isWhole(String text);

        /** What of a text matters to how it may go on. */
        abstract String memory(String text);
    }

    /** Where the automata that still run are, and what else matters to how the text may go on. */
    private record State(Map<Integer, BitSet> running, String memory) {}

    private record Reached(State state, String text) {}

    static Classes of(Collection<Glob> distinct, Kind kind) {
        List<Glob> patterns = List.copyOf(distinct);
        List<Character> alphabet = alphabet(patterns, kind);
        Map<BitSet, String> examples = new LinkedHashMap<>();
        Map<Integer, BitSet> start = new TreeMap<>();
        for (int i = 0; i < patterns.size(); i++) {
            start.put(i, patterns.get(i).start());
        }
        State first = new State(start, kind.memory(""));
        Set<State> seen = new HashSet<>(Set.of(first));
        ArrayDeque<Reached> open = new ArrayDeque<>(List.of(new Reached(first, "")));
        long steps = 0;
        while (!open.isEmpty() && steps < MOST_STEPS) {
            Reached reached = open.remove();
            if (kind.isWhole(reached.text())) {
                examples.putIfAbsent(accepted(patterns, reached.state()), reached.text());
            }
            for (char letter : alphabet) {
                if (kind.mayContinue(reached.text(), letter)) {
                    steps += 1 + reached.state().running().size();
                    String text = reached.text() + letter;
                    State next = new State(step(patterns, reached.state(), letter), kind.memory(text));
                    if (seen.add(next)) {
                        open.add(new Reached(next, text));
                    }
                }
            }
        }
        return new Classes(patterns, examples, open.isEmpty());
    }

    /** A letter that stands for all that no pattern names comes first, so that examples show what is free in them. */
    private static List<Character> alphabet(List<Glob> patterns, Kind kind) {
        Set<Character> named = new TreeSet<>();
        patterns.forEach(pattern -> named.addAll(pattern.letters()));
        List<Character> alphabet = new ArrayList<>();
        SPARE_LETTERS
                .chars()
                .mapToObj(c -> (char) c)
                .filter(c -> !named.contains(c))
                .findFirst()
                .ifPresent(alphabet::add);
        if (kind == Kind.KEY) {
            named.add('/');
        }
        alphabet.addAll(named);
        return alphabet;
    }

    private static Map<Integer, BitSet> step(List<Glob> patterns, State state, char letter) {
        Map<Integer, BitSet> next = new TreeMap<>();
        state.running().forEach((number, states) -> {
            BitSet after = patterns.get(number).step(states, letter);
            if (!after.isEmpty()) {
                next.put(number, after);
            }
        });
        return next;
    }

    private static BitSet accepted(List<Glob> patterns, State state) {
        BitSet accepted = new BitSet(patterns.size());
        state.running()
                .forEach((number, states) ->
                        accepted.set(number, patterns.get(number).accepts(states)));
        return accepted;
    }

    /** The patterns that fit, without those that fit whenever another of them does: what people would call the class. */
    List<Glob> narrowest(BitSet fitting) {
        List<Glob> narrowest = new ArrayList<>();
        for (int i = fitting.nextSetBit(0); i >= 0; i = fitting.nextSetBit(i + 1)) {
            int wide = i;
            boolean implied = fitting.stream()
                    .filter(narrow -> narrow != wide && fitsWhenever(wide, narrow))
                    .anyMatch(narrow -> !fitsWhenever(narrow, wide) || narrow < wide);
            if (!implied) {
                narrowest.add(patterns.get(i));
            }
        }
        return narrowest;
    }

    private boolean fitsWhenever(int wide, int narrow) {
        return examples.keySet().stream().allMatch(c -> !c.get(narrow) || c.get(wide));
    }
}
