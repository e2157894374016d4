package org.entente.gateway.federation;

import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** Which buckets there are. Each method fails with {@link Unavailable} when that cannot be known at present. */
public interface Catalogue {
    /** The record of buckets cannot be read or written. */
    final class Unavailable extends RuntimeException {
        public Unavailable(Throwable cause) {
            super("the catalogue of buckets cannot be reached", cause);
        }
    }

    Mono<Optional<Bucket>> find(String name);

    /** All of them, by name. */
    Mono<List<Bucket>> all();

    /** Records a bucket durably; false when one of its name exists already, which then stays as it is. */
    Mono<Boolean> add(Bucket bucket);

    /** Forgets a bucket durably, if it was there. */
    Mono<Void> remove(String name);
}
