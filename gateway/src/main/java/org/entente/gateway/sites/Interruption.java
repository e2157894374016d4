package org.entente.gateway.sites;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Work that is cancelled when something else fails, and fails with that. Reactor's {@code takeUntilOther} alone passes the failure
 * on but lets the work go on, with the connection that it holds.
 */
final class Interruption {
    private Interruption() {}

    /** @param signal fails when the work is to be given up; it must not complete */
    static <T> Mono<T> of(Mono<T> work, Mono<Void> signal) {
        return Mono.defer(() -> {
            AtomicReference<@Nullable Subscription> running = new AtomicReference<>();
            return work.doOnSubscribe(running::set).takeUntilOther(signal.doOnError(why -> stop(running.get())));
        });
    }

    /** @param signal fails when the work is to be given up; it must not complete */
    static <T> Flux<T> of(Flux<T> work, Mono<Void> signal) {
        return Flux.defer(() -> {
            AtomicReference<@Nullable Subscription> running = new AtomicReference<>();
            return work.doOnSubscribe(running::set).takeUntilOther(signal.doOnError(why -> stop(running.get())));
        });
    }

    private static void stop(@Nullable Subscription running) {
        if (running != null) {
            running.cancel();
        }
    }
}
