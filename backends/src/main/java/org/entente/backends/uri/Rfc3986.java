package org.entente.backends.uri;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HexFormat;

/**
 * Percent-encoding as Signature Version 4 wants it: every byte of UTF-8 but RFC 3986's unreserved characters, with
 * capital hexadecimal digits.
 */
public final class Rfc3986 {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final BitSet UNRESERVED = new BitSet(128);

    static {
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
                .chars()
                .forEach(UNRESERVED::set);
    }

    private Rfc3986() {}

    /** Encodes a name or value of a query. */
    public static String encode(String text) {
        return encode(text, false);
    }

    /** Encodes a key for a path, where slashes stand for themselves. */
    public static String encodePath(String text) {
        return encode(text, true);
    }

    private static String encode(String text, boolean keepSlashes) {
        StringBuilder encoded = new StringBuilder(text.length() + 16);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            append(encoded, b, keepSlashes);
        }
        return encoded.toString();
    }

    private static void append(StringBuilder encoded, byte b, boolean keepSlash) {
        if (b >= 0 && (UNRESERVED.get(b) || (keepSlash && b == '/'))) {
            encoded.append((char) b);
        } else {
            encoded.append('%').append(HEX.toHexDigits(b));
        }
    }

    /**
     * The one way to write a path that is already encoded: what need not be encoded is not, what must be is. A slash
     * and an encoded slash stay what they are.
     *
     * @throws IllegalArgumentException on broken percent-encoding
     */
    public static String normalisePath(String raw) {
        StringBuilder normal = new StringBuilder(raw.length() + 16);
        byte[] bytes = raw.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '%') {
                append(normal, hexByte(raw, i), false);
                i += 2;
            } else {
                append(normal, bytes[i], true);
            }
        }
        return normal.toString();
    }

    /**
     * Undoes the encoding. Characters beyond ASCII are taken for the bytes of a raw request target.
     *
     * @throws IllegalArgumentException on broken percent-encoding, or when the bytes are not UTF-8
     */
    public static String decode(String raw) {
        ByteBuffer bytes = ByteBuffer.allocate(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                bytes.put(hexByte(raw, i));
                i += 2;
            } else {
                bytes.put((byte) c);
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("not UTF-8", e);
        }
    }

    private static byte hexByte(String raw, int percent) {
        if (percent + 2 >= raw.length()) {
            throw new IllegalArgumentException("broken percent-encoding");
        }
        int high = Character.digit(raw.charAt(percent + 1), 16);
        int low = Character.digit(raw.charAt(percent + 2), 16);
        if (high < 0 || low < 0) {
            throw new IllegalArgumentException("broken percent-encoding");
        }
        return (byte) (high << 4 | low);
    }
}
