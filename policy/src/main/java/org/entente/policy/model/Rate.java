package org.entente.policy.model;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much may flow, as documents write it: {@code 500kB/s}, {@code 20MB/s}, {@code 1GB/s}.
 *
 * @param bytesPerSecond at least 1
 */
public record Rate(long bytesPerSecond) {
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,8})(kB|MB|GB)/s");
    private static final Map<String, Long> UNITS = Map.of("kB", 1000L, "MB", 1_000_000L, "GB", 1_000_000_000L);

    /** @throws IllegalArgumentException when the text is no such rate */
    public static Rate parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no rate; write such as 500kB/s, 20MB/s or 1GB/s");
        }
        return new Rate(Long.parseLong(matcher.group(1)) * UNITS.getOrDefault(matcher.group(2), 1L));
    }

    @Override
    public String toString() {
        return bytesPerSecond + "B/s";
    }
}
