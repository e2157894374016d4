package org.entente.gateway.front;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.entente.backends.xml.ErrorDocument;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.metrics.Meters;
import org.entente.policy.model.Precedence;

/**
 * Puts off in a surge what can be put off, as soon as its head is read: told so in the ordinary way, those who have to slow down
 * would still take most of what there is. Whose request it is, is believed before it is proved; who only says that it is urgent
 * is found out right after.
 *
 * <p>What has a body, and what comes before the last request of its connection was answered, goes on to be judged where it is
 * served.
 */
final class EarlyRefusals extends ChannelDuplexHandler {
    private static final String JUDGED = "entente-judged";
    private static final String SIGNED = "Credential=";
    private static final String PRESIGNED = "X-Amz-Credential=";
    private static final String RETRY_AFTER_SECONDS = "1";

    private final Shedding shedding;
    private final Function<String, Precedence> precedences;
    private final Meters meters;
    private int underWay;
    private boolean refusing;

    /** @param precedences of who has an access key; of nobody's, too */
    EarlyRefusals(Shedding shedding, Function<String, Precedence> precedences, Meters meters) {
        this.shedding = shedding;
        this.precedences = precedences;
        this.meters = meters;
    }

    /** Whether a request was let in here; forgets it, too. */
    static boolean letIn(HttpHeaders headers) {
        boolean judged = headers.contains(JUDGED);
        headers.remove(JUDGED);
        return judged;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request) {
            request.headers().remove(JUDGED);
            if (shedding.level() > 0 && underWay == 0 && !hasBody(request)) {
                try {
                    shedding.admit(precedences.apply(accessKey(request)));
                    request.headers().set(JUDGED, "");
                } catch (S3Refusal refusal) {
                    refuse(context, request, refusal);
                }
            }
            underWay += refusing ? 0 : 1;
        }
        if (!refusing) {
            context.fireChannelRead(message);
            return;
        }
        boolean last = message instanceof LastHttpContent;
        ReferenceCountUtil.release(message);
        if (last) {
            refusing = false;
            context.read();
        }
    }

    private static boolean hasBody(HttpRequest request) {
        String length = request.headers().get(HttpHeaderNames.CONTENT_LENGTH);
        return HttpUtil.isTransferEncodingChunked(request) || (length != null && !length.equals("0"));
    }

    /** Empty where none is said. */
    private static String accessKey(HttpRequest request) {
        String signed = request.headers().get(HttpHeaderNames.AUTHORIZATION);
        String text = signed == null ? request.uri() : signed;
        String before = signed == null ? PRESIGNED : SIGNED;
        int start = text.indexOf(before);
        if (start < 0) {
            return "";
        }
        int end = start + before.length();
        while (end < text.length() && text.charAt(end) != '/' && text.charAt(end) != '%') {
            end++;
        }
        return text.substring(start + before.length(), end);
    }

    private void refuse(ChannelHandlerContext context, HttpRequest request, S3Refusal refusal) {
        refusing = true;
        S3ErrorCode code = refusal.code();
        meters.refused(code.code());
        String id = HexFormat.of()
                .withUpperCase()
                .toHexDigits(ThreadLocalRandom.current().nextLong());
        byte[] document = new ErrorDocument(code.code(), refusal.explanation()).bytes("/", id);
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(code.status()), Unpooled.wrappedBuffer(document));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/xml")
                .set(HttpHeaderNames.CONTENT_LENGTH, document.length)
                .set(HttpHeaderNames.RETRY_AFTER, RETRY_AFTER_SECONDS)
                .set("x-amz-request-id", id);
        boolean stays = HttpUtil.isKeepAlive(request);
        HttpUtil.setKeepAlive(response, stays);
        context.writeAndFlush(response)
                .addListener(stays ? ChannelFutureListener.CLOSE_ON_FAILURE : ChannelFutureListener.CLOSE);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        boolean interim = message instanceof HttpResponse response
                && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        if (message instanceof LastHttpContent && !interim) {
            underWay--;
        }
        // What comes of it, the promise tells.
        var unused = context.write(message, promise);
    }
}
