package org.entente.gateway.wire.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;

/**
 * Takes the framing {@code aws-chunked} off a body: {@code size[;chunk-signature=...] CRLF data CRLF}, ended by a
 * chunk of no data, a trailer where one was announced, and an empty line.
 *
 * <p>Keeps at most one line in memory. Not for use by two threads at once.
 */
final class ChunkDecoder {
    private static final int MAX_LINE = 1024;
    private static final int MAX_TRAILERS = 8;
    private static final int MAX_SIZE_DIGITS = 12;
    private static final String SIGNATURE = "chunk-signature=";

    private enum State {
        SIZE,
        DATA,
        END_OF_DATA,
        TRAILER,
        DONE
    }

    private final ChunkSeal seal;
    private final StringBuilder line = new StringBuilder(128);
    private final Map<String, String> trailers = new LinkedHashMap<>();
    private State state = State.SIZE;
    private long remaining;
    private String signature = "";

    ChunkDecoder(ChunkSeal seal) {
        this.seal = seal;
    }

    /**
     * The data in what arrived, perhaps none.
     *
     * @param framed released by this method; the result is the caller's to release
     */
    ByteBuf decode(ByteBuf framed) {
        CompositeByteBuf data = Unpooled.compositeBuffer();
        try {
            while (framed.isReadable()) {
                step(framed, data);
            }
            return data;
        } catch (RuntimeException e) {
            data.release();
            throw e;
        } finally {
            framed.release();
        }
    }

    private void step(ByteBuf framed, CompositeByteBuf data) {
        switch (state) {
            case SIZE -> {
                if (readLine(framed)) {
                    beginChunk(takeLine());
                }
            }
            case DATA -> {
                int length = (int) Math.min(remaining, framed.readableBytes());
                ByteBuf slice = framed.readRetainedSlice(length);
                seal.update(slice);
                data.addComponent(true, slice);
                remaining -= length;
                if (remaining == 0) {
                    state = State.END_OF_DATA;
                }
            }
            case END_OF_DATA -> {
                if (readLine(framed)) {
                    if (!takeLine().isEmpty()) {
                        throw broken("a chunk is longer than it says");
                    }
                    seal.closeChunk(signature);
                    state = State.SIZE;
                }
            }
            case TRAILER -> {
                if (readLine(framed)) {
                    trailer(takeLine());
                }
            }
            case DONE -> throw broken("there is more behind its end");
        }
    }

    private void beginChunk(String header) {
        int semicolon = header.indexOf(';');
        String size = (semicolon < 0 ? header : header.substring(0, semicolon)).strip();
        signature =
                semicolon < 0 ? "" : signature(header.substring(semicolon + 1).strip());
        if (size.isEmpty() || size.length() > MAX_SIZE_DIGITS || !size.chars().allMatch(HexFormat::isHexDigit)) {
            throw broken("a chunk's size is no hexadecimal number");
        }
        remaining = HexFormat.fromHexDigitsToLong(size);
        if (remaining > 0) {
            state = State.DATA;
        } else {
            seal.closeChunk(signature);
            state = State.TRAILER;
        }
    }

    private static String signature(String extension) {
        if (!extension.startsWith(SIGNATURE)) {
            throw broken("a chunk has an extension that is no signature");
        }
        return extension.substring(SIGNATURE.length());
    }

    private void trailer(String text) {
        if (text.isEmpty()) {
            seal.closeTrailer(trailers);
            state = State.DONE;
            return;
        }
        int colon = text.indexOf(':');
        boolean wellFormed = colon > 0 && trailers.size() < MAX_TRAILERS;
        String name = wellFormed ? text.substring(0, colon).strip().toLowerCase(Locale.ROOT) : "";
        if (!wellFormed || trailers.put(name, text.substring(colon + 1).strip()) != null) {
            throw new S3Refusal(S3ErrorCode.MALFORMED_TRAILER, "The trailer is not well-formed.");
        }
    }

    /** What stood behind the data; complete once {@link #end} has been called. */
    Map<String, String> trailers() {
        return trailers;
    }

    /** To be called when nothing more arrives. */
    void end() {
        if (state == State.TRAILER && line.isEmpty()) {
            // Some clients leave out the last empty line.
            trailer("");
        }
        if (state != State.DONE) {
            throw new S3Refusal(S3ErrorCode.INCOMPLETE_BODY, "The chunked body ends before its last chunk.");
        }
    }

    private boolean readLine(ByteBuf framed) {
        int newline = framed.bytesBefore((byte) '\n');
        int length = newline < 0 ? framed.readableBytes() : newline;
        if (line.length() + length > MAX_LINE) {
            throw broken("a line of it is too long");
        }
        line.append(framed.readCharSequence(length, StandardCharsets.ISO_8859_1));
        if (newline < 0) {
            return false;
        }
        framed.skipBytes(1);
        return true;
    }

    private String takeLine() {
        String text = line.toString();
        line.setLength(0);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    private static S3Refusal broken(String how) {
        return new S3Refusal(S3ErrorCode.INVALID_REQUEST, "The body is not well-formed aws-chunked: " + how + ".");
    }
}
