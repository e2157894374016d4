package org.entente.policy.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A pattern of bucket names or keys: {@code ?} is one character, {@code *} any number of them, neither crossing a
 * {@code /}; {@code **} is any number of characters, slashes included. Everything else stands for itself.
 *
 * <p>Matching takes time proportional to the pattern's length times the text's, whatever both look like.
 */
public final class Glob {
    private static final int MAX_LENGTH = 1024;

    private enum Kind {
        LITERAL,
        ONE,
        MANY,
        EVERYTHING;

        boolean repeats() {
            return this == MANY || this == EVERYTHING;
        }
    }

    private record Token(Kind kind, char literal) {
        boolean accepts(char c) {
            return switch (kind) {
                case LITERAL -> c == literal;
                case ONE, MANY -> c != '/';
                case EVERYTHING -> true;
            };
        }

        /** Whether some character is accepted by both. */
        boolean meets(Token other) {
            if (kind == Kind.LITERAL) {
                return other.accepts(literal);
            }
            return other.kind != Kind.LITERAL || accepts(other.literal);
        }
    }

    private final String text;
    private final List<Token> tokens;
    private final String prefix;

    private Glob(String text, List<Token> tokens) {
        this.text = text;
        this.tokens = List.copyOf(tokens);
        StringBuilder literals = new StringBuilder();
        tokens.stream().takeWhile(t -> t.kind() == Kind.LITERAL).forEach(t -> literals.append(t.literal()));
        this.prefix = literals.toString();
    }

    /** @throws IllegalArgumentException when the text is empty or longer than any key */
    public static Glob parse(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("a pattern has 1 to " + MAX_LENGTH + " characters");
        }
        List<Token> tokens = new ArrayList<>();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '*') {
                int stars = i;
                while (i + 1 < text.length() && text.charAt(i + 1) == '*') {
                    i++;
                }
                tokens.add(new Token(i > stars ? Kind.EVERYTHING : Kind.MANY, c));
            } else {
                tokens.add(new Token(c == '?' ? Kind.ONE : Kind.LITERAL, c));
            }
        }
        return new Glob(text, tokens);
    }

    /** The characters that every text that fits begins with. */
    public String prefix() {
        return prefix;
    }

    /** The characters that every text that fits ends with. */
    public String suffix() {
        int start = tokens.size();
        while (start > 0 && tokens.get(start - 1).kind() == Kind.LITERAL) {
            start--;
        }
        return text.substring(text.length() - (tokens.size() - start));
    }

    /** Whether one text alone fits. */
    public boolean isLiteral() {
        return prefix.length() == tokens.size();
    }

    /** Whether the whole text fits the pattern. */
    public boolean matches(String candidate) {
        if (!candidate.startsWith(prefix)) {
            return false;
        }
        if (isLiteral()) {
            return candidate.length() == prefix.length();
        }
        if (prefix.length() + 1 == tokens.size() && tokens.getLast().kind().repeats()) {
            return tokens.getLast().kind() == Kind.EVERYTHING || candidate.indexOf('/', prefix.length()) < 0;
        }
        BitSet states = start();
        for (int i = 0; i < candidate.length() && !states.isEmpty(); i++) {
            states = step(states, candidate.charAt(i));
        }
        return accepts(states);
    }

    /** The states of the pattern's automaton before the first character: how many of its tokens have been gone through. */
    public BitSet start() {
        BitSet states = new BitSet(tokens.size() + 1);
        reach(states, 0);
        return states;
    }

    /** The states after one more character; none when no text that continues so fits. */
    public BitSet step(BitSet states, char c) {
        BitSet next = new BitSet(tokens.size() + 1);
        for (int s = states.nextSetBit(0); s >= 0 && s < tokens.size(); s = states.nextSetBit(s + 1)) {
            Token token = tokens.get(s);
            if (token.accepts(c)) {
                reach(next, token.kind().repeats() ? s : s + 1);
            }
        }
        return next;
    }

    /** Whether what was read so far fits. */
    public boolean accepts(BitSet states) {
        return states.get(tokens.size());
    }

    /** The characters that the pattern tells from others. */
    public Set<Character> letters() {
        return tokens.stream()
                .filter(t -> t.kind() == Kind.LITERAL)
                .map(Token::literal)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Marks a state and those behind it that can be had for nothing. */
    private void reach(BitSet states, int state) {
        int s = state;
        states.set(s);
        while (s < tokens.size() && tokens.get(s).kind().repeats()) {
            states.set(++s);
        }
    }

    /** Whether some text fits both patterns. */
    public boolean overlaps(Glob other) {
        int width = other.tokens.size() + 1;
        BitSet seen = new BitSet();
        ArrayDeque<Integer> open = new ArrayDeque<>();
        open.add(0);
        while (!open.isEmpty()) {
            int pair = open.remove();
            if (seen.get(pair)) {
                continue;
            }
            seen.set(pair);
            int mine = pair / width;
            int theirs = pair % width;
            boolean atMyEnd = mine == tokens.size();
            boolean atTheirEnd = theirs == other.tokens.size();
            if (atMyEnd && atTheirEnd) {
                return true;
            }
            boolean iRepeat = !atMyEnd && tokens.get(mine).kind().repeats();
            boolean theyRepeat = !atTheirEnd && other.tokens.get(theirs).kind().repeats();
            if (iRepeat) {
                open.add((mine + 1) * width + theirs);
            }
            if (theyRepeat) {
                open.add(mine * width + theirs + 1);
            }
            if (!atMyEnd && !atTheirEnd && tokens.get(mine).meets(other.tokens.get(theirs))) {
                open.add((iRepeat ? mine : mine + 1) * width + (theyRepeat ? theirs : theirs + 1));
            }
        }
        return false;
    }

    /** How much the pattern says: its characters that stand for themselves, and one more when all of them do. */
    public int specificity() {
        long literals = tokens.stream().filter(t -> t.kind() == Kind.LITERAL).count();
        return (int) (literals == tokens.size() ? literals + 1 : literals);
    }

    /** Whether every text fits. */
    public boolean matchesEverything() {
        return tokens.size() == 1 && tokens.getFirst().kind() == Kind.EVERYTHING;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Glob other && text.equals(other.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
