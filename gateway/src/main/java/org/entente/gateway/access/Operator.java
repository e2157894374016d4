package org.entente.gateway.access;

import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntPredicate;

/**
 * How a condition compares what it finds with what was written.
 *
 * @param negated whether it holds where the comparison does not
 * @param test made of what was written; an {@link IllegalArgumentException} where that cannot be read
 */
record Operator(boolean negated, Function<String, Test> test) {
    /** One comparison. */
    interface Test {
        boolean accepts(String found);

        /** Whether it holds where there is nothing to compare. */
        default boolean acceptsNothing() {
            return false;
        }
    }

    private static final Map<String, Operator> ALL = Map.ofEntries(
            is("StringEquals", written -> written::equals),
            not("StringNotEquals", written -> written::equals),
            is("StringEqualsIgnoreCase", written -> written::equalsIgnoreCase),
            not("StringNotEqualsIgnoreCase", written -> written::equalsIgnoreCase),
            is("StringLike", written -> Wildcard.of(written, true)::matches),
            not("StringNotLike", written -> Wildcard.of(written, true)::matches),
            is("ArnEquals", written -> Wildcard.of(written, true)::matches),
            not("ArnNotEquals", written -> Wildcard.of(written, true)::matches),
            is("ArnLike", written -> Wildcard.of(written, true)::matches),
            not("ArnNotLike", written -> Wildcard.of(written, true)::matches),
            is("NumericEquals", number(sign -> sign == 0)),
            not("NumericNotEquals", number(sign -> sign == 0)),
            is("NumericLessThan", number(sign -> sign < 0)),
            is("NumericLessThanEquals", number(sign -> sign <= 0)),
            is("NumericGreaterThan", number(sign -> sign > 0)),
            is("NumericGreaterThanEquals", number(sign -> sign >= 0)),
            is("DateEquals", date(sign -> sign == 0)),
            not("DateNotEquals", date(sign -> sign == 0)),
            is("DateLessThan", date(sign -> sign < 0)),
            is("DateLessThanEquals", date(sign -> sign <= 0)),
            is("DateGreaterThan", date(sign -> sign > 0)),
            is("DateGreaterThanEquals", date(sign -> sign >= 0)),
            is("Bool", Operator::bool),
            is("IpAddress", Operator::addresses),
            not("NotIpAddress", Operator::addresses),
            is("Null", Operator::absent));

    /** Empty when there is none of that name. */
    static Optional<Operator> named(String name) {
        return Optional.ofNullable(ALL.get(name));
    }

    private static Map.Entry<String, Operator> is(String name, Function<String, Test> test) {
        return Map.entry(name, new Operator(false, test));
    }

    private static Map.Entry<String, Operator> not(String name, Function<String, Test> test) {
        return Map.entry(name, new Operator(true, test));
    }

    private static Function<String, Test> number(IntPredicate sign) {
        return written -> {
            BigDecimal than = new BigDecimal(written);
            return found -> {
                try {
                    return sign.test(new BigDecimal(found).compareTo(than));
                } catch (NumberFormatException e) {
                    return false;
                }
            };
        };
    }

    private static Function<String, Test> date(IntPredicate sign) {
        return written -> {
            Instant than = instant(written);
            return found -> sign.test(instant(found).compareTo(than));
        };
    }

    /** As ISO 8601 has it, or in seconds since 1970-01-01 UTC. */
    private static Instant instant(String text) {
        try {
            if (text.matches("\\d{1,11}")) {
                return Instant.ofEpochSecond(Long.parseLong(text));
            }
            return text.length() == 10
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("'" + text + "' is no date", e);
        }
    }

    private static Test bool(String written) {
        String word = written.toLowerCase(Locale.ROOT);
        if (!word.equals("true") && !word.equals("false")) {
            throw new IllegalArgumentException("'" + written + "' is neither true nor false");
        }
        return word::equalsIgnoreCase;
    }

    private static Test absent(String written) {
        boolean nothing = bool(written).accepts("true");
        return new Test() {
            @Override
            public boolean accepts(String found) {
                return !nothing;
            }

            @Override
            public boolean acceptsNothing() {
                return nothing;
            }
        };
    }

    /** A range of addresses such as {@code 192.0.2.0/24}, or one. */
    private static Test addresses(String written) {
        int slash = written.indexOf('/');
        byte[] first = address(slash < 0 ? written : written.substring(0, slash));
        int bits = slash < 0 ? first.length * 8 : Integer.parseInt(written.substring(slash + 1));
        if (bits < 0 || bits > first.length * 8) {
            throw new IllegalArgumentException("'" + written + "' is no range of addresses");
        }
        return found -> {
            byte[] other = address(found);
            return other.length == first.length && commonBits(first, other) >= bits;
        };
    }

    private static int commonBits(byte[] a, byte[] b) {
        int differs = Arrays.mismatch(a, b);
        return differs < 0
                ? a.length * 8
                : differs * 8 + Integer.numberOfLeadingZeros((a[differs] ^ b[differs]) & 0xff) - 24;
    }

    private static byte[] address(String text) {
        // Never a name, for which somebody would be asked.
        if (!text.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
            throw new IllegalArgumentException("'" + text + "' is no address");
        }
        try {
            return InetAddress.getByName(text).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("'" + text + "' is no address", e);
        }
    }
}
