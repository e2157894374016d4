package org.entente.gateway.wire.body;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/**
 * A body whose last buffer goes on only when everything about the whole has turned out right. Until then the
 * receiver lacks bytes that it was promised, so nothing can become visible there.
 */
final class VerifiedContent {
    private final long length;
    private final Optional<ChunkDecoder> decoder;
    private final List<Check> checks;
    private long received;

    /** Guarded by this, since a cancellation may come from another thread. */
    private @Nullable ByteBuf held;

    private boolean over;

    /** @param length in bytes, without framing */
    VerifiedContent(long length, Optional<ChunkDecoder> decoder, List<Check> checks) {
        this.length = length;
        this.decoder = decoder;
        this.checks = checks;
    }

    /** To be subscribed once. */
    Flux<ByteBuf> of(Flux<ByteBuf> arriving) {
        return arriving.<ByteBuf>handle(this::next)
                .concatWith(Mono.defer(this::last))
                .doOnDiscard(ByteBuf.class, ByteBuf::release)
                .doFinally(signal -> letGo().ifPresent(ByteBuf::release));
    }

    private void next(ByteBuf arrived, SynchronousSink<ByteBuf> sink) {
        try {
            ByteBuf data = decoder.isPresent() ? decoder.get().decode(arrived) : arrived;
            if (!data.isReadable()) {
                data.release();
                return;
            }
            hold(data, sink);
        } catch (S3Refusal refusal) {
            sink.error(refusal);
        }
    }

    private void hold(ByteBuf data, SynchronousSink<ByteBuf> sink) {
        received += data.readableBytes();
        if (received > length) {
            data.release();
            sink.error(new S3Refusal(S3ErrorCode.INVALID_REQUEST, "The body is longer than was announced."));
            return;
        }
        checks.forEach(check -> check.update(data));
        exchange(data).ifPresent(sink::next);
    }

    /** Holds these bytes and hands out those held before. */
    private synchronized Optional<ByteBuf> exchange(ByteBuf data) {
        if (over) {
            data.release();
            return Optional.empty();
        }
        Optional<ByteBuf> earlier = Optional.ofNullable(held);
        held = data;
        return earlier;
    }

    /** Hands out the last bytes held; from now on nothing is held any more. */
    private synchronized Optional<ByteBuf> letGo() {
        over = true;
        Optional<ByteBuf> last = Optional.ofNullable(held);
        held = null;
        return last;
    }

    private Mono<ByteBuf> last() {
        try {
            decoder.ifPresent(ChunkDecoder::end);
            if (received < length) {
                throw new S3Refusal(
                        S3ErrorCode.INCOMPLETE_BODY,
                        "You did not provide the number of bytes specified by the Content-Length HTTP header.");
            }
            Map<String, String> trailers = decoder.map(ChunkDecoder::trailers).orElse(Map.of());
            checks.forEach(check -> check.close(trailers));
            return Mono.justOrEmpty(letGo());
        } catch (S3Refusal refusal) {
            return Mono.error(refusal);
        }
    }
}
