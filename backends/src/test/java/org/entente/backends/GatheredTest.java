package org.entente.backends;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class GatheredTest {
    private final List<ByteBuf> parts = List.of(buffer("a"), buffer(""), buffer("bc"), buffer("d"));

    private static ByteBuf buffer(String text) {
        return PooledByteBufAllocator.DEFAULT.buffer().writeBytes(text.getBytes(UTF_8));
    }

    private void allAreReleased() {
        assertThat(parts).allSatisfy(part -> assertThat(part.refCnt()).isZero());
    }

    @Test
    void partsAreOneBufferThatHoldsThemAll() {
        ByteBuf whole = Gathered.of(Flux.fromIterable(parts)).blockOptional().orElseThrow();
        assertThat(whole.toString(UTF_8)).isEqualTo("abcd");
        whole.release();
        allAreReleased();
    }

    @Test
    void onePartIsPassedOnAsItIs() {
        ByteBuf only = parts.getFirst();
        assertThat(Gathered.of(Flux.just(only)).block()).isSameAs(only);
        parts.forEach(ByteBuf::release);
    }

    @Test
    void nothingIsAnEmptyBuffer() {
        assertThat(Gathered.of(Flux.empty()).block())
                .satisfies(whole -> assertThat(whole.isReadable()).isFalse());
        parts.forEach(ByteBuf::release);
    }

    @Test
    void whatBreaksOffIsReleased() {
        StepVerifier.create(Gathered.of(
                        Flux.concat(Flux.fromIterable(parts), Flux.error(new IllegalStateException("broken")))))
                .verifyErrorMessage("broken");
        allAreReleased();
    }

    @Test
    void whatNobodyWaitsForAnyMoreIsReleased() {
        TestPublisher<ByteBuf> body = TestPublisher.create();
        StepVerifier.create(Gathered.of(body.flux()))
                .then(() -> parts.forEach(body::next))
                .thenCancel()
                .verify();
        allAreReleased();
    }
}
