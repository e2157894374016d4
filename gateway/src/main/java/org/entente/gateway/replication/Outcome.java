package org.entente.gateway.replication;

import org.entente.backends.Fault;
import org.entente.backends.S3Reply;

/** What a write came to at one site. */
sealed interface Outcome {

    /** It has taken effect. */
    record Applied(S3Reply reply) implements Outcome {}

    /** The site said no: it has not taken effect. */
    record Refused(S3Reply reply) implements Outcome {}

    /** It has not taken effect, and will not. */
    record Missed(Throwable why) implements Outcome {}

    /** It may have taken effect, or may still. */
    record Unknown(Throwable why) implements Outcome {}

    /** @param handedOver whether the site has been given all of the request, so that it might have acted on it */
    static Outcome of(S3Reply reply, boolean handedOver) {
        if (reply.succeeded()) {
            return new Applied(reply);
        }
        if (reply.status() < 500 || reply.status() == 501) {
            return new Refused(reply);
        }
        reply.discard();
        IllegalStateException why = new IllegalStateException("it answered " + reply.status());
        return handedOver ? new Unknown(why) : new Missed(why);
    }

    /** @param handedOver whether the site has been given all of the request, so that it might have acted on it */
    static Outcome of(Throwable error, boolean handedOver) {
        boolean never = error instanceof Fault fault && !fault.reason().mayHaveBeenApplied();
        return never || !handedOver ? new Missed(error) : new Unknown(error);
    }
}
