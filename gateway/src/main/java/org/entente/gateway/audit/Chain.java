package org.entente.gateway.audit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How lines are bound together. A line is a JSON object that begins with its number and the hash of the line before, and
 * ends with its own hash: SHA-256 of everything before that, so that it can be checked without understanding it.
 */
final class Chain {
    /** What the first line of all names as the one before. */
    static final String BEGINNING = "0".repeat(64);

    private static final Pattern LINE =
            Pattern.compile("(\\{\"seq\":(\\d{1,18}),\"prev\":\"([0-9a-f]{64})\".*),\"hash\":\"([0-9a-f]{64})\"}");

    /** A line that is in itself as it was written. */
    record Link(long number, String previous, String hash, String text) {}

    private Chain() {}

    /** @param fields the rest of the object, from its first comma on, without the closing brace */
    static String line(long number, String previous, String fields) {
        String text = "{\"seq\":" + number + ",\"prev\":\"" + previous + "\"" + fields;
        return text + ",\"hash\":\"" + sha256(text) + "\"}";
    }

    /** Empty when the line is no such line, or not as it was written. */
    static Optional<Link> read(String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches() || !sha256(matcher.group(1)).equals(matcher.group(4))) {
            return Optional.empty();
        }
        return Optional.of(new Link(Long.parseLong(matcher.group(2)), matcher.group(3), matcher.group(4), line));
    }

    static String sha256(String text) {
        return sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
