package org.entente.backends.s3;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import reactor.netty.http.HttpDecoderSpec;

/**
 * How many bytes are read and passed on at a time, and how many may wait. Netty's and Reactor's own sizes, 64 KiB and 8 KiB,
 * cost a large body two to three times the processor's time; much larger ones save little more and are held by each transfer
 * under way.
 */
public final class Transfer {
    /** The most bytes of a body that are passed on as one buffer. */
    private static final int LARGEST_CHUNK = 256 << 10;

    private static final int SMALLEST_READ = 2 << 10;
    private static final int FIRST_READ = 8 << 10;

    /**
     * How many buffers of a body a connection takes before the first of them has gone out. Reactor Netty's own number, 128,
     * is meant for small ones: a connection that stalls would hold 32 MiB.
     */
    private static final int BUFFERS_ON_THEIR_WAY = 4;

    static {
        // Read once, when the first body is sent; there is no other way to set it.
        System.setProperty("reactor.netty.send.maxPrefetchSize", String.valueOf(BUFFERS_ON_THEIR_WAY));
    }

    private Transfer() {}

    /** Reads little while little comes, and much while much does. */
    public static RecvByteBufAllocator reads() {
        return new AdaptiveRecvByteBufAllocator(SMALLEST_READ, FIRST_READ, LARGEST_CHUNK);
    }

    /** Netty's own choice, the adaptive one, asks the system for every buffer of this size anew. */
    public static ByteBufAllocator buffers() {
        return PooledByteBufAllocator.DEFAULT;
    }

    /** Has bodies passed on in as large buffers as they were read. */
    // Reactor Netty will drop it together with Netty 4; until then there is no other way.
    @SuppressWarnings("deprecation")
    public static <T extends HttpDecoderSpec<T>> T whole(T decoder) {
        return decoder.maxChunkSize(LARGEST_CHUNK);
    }
}
