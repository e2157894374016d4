package org.entente.backends.capability;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.entente.backends.Backend;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlReader;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Tries out what a site can do, in buckets of its own that it removes again: a server that leaves out what it does not know
 * gives no other sign of it.
 */
public final class CapabilityProbe {
    /** What the names of its buckets begin with. */
    public static final String PREFIX = "entente-probe-";

    private static final int MAX_DOCUMENT = 64 << 10;
    private static final String KEY = "k";
    private static final String NO_TAG = "\"00000000000000000000000000000000\"";

    private final String site;
    private final Backend backend;

    public CapabilityProbe(String site, Backend backend) {
        this.site = site;
        this.backend = backend;
    }

    /** All that it can; an error when it cannot be found out. */
    public Mono<Set<Capability>> probe() {
        return Mono.defer(() -> {
            String name = PREFIX
                    + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
            return Mono.usingWhen(made(name).thenReturn(name), plain -> tried(plain), this::removed)
                    .zipWith(locks(name + "-l"), (found, locks) -> {
                        if (locks) {
                            found.add(Capability.OBJECT_LOCK);
                        }
                        return found;
                    });
        });
    }

    private Mono<Void> made(String bucket) {
        return status(S3Request.of(Operation.CREATE_BUCKET, bucket))
                .flatMap(status -> status < 400
                        ? Mono.empty()
                        : Mono.error(new Fault(
                                site, new Fault.Unintelligible(), "lets no bucket be made to try it out: " + status)));
    }

    private Mono<Set<Capability>> tried(String bucket) {
        return status(object(Operation.PUT_OBJECT, bucket).with(content()))
                .thenMany(Flux.concat(
                        when(Capability.CONDITIONAL_PUT, puts(bucket)),
                        when(Capability.OBJECT_TAGGING, tags(bucket)),
                        when(Capability.CONDITIONAL_COMPLETE, completes(bucket)),
                        when(Capability.CONDITIONAL_DELETE, deletes(bucket)),
                        // Last, when nothing is put any more that would have to be removed version by version.
                        status(object(Operation.DELETE_OBJECT, bucket)).then(Mono.empty()),
                        when(Capability.VERSIONING, versions(bucket))))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Capability.class)));
    }

    private static Mono<Capability> when(Capability capability, Mono<Boolean> can) {
        return can.flatMap(does -> does ? Mono.just(capability) : Mono.empty());
    }

    private Mono<Boolean> puts(String bucket) {
        S3Request put = object(Operation.PUT_OBJECT, bucket);
        return status(creating(put).with(content()))
                .flatMap(created -> status(replacingAnother(put).with(content()))
                        .map(replaced -> isRefused(created) && isRefused(replaced)));
    }

    private Mono<Boolean> deletes(String bucket) {
        return status(replacingAnother(object(Operation.DELETE_OBJECT, bucket))).map(CapabilityProbe::isRefused);
    }

    private Mono<Boolean> tags(String bucket) {
        byte[] document = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>".getBytes(UTF_8);
        Query tagging = Query.parse("tagging");
        return status(object(Operation.PUT_OBJECT_TAGGING, bucket).with(tagging).withDocument(document))
                .flatMap(put -> document(
                                object(Operation.GET_OBJECT_TAGGING, bucket).with(tagging))
                        .map(found -> put < 400 && found.contains("<Key>a</Key>")));
    }

    private Mono<Boolean> completes(String bucket) {
        return document(object(Operation.CREATE_MULTIPART_UPLOAD, bucket).with(Query.parse("uploads")))
                .flatMap(begun -> {
                    String id = text(begun, "UploadId");
                    if (id.isEmpty()) {
                        return Mono.just(false);
                    }
                    Query upload = Query.parse("uploadId=" + Rfc3986.encode(id));
                    S3Request part = object(Operation.UPLOAD_PART, bucket)
                            .with(Query.parse("partNumber=1&uploadId=" + Rfc3986.encode(id)));
                    return backend.perform(part.with(content())).flatMap(reply -> {
                        reply.discard();
                        byte[] parts = ("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"
                                        + reply.headers().get(HttpHeaderNames.ETAG, NO_TAG)
                                        + "</ETag></Part></CompleteMultipartUpload>")
                                .getBytes(UTF_8);
                        return status(creating(object(Operation.COMPLETE_MULTIPART_UPLOAD, bucket)
                                        .with(upload)
                                        .with(S3Body.of(parts))))
                                .flatMap(completed -> status(object(Operation.ABORT_MULTIPART_UPLOAD, bucket)
                                                .with(upload))
                                        .thenReturn(isRefused(completed)));
                    });
                });
    }

    private Mono<Boolean> versions(String bucket) {
        Query versioning = Query.parse("versioning");
        byte[] document = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>".getBytes(UTF_8);
        return status(S3Request.of(Operation.PUT_BUCKET_VERSIONING, bucket)
                        .with(versioning)
                        .withDocument(document))
                .flatMap(put -> document(S3Request.of(Operation.GET_BUCKET_VERSIONING, bucket)
                                .with(versioning))
                        .map(found -> put < 400 && text(found, "Status").equals("Enabled")));
    }

    private Mono<Boolean> locks(String bucket) {
        S3Request creation = S3Request.of(Operation.CREATE_BUCKET, bucket)
                .with(new DefaultHttpHeaders().set("x-amz-bucket-object-lock-enabled", "true"));
        return status(creation)
                .flatMap(made -> made >= 400
                        ? Mono.just(false)
                        : document(S3Request.of(Operation.GET_OBJECT_LOCK_CONFIGURATION, bucket)
                                        .with(Query.parse("object-lock")))
                                .map(found -> text(found, "ObjectLockEnabled").equals("Enabled"))
                                .delayUntil(found -> removed(bucket)));
    }

    private Mono<Void> removed(String bucket) {
        return status(S3Request.of(Operation.DELETE_BUCKET, bucket)).then();
    }

    private static S3Request object(Operation operation, String bucket) {
        return S3Request.of(operation, bucket, KEY);
    }

    private static S3Body content() {
        return S3Body.of("x".getBytes(UTF_8));
    }

    private static S3Request creating(S3Request request) {
        return request.with(new DefaultHttpHeaders().set(HttpHeaderNames.IF_NONE_MATCH, "*"));
    }

    private static S3Request replacingAnother(S3Request request) {
        return request.with(new DefaultHttpHeaders().set(HttpHeaderNames.IF_MATCH, NO_TAG));
    }

    /** As a condition that does not hold is answered. */
    private static boolean isRefused(int status) {
        return status == 412 || status == 409;
    }

    private Mono<Integer> status(S3Request request) {
        return backend.perform(request).doOnNext(S3Reply::discard).map(S3Reply::status);
    }

    /** The answer's, or nothing where it is an error. */
    private Mono<String> document(S3Request request) {
        return backend.perform(request)
                .flatMap(reply ->
                        reply.bytes(MAX_DOCUMENT).map(bytes -> reply.succeeded() ? new String(bytes, UTF_8) : ""));
    }

    private static String text(String document, String element) {
        try {
            return document.isEmpty()
                    ? ""
                    : XmlReader.read(document.getBytes(UTF_8)).textOf(element).orElse("");
        } catch (XmlReader.MalformedXml e) {
            return "";
        }
    }
}
