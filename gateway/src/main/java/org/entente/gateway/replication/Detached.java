package org.entente.gateway.replication;

import java.util.concurrent.atomic.AtomicReference;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** Work that its caller may give up until it has begun to matter, and nobody after that. */
final class Detached {
    private enum State {
        IDLE,
        MATTERS,
        GIVEN_UP
    }

    /** The caller has gone. */
    static final class GivenUp extends RuntimeException {
        GivenUp() {
            super("whoever asked for it has gone", null, false, false);
        }
    }

    private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);

    /** From now on it goes on to its end. */
    void begin() {
        if (state.compareAndExchange(State.IDLE, State.MATTERS) == State.GIVEN_UP) {
            throw new GivenUp();
        }
    }

    /** Whether it will go on to its end. */
    boolean matters() {
        return state.get() == State.MATTERS;
    }

    /** Ends it, so that it can begin to matter no more; false when it has begun to. */
    boolean over() {
        return state.compareAndExchange(State.IDLE, State.GIVEN_UP) != State.MATTERS;
    }

    <T> Mono<T> run(Mono<T> work) {
        return Mono.create(sink -> {
            Disposable running =
                    work.subscribe(sink::success, sink::error, sink::success, Context.of(sink.contextView()));
            sink.onCancel(() -> {
                if (state.compareAndSet(State.IDLE, State.GIVEN_UP)) {
                    running.dispose();
                }
            });
        });
    }
}
