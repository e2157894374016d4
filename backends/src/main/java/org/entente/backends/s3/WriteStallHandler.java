package org.entente.backends.s3;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.handler.timeout.WriteTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Gives up on a site that takes none of the bytes that wait for it. One that takes them slowly is left alone, and so
 * is one for which there is nothing.
 */
final class WriteStallHandler extends IdleStateHandler {
    /** @param limit how long bytes may wait without one of them being taken */
    WriteStallHandler(Duration limit) {
        super(true, 0, limit.toMillis(), 0, TimeUnit.MILLISECONDS);
    }

    @Override
    protected void channelIdle(ChannelHandlerContext context, IdleStateEvent event) {
        ChannelOutboundBuffer waiting = context.channel().unsafe().outboundBuffer();
        if (waiting != null && waiting.totalPendingWriteBytes() > 0) {
            context.fireExceptionCaught(WriteTimeoutException.INSTANCE);
            ChannelFuture unused = context.close();
        }
    }
}
