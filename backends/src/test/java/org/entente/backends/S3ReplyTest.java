package org.entente.backends;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class S3ReplyTest {
    private final AtomicInteger letGo = new AtomicInteger();
    private final S3Reply reply = new S3Reply(
            200,
            new DefaultHttpHeaders(),
            Flux.<ByteBuf>just(Unpooled.EMPTY_BUFFER).doFinally(end -> letGo.incrementAndGet()));

    @Test
    void whatIsLentAndNotReadIsLetGo() {
        assertThat(reply.lent(lent -> Mono.just("done")).block()).isEqualTo("done");
        assertThat(letGo).hasValue(1);
    }

    @Test
    void evenWhenTheWorkDoesNotBegin() {
        Mono<String> work = reply.lent(lent -> {
            throw new IllegalStateException("no");
        });
        assertThatThrownBy(work::block).hasMessage("no");
        assertThat(letGo).hasValue(1);
    }

    @Test
    void whatHasBeenReadIsNotAskedForAgain() {
        AtomicInteger read = new AtomicInteger();
        S3Reply once = new S3Reply(200, new DefaultHttpHeaders(), Flux.defer(() -> {
            read.incrementAndGet();
            return Flux.empty();
        }));
        once.lent(lent -> lent.body().then()).block();
        assertThat(read).hasValue(1);
    }
}
