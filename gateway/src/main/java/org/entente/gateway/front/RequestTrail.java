package org.entente.gateway.front;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.entente.backends.Operation;
import org.entente.gateway.audit.AuditLog;
import org.entente.gateway.audit.AuditRecord;
import org.entente.gateway.federation.Plan;
import org.entente.gateway.wire.Addressing.Address;
import org.entente.policy.model.Principal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** What became known of one request on its way, for the audit log. */
final class RequestTrail {
    /** What logs that are read by programs call the request\'s id. */
    static final String ID = "requestId";

    private static final Logger LOG = LoggerFactory.getLogger(RequestTrail.class);
    private static final int FORBIDDEN = 403;

    private final String requestId;
    private final long revision;
    private final AtomicBoolean answered = new AtomicBoolean();
    private volatile String principal = "";
    private volatile Optional<Operation> operation = Optional.empty();
    private volatile String bucket = "";
    private volatile String key = "";
    private volatile Optional<Plan> plan = Optional.empty();
    private volatile List<String> tookPart = List.of();

    RequestTrail(String requestId, long revision) {
        this.requestId = requestId;
        this.revision = revision;
    }

    void asked(Principal who, Operation what) {
        principal = who.name().value();
        operation = Optional.of(what);
    }

    /** Empty until it is known. */
    Optional<Operation> operation() {
        return operation;
    }

    void about(Address where) {
        bucket = where.bucket().orElse("");
        key = where.key().orElse("");
    }

    void planned(Plan decided) {
        plan = Optional.of(decided);
    }

    /** @param sites that took part, where that is known better than it was planned */
    void done(List<String> sites) {
        tookPart = List.copyOf(sites);
    }

    /** Completes when what matters is in the log; an answer to a reader who was let read does not. */
    Mono<Void> answered(int status, String reason, AuditLog audit) {
        answered.set(true);
        boolean writes = writes();
        if (!writes && status != FORBIDDEN) {
            return Mono.empty();
        }
        String event = writes && status < 400 ? "write" : "refusal";
        return audit.write(record(event, status, reason)).onErrorResume(lost -> {
            LOG.atError()
                    .addKeyValue(ID, requestId)
                    .setCause(lost)
                    .log("request {} is missing in the audit log", requestId);
            return Mono.empty();
        });
    }

    /** The client went away before there was an answer: what its write came to is not known here. */
    void abandoned(AuditLog audit) {
        if (writes() && !answered.get()) {
            audit.record(record("write", 0, "the client went away"));
        }
    }

    private List<String> sites() {
        return tookPart.isEmpty()
                ? plan.stream()
                        .flatMap(decided -> decided.permits().stream())
                        .map(permit -> permit.site().name().value())
                        .toList()
                : tookPart;
    }

    private boolean writes() {
        return operation.filter(o -> o.effect() != Operation.Effect.LOOK).isPresent();
    }

    private AuditRecord record(String event, int status, String reason) {
        return new AuditRecord(
                Clock.systemUTC().instant().toString(),
                event,
                requestId,
                principal,
                operation.map(Operation::apiName).orElse(""),
                bucket,
                key,
                "",
                sites(),
                plan.flatMap(Plan::placement)
                        .map(placement -> placement.policy().name().value())
                        .orElse(""),
                revision,
                status,
                reason);
    }
}
