package org.entente.gateway.front;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.entente.backends.Bytes;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.xml.XmlReader;
import org.entente.gateway.audit.AuditLog;
import org.entente.gateway.config.Snapshot;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.federation.Federation;
import org.entente.gateway.federation.Plan;
import org.entente.gateway.journal.Database;
import org.entente.gateway.replication.JointReads;
import org.entente.gateway.wire.Addressing;
import org.entente.gateway.wire.Addressing.Address;
import org.entente.gateway.wire.ErrorAnswers;
import org.entente.gateway.wire.ForwardedHeaders;
import org.entente.gateway.wire.Operations;
import org.entente.gateway.wire.RequestHead;
import org.entente.gateway.wire.auth.Authenticated;
import org.entente.gateway.wire.auth.SignatureVerifier;
import org.entente.gateway.wire.body.BodyReader;
import org.entente.policy.model.Principal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** One S3 request from its head to its reply: who asks for what, where it may be done, and the doing. */
public final class S3Endpoint {
    private static final Logger LOG = LoggerFactory.getLogger(S3Endpoint.class);
    private static final int MAX_DOCUMENT = 4 << 20;

    private final Supplier<Snapshot> snapshots;
    private final Addressing addressing;
    private final SignatureVerifier verifier;
    private final Federation federation;
    private final AuditLog audit;

    /** @param snapshots gives the one in force */
    public S3Endpoint(
            Supplier<Snapshot> snapshots,
            Addressing addressing,
            SignatureVerifier verifier,
            Federation federation,
            AuditLog audit) {
        this.snapshots = snapshots;
        this.addressing = addressing;
        this.verifier = verifier;
        this.federation = federation;
        this.audit = audit;
    }

    /**
     * Serves a request.
     *
     * @param arriving the body, subscribed only once it is known that it is wanted and where it goes; each buffer is
     *     the subscriber's to release
     * @return always a reply, if need be one that says what went wrong
     */
    public Mono<S3Reply> serve(RequestHead head, Flux<ByteBuf> arriving, String requestId) {
        String method = head.method();
        String resource = head.path();
        return Mono.defer(() -> {
            Snapshot snapshot = snapshots.get();
            RequestTrail trail = new RequestTrail(requestId, snapshot.revision());
            return Mono.defer(() -> answer(snapshot, head, arriving, trail))
                    .flatMap(reply -> ErrorAnswers.ofSite(reply, method, resource, requestId))
                    .delayUntil(reply -> trail.answered(reply.status(), "", audit))
                    .onErrorResume(error -> {
                        S3Refusal refusal = refusal(error, requestId);
                        return trail.answered(refusal.code().status(), refusal.reason(), audit)
                                .then(Mono.fromSupplier(() -> ErrorAnswers.of(refusal, method, resource, requestId)));
                    })
                    .doOnCancel(() -> trail.abandoned(audit));
        });
    }

    private Mono<S3Reply> answer(Snapshot snapshot, RequestHead head, Flux<ByteBuf> arriving, RequestTrail trail) {
        Address address = addressing.address(head);
        trail.about(address);
        Authenticated signer = verifier.verify(head, snapshot::identity);
        RequestHead meant = head.withoutPresigning();
        Operation operation = Operations.resolve(meant, address);
        trail.asked(signer.principal(), operation);
        if (operation.effect() != Operation.Effect.LOOK && !audit.writable()) {
            return Mono.error(Refusals.unaudited());
        }
        S3Request request = new S3Request(
                operation,
                address.bucket().orElse(""),
                address.key(),
                meant.query(),
                ForwardedHeaders.of(meant.headers()),
                S3Body.none());
        S3Body body = operation.payload() == Operation.Payload.NOTHING
                ? S3Body.none()
                : BodyReader.read(signer.payload(), meant.headers(), arriving);
        return federation
                .plan(snapshot.terms(), signer.principal(), request)
                .doOnNext(trail::planned)
                .flatMap(plan -> settled(operation, body)
                        .flatMap(plan.perform())
                        .map(reply -> disclosing(reply, plan, signer.principal(), trail)));
    }

    /** What is small is read and verified whole before anything is done with it. */
    private static Mono<S3Body> settled(Operation operation, S3Body body) {
        if (operation.payload() == Operation.Payload.DOCUMENT) {
            return Bytes.collect(body.content(), MAX_DOCUMENT)
                    .switchIfEmpty(Mono.error(() ->
                            new S3Refusal(S3ErrorCode.ENTITY_TOO_LARGE, "The document is longer than S3 allows.")))
                    .map(S3Endpoint::wellFormed);
        }
        if (body.length() == 0) {
            // Nothing could be held back from the site until the verdict, so the verdict comes first.
            return body.content()
                    .doOnNext(ByteBuf::release)
                    .then(Mono.just(new S3Body(0, Flux.empty(), body.trailer())));
        }
        return Mono.just(body);
    }

    private static S3Body wellFormed(byte[] document) {
        if (document.length == 0) {
            return S3Body.none();
        }
        try {
            XmlReader.read(document);
            return S3Body.of(document);
        } catch (XmlReader.MalformedXml e) {
            throw Refusals.malformedXml();
        }
    }

    /** Who took part is for the audit log, and for those who may know. */
    private static S3Reply disclosing(S3Reply reply, Plan plan, Principal principal, RequestTrail trail) {
        String sites = reply.headers().get(JointReads.SITE);
        if (sites != null) {
            trail.done(List.of(sites.split(", ")));
            reply.headers().remove(JointReads.SITE);
        }
        if (principal.spec().disclose()) {
            String planned = plan.permits().stream()
                    .map(permit -> permit.site().name().value())
                    .collect(Collectors.joining(", "));
            String told = sites == null ? planned : sites;
            if (!told.isEmpty()) {
                reply.headers().set(JointReads.SITE, told);
            }
            plan.placement()
                    .ifPresent(p -> reply.headers()
                            .set("x-entente-policy", p.policy().name().value()));
        }
        return reply;
    }

    private static S3Refusal refusal(Throwable error, String requestId) {
        return switch (error) {
            case S3Refusal refusal -> refusal;
            case ClientGone gone ->
                new S3Refusal(
                        S3ErrorCode.REQUEST_TIMEOUT,
                        "Your socket connection to the server was not read from or written to within the timeout period.");
            case Fault fault -> {
                LOG.warn("request {} failed: {}", requestId, fault.getMessage());
                yield Refusals.of(fault);
            }
            case Database.Unavailable unavailable -> {
                LOG.error("request {} failed", requestId, unavailable);
                yield Refusals.unavailable();
            }
            default -> {
                LOG.error("request {} met a mistake in this program", requestId, error);
                yield new S3Refusal(S3ErrorCode.INTERNAL_ERROR, "We encountered an internal error. Please try again.");
            }
        };
    }
}
