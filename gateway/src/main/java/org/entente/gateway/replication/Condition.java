package org.entente.gateway.replication;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.journal.Claim;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.replication.Replication.Task;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code If-Match} and {@code If-None-Match} of writes, asked of a site that has the object while its key is claimed. */
final class Condition {
    private Condition() {}

    /** Completes when a write may go on; else fails with the refusal that S3 has for it. */
    static Mono<Void> of(Task task, HttpHeaders headers, Claim claim) {
        Optional<String> match = Optional.ofNullable(headers.get(HttpHeaderNames.IF_MATCH));
        Optional<String> noneMatch = Optional.ofNullable(headers.get(HttpHeaderNames.IF_NONE_MATCH));
        if (match.isEmpty() && noneMatch.isEmpty()) {
            return Mono.empty();
        }
        return current(task, claim).flatMap(look -> {
            Optional<String> etag =
                    look instanceof Look.Holds holds ? Optional.of(holds.head().get("etag", "")) : Optional.empty();
            if (match.isPresent() && etag.isEmpty()) {
                return Mono.error(new S3Refusal(S3ErrorCode.NO_SUCH_KEY, "The specified key does not exist."));
            }
            boolean holds = match.map(wanted -> matches(wanted, etag)).orElse(true)
                    && noneMatch.map(avoided -> !matches(avoided, etag)).orElse(true);
            return holds
                    ? Mono.empty()
                    : Mono.error(new S3Refusal(
                            S3ErrorCode.PRECONDITION_FAILED,
                            "At least one of the pre-conditions you specified did not hold"));
        });
    }

    private static boolean matches(String condition, Optional<String> etag) {
        return etag.filter(tag -> condition.equals("*") || bare(condition).equals(bare(tag)))
                .isPresent();
    }

    private static String bare(String etag) {
        return etag.replace("\"", "");
    }

    /** No site's word is to be taken: whoever shows what it should is right. */
    private static Mono<Look> suspected(Task task, Known known) {
        return Flux.fromIterable(known.owed())
                .flatMap(site -> Mono.justOrEmpty(task.placement().retrievingFrom(site)))
                .concatMap(permit -> Look.at(task.terms().sites(), permit), 1)
                .filter(look -> look instanceof Look.Holds holds
                        && Look.shown(holds.head()).equals(known.generation()))
                .next()
                .switchIfEmpty(Mono.error(Refusals::unavailable));
    }

    private static Mono<Look> current(Task task, Claim claim) {
        if (claim.before() instanceof Known known && !known.exists()) {
            return Mono.just(new Look.Absent());
        }
        Set<String> holders = claim.before() instanceof Known known
                ? known.holders()
                : new TreeSet<>(task.home().holding());
        if (claim.before() instanceof Known known && holders.isEmpty()) {
            return suspected(task, known);
        }
        return Flux.fromIterable(holders)
                .flatMap(site -> Mono.justOrEmpty(task.placement().retrievingFrom(site)))
                .concatMap(permit -> Look.at(task.terms().sites(), permit), 1)
                .filter(look -> !(look instanceof Look.Silent))
                .next()
                .switchIfEmpty(Mono.error(Refusals::unavailable));
    }
}
