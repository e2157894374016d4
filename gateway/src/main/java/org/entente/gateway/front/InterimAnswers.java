package org.entente.gateway.front;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;

/**
 * Sends interim answers such as {@code 100 Continue} bare. Where a client asks for its connection to be closed, Reactor Netty
 * says so in them already, and clients then take the answer itself for something that should not be there.
 */
@Sharable
final class InterimAnswers extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        boolean interim = message instanceof HttpResponse response
                && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        // Theirs is shared by all connections, so that it must not be changed.
        // What comes of it, the promise tells.
        var unused = context.write(interim ? bare((HttpResponse) message) : message, promise);
    }

    private static HttpResponse bare(HttpResponse response) {
        return new DefaultFullHttpResponse(response.protocolVersion(), response.status());
    }
}
