package org.entente.gateway.sites;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Question;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * All requests that are sending an object's bytes to some site at this moment. A request is decided once, by the
 * policies at its entry; the fence in force binds it to its last byte all the same.
 */
public final class WritesUnderWay {
    private record Write(Permit permit, Sinks.Empty<Void> revoked) {}

    private final Set<Write> open = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> alone = new ConcurrentHashMap<>();
    private volatile @Nullable PolicyEngine inForce;

    /** What is done to a bucket of one copy is counted until it is over. */
    Mono<S3Reply> alone(String bucket, Mono<S3Reply> work) {
        return Mono.defer(() -> {
            alone.merge(bucket, 1, Integer::sum);
            return work.doFinally(
                    signal -> alone.computeIfPresent(bucket, (name, many) -> many == 1 ? null : many - 1));
        });
    }

    boolean isWrittenAlone(String bucket) {
        return alone.containsKey(bucket);
    }

    /** Sends a request for as long as the fence in force permits it; then fails with an {@link S3Refusal}. */
    Mono<S3Reply> guard(Permit permit, S3Request request, Function<S3Request, Mono<S3Reply>> send) {
        return Mono.defer(() -> {
            Write write = new Write(permit, Sinks.empty());
            // First it can be seen by those who enforce, then it looks at what is in force: none slips between.
            open.add(write);
            PolicyEngine engine = inForce;
            if (engine != null && forbids(engine, permit)) {
                open.remove(write);
                return Mono.error(revoked(engine, permit));
            }
            S3Request watched = request.with(new S3Body(
                    request.body().length(),
                    Interruption.of(request.body().content(), write.revoked().asMono()),
                    request.body().trailer()));
            return Interruption.of(send.apply(watched), write.revoked().asMono())
                    .doFinally(signal -> open.remove(write));
        });
    }

    /**
     * Makes a fence the one in force, and aborts every write to a site that it forbids. No byte of an object is handed to
     * the network for such a site once this has returned.
     *
     * @return how many were aborted
     */
    public int enforce(PolicyEngine engine) {
        inForce = engine;
        int aborted = 0;
        for (Write write : open) {
            if (forbids(engine, write.permit())) {
                aborted++;
                write.revoked().tryEmitError(revoked(engine, write.permit()));
            }
        }
        return aborted;
    }

    private static boolean forbids(PolicyEngine engine, Permit permit) {
        return !(engine.decide(permit.question()) instanceof Placement placement)
                || !placement.ruling().permits(permit.site().name().value());
    }

    /** Where the bucket as a whole must move elsewhere, what was sent here can be tried again. */
    private static S3Refusal revoked(PolicyEngine engine, Permit permit) {
        Question whole = Question.upkeep(
                Optional.of(permit.question().principal()), permit.bucket(), Optional.empty(), Question.PLAIN);
        boolean elsewhere = engine.decide(whole) instanceof Placement placement
                && placement.ruling().members().isPresent()
                && !placement.ruling().permits(permit.site().name().value());
        String why = "the policies have changed, and do not permit the site "
                + permit.site().name() + " for this any more.";
        return elsewhere
                ? new S3Refusal(S3ErrorCode.SERVICE_UNAVAILABLE, "Please retry: " + why)
                : new S3Refusal(S3ErrorCode.ACCESS_DENIED, "Access Denied: " + why);
    }
}
