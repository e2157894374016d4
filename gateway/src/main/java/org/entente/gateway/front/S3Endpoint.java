package org.entente.gateway.front;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.entente.backends.Bytes;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.backends.xml.XmlReader;
import org.entente.gateway.access.Requester;
import org.entente.gateway.audit.AuditLog;
import org.entente.gateway.config.Snapshot;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.federation.CrossOrigin;
import org.entente.gateway.federation.Federation;
import org.entente.gateway.federation.Plan;
import org.entente.gateway.journal.Database;
import org.entente.gateway.metrics.Meters;
import org.entente.gateway.metrics.Traces;
import org.entente.gateway.replication.JointReads;
import org.entente.gateway.sites.Room;
import org.entente.gateway.wire.Addressing;
import org.entente.gateway.wire.Addressing.Address;
import org.entente.gateway.wire.ErrorAnswers;
import org.entente.gateway.wire.ForwardedHeaders;
import org.entente.gateway.wire.Operations;
import org.entente.gateway.wire.RequestHead;
import org.entente.gateway.wire.auth.Authenticated;
import org.entente.gateway.wire.auth.Payload;
import org.entente.gateway.wire.auth.SignatureVerifier;
import org.entente.gateway.wire.body.BodyReader;
import org.entente.gateway.wire.form.Form;
import org.entente.gateway.wire.form.FormAnswer;
import org.entente.gateway.wire.form.FormSignature;
import org.entente.gateway.wire.form.Permission;
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
    private final Shedding shedding;
    private final Federation federation;
    private final CrossOrigin crossOrigin;
    private final AuditLog audit;
    private final Meters meters;
    private final Traces traces;
    private final Clock clock;
    private final FormReader forms = new FormReader();

    /** @param snapshots gives the one in force */
    public S3Endpoint(
            Supplier<Snapshot> snapshots,
            Addressing addressing,
            SignatureVerifier verifier,
            Shedding shedding,
            Federation federation,
            CrossOrigin crossOrigin,
            AuditLog audit,
            Meters meters,
            Traces traces,
            Clock clock) {
        this.snapshots = snapshots;
        this.addressing = addressing;
        this.verifier = verifier;
        this.shedding = shedding;
        this.federation = federation;
        this.crossOrigin = crossOrigin;
        this.audit = audit;
        this.meters = meters;
        this.traces = traces;
        this.clock = clock;
    }

    /**
     * Serves a request.
     *
     * @param from the other end of the connection
     * @param arriving the body, subscribed only once it is known that it is wanted and where it goes; each buffer is
     *     the subscriber's to release
     * @return always a reply, if need be one that says what went wrong
     */
    public Mono<S3Reply> serve(RequestHead head, Optional<InetAddress> from, Flux<ByteBuf> arriving, String requestId) {
        String method = head.method();
        String resource = head.path();
        return Mono.defer(() -> {
            long start = System.nanoTime();
            Snapshot snapshot = snapshots.get();
            RequestTrail trail = new RequestTrail(requestId, snapshot.revision());
            Mono<S3Reply> work = Mono.defer(() -> answer(snapshot, head, from, meters.received(arriving), trail))
                    .flatMap(reply -> ErrorAnswers.ofSite(reply, method, resource, requestId))
                    .delayUntil(reply -> trail.answered(reply.status(), "", audit))
                    .onErrorResume(error -> {
                        S3Refusal refusal = refusal(error, requestId);
                        meters.refused(refusal.code().code());
                        return trail.answered(refusal.code().status(), refusal.reason(), audit)
                                .then(Mono.fromSupplier(() -> ErrorAnswers.of(refusal, method, resource, requestId)));
                    })
                    .flatMap(reply -> crossOrigin.marked(bucket(head), method, head.headers(), reply))
                    .map(reply -> meters.answered(trail.operation(), reply, System.nanoTime() - start))
                    .doOnCancel(() -> trail.abandoned(audit));
            return traces.request(requestId, trail::operation, work);
        });
    }

    private Optional<String> bucket(RequestHead head) {
        try {
            return addressing.address(head).bucket();
        } catch (S3Refusal unreadable) {
            return Optional.empty();
        }
    }

    private Mono<S3Reply> answer(
            Snapshot snapshot,
            RequestHead head,
            Optional<InetAddress> from,
            Flux<ByteBuf> arriving,
            RequestTrail trail) {
        boolean letIn = EarlyRefusals.letIn(head.headers());
        Address address = addressing.address(head);
        if (head.method().equals("OPTIONS")) {
            return crossOrigin.preflight(address.bucket(), head.headers());
        }
        trail.about(address);
        boolean form = head.method().equals("POST") && address.key().isEmpty() && FormReader.isForm(head.headers());
        if (form && address.bucket().isPresent()) {
            return posted(snapshot, head, address.bucket().get(), from, arriving, trail);
        }
        Authenticated signer = verifier.verify(head, snapshot::identity);
        if (!letIn) {
            shedding.admit(signer.principal().spec().precedence());
        }
        RequestHead meant = head.withoutPresigning();
        Operation operation = Operations.resolve(meant, address);
        S3Request request = new S3Request(
                operation,
                address.bucket().orElse(""),
                address.key(),
                asked(meant.query()),
                ForwardedHeaders.of(meant.headers()),
                S3Body.none());
        Requester requester = new Requester(signer.principal(), from, meant.headers());
        return performed(
                snapshot,
                requester,
                request,
                () -> operation.payload() == Operation.Payload.NOTHING
                        ? S3Body.none()
                        : BodyReader.read(signer.payload(), meant.headers(), arriving),
                trail);
    }

    /** Some presigners name no version by an empty name, which sites would not know. */
    private static Query asked(Query query) {
        return query.first("versionId").filter(String::isEmpty).isPresent()
                ? query.without("versionId"::equals)
                : query;
    }

    /** An upload by HTML form is a PutObject that is told in another way. */
    private Mono<S3Reply> posted(
            Snapshot snapshot,
            RequestHead head,
            String bucket,
            Optional<InetAddress> from,
            Flux<ByteBuf> arriving,
            RequestTrail trail) {
        Mono<FormReader.Received> received = forms.read(head.headers(), arriving, form -> {
            Permission permission = FormSignature.verify(form, bucket, clock.instant(), snapshot::identity);
            shedding.admit(permission.principal().spec().precedence());
            HttpHeaders headers = form.headers(0);
            // What would be refused is refused before anything of the file is taken.
            return federation
                    .plan(
                            snapshot.terms(),
                            new Requester(permission.principal(), from, headers),
                            put(bucket, form, headers))
                    .thenReturn(permission);
        });
        return Mono.usingWhen(
                received,
                there -> {
                    Form form = there.form();
                    trail.about(new Address(Optional.of(bucket), Optional.of(form.key())));
                    HttpHeaders headers = form.headers(there.length());
                    S3Request request = put(bucket, form, headers);
                    return performed(
                                    snapshot,
                                    new Requester(there.permission().principal(), from, headers),
                                    request,
                                    () -> BodyReader.read(new Payload.Unsigned(), headers, there.content()),
                                    trail)
                            .map(stored -> FormAnswer.of(form, bucket, head.host(), stored));
                },
                FormReader.Received::release);
    }

    private static S3Request put(String bucket, Form form, HttpHeaders headers) {
        return S3Request.of(Operation.PUT_OBJECT, bucket, form.key()).with(ForwardedHeaders.of(headers));
    }

    private Mono<S3Reply> performed(
            Snapshot snapshot, Requester requester, S3Request request, Supplier<S3Body> arriving, RequestTrail trail) {
        Operation operation = request.operation();
        trail.asked(requester.principal(), operation);
        if (operation.effect() != Operation.Effect.LOOK && !audit.writable()) {
            return Mono.error(Refusals.unaudited());
        }
        S3Body body = arriving.get();
        return federation
                .plan(snapshot.terms(), requester, request)
                .doOnNext(trail::planned)
                .flatMap(plan -> settled(operation, body)
                        .flatMap(plan.perform())
                        .map(reply -> disclosing(reply, plan, requester.principal(), trail)))
                .contextWrite(
                        context -> Room.of(context, requester.principal().spec().precedence()));
    }

    /** What is small is read and verified whole before anything is done with it. */
    private static Mono<S3Body> settled(Operation operation, S3Body body) {
        Operation.Payload payload = operation.payload();
        if (payload == Operation.Payload.DOCUMENT || payload == Operation.Payload.JSON) {
            return Bytes.collect(body.content(), MAX_DOCUMENT)
                    .switchIfEmpty(Mono.error(() ->
                            new S3Refusal(S3ErrorCode.ENTITY_TOO_LARGE, "The document is longer than S3 allows.")))
                    .map(document -> payload == Operation.Payload.JSON ? S3Body.of(document) : wellFormed(document));
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
                LOG.atWarn()
                        .addKeyValue(RequestTrail.ID, requestId)
                        .log("request {} failed: {}", requestId, fault.getMessage());
                yield Refusals.of(fault);
            }
            case Database.Unavailable unavailable -> {
                LOG.atError()
                        .addKeyValue(RequestTrail.ID, requestId)
                        .setCause(unavailable)
                        .log("request {} failed", requestId);
                yield Refusals.unavailable();
            }
            default -> {
                LOG.atError()
                        .addKeyValue(RequestTrail.ID, requestId)
                        .setCause(error)
                        .log("request {} met a mistake in this program", requestId);
                yield new S3Refusal(S3ErrorCode.INTERNAL_ERROR, "We encountered an internal error. Please try again.");
            }
        };
    }
}
