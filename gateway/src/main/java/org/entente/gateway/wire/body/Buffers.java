package org.entente.gateway.wire.body;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Looking at a buffer's bytes without copying or consuming them. */
final class Buffers {
    private Buffers() {}

    static void forEach(ByteBuf buffer, Consumer<ByteBuffer> look) {
        if (buffer.nioBufferCount() == 1) {
            look.accept(buffer.internalNioBuffer(buffer.readerIndex(), buffer.readableBytes()));
        } else {
            for (ByteBuffer part : buffer.nioBuffers()) {
                look.accept(part);
            }
        }
    }
}
