package org.entente.gateway.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.metrics.Meters;
import org.entente.gateway.metrics.Traces;
import org.entente.policy.model.Precedence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EarlyRefusalsTest {
    private static final Map<String, Precedence> KNOWN = Map.of("URGENT", Precedence.FLASH);

    private final Shedding shedding = new Shedding();
    private final EmbeddedChannel channel = new EmbeddedChannel(new EarlyRefusals(
            shedding,
            key -> KNOWN.getOrDefault(key, Precedence.ROUTINE),
            new Meters(new SimpleMeterRegistry(), Traces.off())));

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    /** After this all that is routine is put off. */
    private void surge() {
        while (shedding.share(Precedence.ROUTINE) > 0) {
            try {
                shedding.admit(Precedence.ROUTINE);
            } catch (S3Refusal already) {
                // Some of it is before.
            }
            shedding.observed(Duration.ofSeconds(1));
        }
    }

    private static HttpRequest request(String target, String accessKey) {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target);
        if (!accessKey.isEmpty()) {
            request.headers()
                    .set(
                            HttpHeaderNames.AUTHORIZATION,
                            "AWS4-HMAC-SHA256 Credential=" + accessKey + "/20261125/us-east-1/s3/aws4_request, ...");
        }
        return request;
    }

    /** Whether the request goes on to be served. */
    private boolean goesOn(HttpRequest request) {
        channel.writeInbound(request, LastHttpContent.EMPTY_LAST_CONTENT);
        Object first = channel.readInbound();
        Object second = channel.readInbound();
        assertThat(second == null).isEqualTo(first == null);
        return first != null;
    }

    private void answered() {
        channel.writeOutbound(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
        channel.<FullHttpResponse>readOutbound().release();
    }

    @Test
    void whoIsPutOffIsToldSoAndMayAskAgainByTheSameConnection() {
        surge();
        assertThat(goesOn(request("/bucket/key", "SOMEBODY"))).isFalse();
        FullHttpResponse told = channel.readOutbound();
        assertThat(told.status()).isEqualTo(HttpResponseStatus.SERVICE_UNAVAILABLE);
        assertThat(told.headers().get(HttpHeaderNames.RETRY_AFTER)).isEqualTo("1");
        assertThat(told.content().toString(StandardCharsets.UTF_8)).contains("<Code>SlowDown</Code>");
        assertThat(told.headers().get("x-amz-request-id")).hasSize(16);
        told.release();
        assertThat(channel.isOpen()).isTrue();
        for (int i = 0; i < 100; i++) {
            shedding.observed(Duration.ZERO);
        }
        assertThat(goesOn(request("/bucket/key", "SOMEBODY"))).isTrue();
    }

    @Test
    void theUrgentGoOnHoweverTheySign() {
        surge();
        HttpRequest signed = request("/bucket/key", "URGENT");
        assertThat(goesOn(signed)).isTrue();
        assertThat(EarlyRefusals.letIn(signed.headers())).isTrue();
        answered();
        assertThat(goesOn(request("/bucket/key?X-Amz-Credential=URGENT%2F20261125%2Fus-east-1", "")))
                .isTrue();
        answered();
        assertThat(goesOn(request("/bucket/key", ""))).as("nobody").isFalse();
    }

    @Test
    void whatIsWhereOthersAreUnderWayIsJudgedLater() {
        HttpRequest first = request("/bucket/key", "SOMEBODY");
        assertThat(goesOn(first)).isTrue();
        surge();
        HttpRequest second = request("/bucket/key", "SOMEBODY");
        assertThat(goesOn(second))
                .as("its answer would come before that of the first")
                .isTrue();
        assertThat(EarlyRefusals.letIn(second.headers())).isFalse();
        answered();
        answered();
        assertThat(goesOn(request("/bucket/key", "SOMEBODY"))).isFalse();
    }

    @Test
    void anInterimAnswerEndsNothing() {
        HttpRequest upload = request("/bucket/key", "SOMEBODY");
        upload.headers().set(HttpHeaderNames.CONTENT_LENGTH, 5);
        surge();
        channel.writeInbound(upload);
        assertThat(channel.<Object>readInbound())
                .as("what has a body is judged later")
                .isSameAs(upload);
        ByteBuf none = Unpooled.EMPTY_BUFFER;
        channel.writeOutbound(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, none));
        assertThat(channel.<Object>readOutbound()).isNotNull();
        channel.writeInbound(LastHttpContent.EMPTY_LAST_CONTENT);
        assertThat(channel.<Object>readInbound()).isNotNull();
        assertThat(goesOn(request("/bucket/key", "SOMEBODY"))).isTrue();
    }

    @Test
    void nobodyLetsThemselvesIn() {
        HttpRequest request = request("/bucket/key", "SOMEBODY");
        request.headers().set("entente-judged", "");
        assertThat(goesOn(request)).isTrue();
        assertThat(EarlyRefusals.letIn(request.headers())).isFalse();
    }
}
