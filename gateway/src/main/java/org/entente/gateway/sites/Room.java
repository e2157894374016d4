package org.entente.gateway.sites;

import org.entente.backends.Backend;
import org.entente.backends.Fault;
import org.entente.backends.S3Reply;
import org.entente.policy.model.Precedence;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * As many requests may be under way to a site or wait for it as there is room for; one more is declined. A part of that room is
 * kept for what is never put off.
 */
public final class Room {
    private Room() {}

    /** Says in whose name requests are sent that are made of what this is written to. */
    public static Context of(Context context, Precedence precedence) {
        return context.put(Precedence.class, precedence);
    }

    /** The same request, unless it would take the place of something more urgent. */
    static Mono<S3Reply> at(String site, Backend backend, Mono<S3Reply> request) {
        return Mono.deferContextual(context -> backend.isCrowded() && !isUrgent(context)
                ? Mono.error(new Fault(site, new Fault.Declined(), "has no room but for what is urgent"))
                : request);
    }

    private static boolean isUrgent(ContextView context) {
        return context.getOrDefault(Precedence.class, Precedence.ROUTINE) == Precedence.FLASH;
    }
}
