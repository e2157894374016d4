package org.entente.backends.memory;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Some consecutive bytes, by RFC 9110, section 14.
 *
 * @param end the last byte's place
 */
record ByteRange(int start, int end) {
    private static final Pattern SYNTAX = Pattern.compile("bytes=(\\d{0,9})-(\\d{0,9})");

    /** The range meant by a header; empty when it is none of ours to follow. */
    static Optional<ByteRange> parse(String header, int length) {
        Matcher matcher = SYNTAX.matcher(header);
        if (!matcher.matches() || matcher.group().equals("bytes=-")) {
            return Optional.empty();
        }
        if (matcher.group(1).isEmpty()) {
            int suffix = Integer.parseInt(matcher.group(2));
            return Optional.of(new ByteRange(suffix == 0 ? length : Math.max(0, length - suffix), length - 1));
        }
        int start = Integer.parseInt(matcher.group(1));
        int end = matcher.group(2).isEmpty() ? length - 1 : Integer.parseInt(matcher.group(2));
        return end < start && !matcher.group(2).isEmpty()
                ? Optional.empty()
                : Optional.of(new ByteRange(start, Math.min(end, length - 1)));
    }

    boolean satisfiable(int length) {
        return start < length;
    }
}
