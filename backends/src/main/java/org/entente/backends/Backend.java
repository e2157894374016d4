package org.entente.backends;

import reactor.core.publisher.Mono;

/** One site. Everything that stands between it and its callers (breakers, limits, metrics) is a backend too. */
@FunctionalInterface
public interface Backend {
    /**
     * Performs one request.
     *
     * <p>The reply comes with the head of the answer; its body streams at the reader's pace. An answer of the site's
     * own, errors included, is a reply. The request's body is subscribed at most once.
     *
     * <p>After a failure: where the request's body itself failed, or this is cancelled before the reply, the site was
     * cut off before the body's end and nothing has become visible there.
     *
     * @return the reply, or a {@link Fault} when the site could not be had or did not answer; an error of the
     *     request's body is passed on as it is
     */
    Mono<S3Reply> perform(S3Request request);

    /** Whether so many requests wait to be sent that what room there still is should be left to the most urgent. */
    default boolean isCrowded() {
        return false;
    }
}
