package org.entente.gateway.front;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.entente.gateway.wire.RequestHead;

/**
 * Keeps a request's target and host as they came, out of the framework's sight: it would refuse some, and rewrite
 * others, before any code of ours could look. To everything in between, each request is one for {@code /}.
 */
@Sharable
final class RawTarget extends ChannelInboundHandlerAdapter {
    private static final String TARGET = "entente-raw-target";
    private static final String HOST = "entente-raw-host";

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request) {
            hide(request);
        }
        context.fireChannelRead(message);
    }

    private static void hide(HttpRequest request) {
        HttpHeaders headers = request.headers();
        headers.set(TARGET, veil(request.uri()));
        headers.set(
                HOST,
                headers.getAll(HttpHeaderNames.HOST).stream()
                        .map(RawTarget::veil)
                        .toList());
        headers.set(HttpHeaderNames.HOST, "entente");
        request.setUri("/");
    }

    /** Brings back what was hidden, and with it the request as the client sent it. */
    static RequestHead restore(String method, HttpHeaders headers) {
        String target = unveil(headers.get(TARGET, ""));
        List<String> hosts =
                headers.getAll(HOST).stream().map(RawTarget::unveil).toList();
        headers.remove(TARGET).remove(HOST).set(HttpHeaderNames.HOST, hosts);
        return RequestHead.of(method, target, hosts, headers);
    }

    /** In a form that any header may have, whatever bytes it is made of. */
    private static String veil(String raw) {
        return Base64.getEncoder().encodeToString(raw.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String unveil(String veiled) {
        return new String(Base64.getDecoder().decode(veiled), StandardCharsets.ISO_8859_1);
    }
}
