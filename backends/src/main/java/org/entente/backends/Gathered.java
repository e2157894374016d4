package org.entente.backends;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The buffers of a small body, to go out at once with what stands before it: each system call costs as much as a few KiB do. */
public final class Gathered {
    /** In bytes; what is larger comes in several reads, and is passed on as it comes. */
    public static final int MOST = 16 << 10;

    private ByteBuf whole = Unpooled.EMPTY_BUFFER;

    private Gathered() {}

    /**
     * All of a body as one buffer, none of whose bytes is copied; an empty one where there are none. Whoever reads it must
     * release it.
     */
    public static Mono<ByteBuf> of(Flux<ByteBuf> body) {
        // A type of its own is discarded: a hook for buffers would reach those who made them, too, who release them
        // themselves.
        return body.collect(Gathered::new, Gathered::add)
                .doOnDiscard(Gathered.class, Gathered::release)
                .map(gathered -> gathered.whole);
    }

    private void add(ByteBuf buffer) {
        if (whole instanceof CompositeByteBuf several) {
            several.addComponent(true, buffer);
        } else if (whole.isReadable()) {
            whole = Unpooled.compositeBuffer().addComponents(true, whole, buffer);
        } else {
            whole.release();
            whole = buffer;
        }
    }

    private void release() {
        whole.release();
    }
}
