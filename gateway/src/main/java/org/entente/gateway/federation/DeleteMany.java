package org.entente.gateway.federation;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.entente.backends.Bytes;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.xml.ErrorDocument;
import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlReader.Element;
import org.entente.backends.xml.XmlWriter;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.replication.Replication;
import org.entente.gateway.replication.Terms;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** DeleteObjects: each key is decided by itself; those that are refused get their error in the answer. */
record DeleteMany(Rules rules, S3Request request, Removal removal) {
    private static final int MAX_DOCUMENT = 4 << 20;
    private static final int MAX_KEYS = 1000;
    private static final int AT_ONCE = 32;
    private static final String BYPASS = "x-amz-bypass-governance-retention";

    /** Removes what may be removed, and says what came of it. */
    private interface Removal {
        Mono<S3Reply> of(DeleteMany deletion, Sorted sorted);
    }

    private record Sorted(List<Element> permitted, List<String> refused, boolean quiet) {}

    static Mono<Plan> plan(Rules rules, Terms terms, Replication replication, S3Request request, Mono<Bucket> target) {
        Placement placement = rules.place(request.operation(), request.bucket());
        return target.map(bucket -> {
            if (bucket.replicated()) {
                Removal removal = (deletion, sorted) ->
                        deletion.eachByItself(sorted, one -> deletion.removed(terms, replication, bucket, one));
                return new Plan(
                        Optional.of(placement),
                        bucket.home().wanted().stream()
                                .flatMap(site -> placement.retrievingFrom(site).stream())
                                .toList(),
                        new DeleteMany(rules, request, removal)::perform);
            }
            Permit permit = rules.permit(placement, request.operation(), bucket);
            Removal removal = (deletion, sorted) -> terms.sites()
                    .performAlone(permit, deletion.requestFor(sorted))
                    .flatMap(reply -> merged(reply, sorted));
            return new Plan(Optional.of(placement), List.of(permit), new DeleteMany(rules, request, removal)::perform);
        });
    }

    /** One of those to be deleted, or one of its versions. */
    private record One(String key, Optional<String> version) {
        static One of(Element object) {
            return new One(
                    object.textOf("Key").orElseThrow(),
                    object.textOf("VersionId").filter(id -> !id.isEmpty()));
        }
    }

    private Mono<S3Reply> removed(Terms terms, Replication replication, Bucket bucket, One one) {
        Placement placement =
                rules.place(Operation.DELETE_OBJECT, request.bucket(), Optional.of(one.key()), Optional.empty());
        HttpHeaders headers = new DefaultHttpHeaders();
        Optional.ofNullable(request.headers().get(BYPASS)).ifPresent(value -> headers.set(BYPASS, value));
        S3Request single = S3Request.of(Operation.DELETE_OBJECT, request.bucket(), one.key())
                .with(headers);
        Replication.Task task = new Replication.Task(terms, bucket, placement, single);
        return one.version().map(id -> replication.purge(task, id)).orElseGet(() -> replication.remove(task));
    }

    /** What came of one: what S3 says of it, or the code and the message of its failure. */
    private sealed interface Ended {
        record Deleted(One one, HttpHeaders said) implements Ended {}

        record Failed(One one, String code, String message) implements Ended {}
    }

    private Mono<S3Reply> eachByItself(Sorted sorted, Function<One, Mono<S3Reply>> removal) {
        return Flux.fromIterable(sorted.permitted())
                .map(One::of)
                .flatMapSequential(
                        one -> Mono.defer(() -> removal.apply(one))
                                .flatMap(reply -> ended(one, reply))
                                .onErrorResume(error -> Mono.just(failed(one, error))),
                        AT_ONCE)
                .collectList()
                .map(outcomes -> {
                    XmlWriter xml = XmlWriter.s3("DeleteResult");
                    outcomes.stream()
                            .filter(Ended.Deleted.class::isInstance)
                            .filter(deleted -> !sorted.quiet())
                            .forEach(deleted -> write(xml, (Ended.Deleted) deleted));
                    outcomes.stream()
                            .filter(Ended.Failed.class::isInstance)
                            .forEach(failed -> write(xml, (Ended.Failed) failed));
                    return withRefusals(xml, sorted);
                });
    }

    private static Mono<Ended> ended(One one, S3Reply reply) {
        if (reply.succeeded() || reply.status() == 404) {
            reply.discard();
            return Mono.just(new Ended.Deleted(one, reply.headers()));
        }
        return reply.bytes(MAX_DOCUMENT)
                .map(document -> ErrorDocument.read(document)
                        .<Ended>map(error -> new Ended.Failed(one, error.code(), error.message()))
                        .orElseGet(() -> failed(one, Refusals.unavailable())));
    }

    private static Ended failed(One one, Throwable error) {
        return error instanceof S3Refusal refusal && refusal.code() == S3ErrorCode.ACCESS_DENIED
                ? new Ended.Failed(one, refusal.code().code(), "Access Denied")
                : new Ended.Failed(one, S3ErrorCode.SERVICE_UNAVAILABLE.code(), "Please retry.");
    }

    private static void write(XmlWriter xml, Ended.Deleted deleted) {
        xml.open("Deleted").leaf("Key", deleted.one().key());
        deleted.one().version().ifPresent(id -> xml.leaf("VersionId", id));
        if (deleted.said().contains("x-amz-delete-marker")) {
            xml.leaf("DeleteMarker", "true")
                    .leaf("DeleteMarkerVersionId", deleted.said().get("x-amz-version-id", ""));
        }
        xml.close("Deleted");
    }

    private static void write(XmlWriter xml, Ended.Failed failed) {
        xml.open("Error").leaf("Key", failed.one().key());
        failed.one().version().ifPresent(id -> xml.leaf("VersionId", id));
        xml.leaf("Code", failed.code()).leaf("Message", failed.message()).close("Error");
    }

    private Mono<S3Reply> perform(S3Body body) {
        return Bytes.collect(body.content(), MAX_DOCUMENT)
                .switchIfEmpty(Mono.error(Refusals::malformedXml))
                .map(this::sort)
                .flatMap(sorted -> sorted.permitted().isEmpty()
                        ? Mono.just(withRefusals(XmlWriter.s3("DeleteResult"), sorted))
                        : removal.of(this, sorted));
    }

    private Sorted sort(byte[] document) {
        Element root;
        try {
            root = XmlReader.read(document);
        } catch (XmlReader.MalformedXml e) {
            throw Refusals.malformedXml();
        }
        List<Element> objects = root.children("Object");
        if (!root.name().equals("Delete") || objects.isEmpty() || objects.size() > MAX_KEYS) {
            throw Refusals.malformedXml();
        }
        List<Element> permitted = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        for (Element object : objects) {
            String key = object.textOf("Key").filter(k -> !k.isEmpty()).orElseThrow(Refusals::malformedXml);
            boolean version = object.child("VersionId").isPresent();
            if (rules.permits(request.operation(), request.bucket(), key, version)) {
                permitted.add(object);
            } else {
                refused.add(key);
            }
        }
        boolean quiet =
                root.textOf("Quiet").map(String::strip).filter("true"::equals).isPresent();
        return new Sorted(permitted, refused, quiet);
    }

    private S3Request requestFor(Sorted sorted) {
        XmlWriter xml = XmlWriter.s3("Delete");
        if (sorted.quiet()) {
            xml.leaf("Quiet", "true");
        }
        sorted.permitted().forEach(xml::element);
        byte[] document = xml.end("Delete");
        return request.withDocument(document);
    }

    private static Mono<S3Reply> merged(S3Reply reply, Sorted sorted) {
        if (!reply.succeeded() || sorted.refused().isEmpty()) {
            return Mono.just(reply);
        }
        return reply.bytes(MAX_DOCUMENT).map(document -> {
            XmlWriter xml = XmlWriter.s3("DeleteResult");
            try {
                XmlReader.read(document).children().forEach(xml::element);
            } catch (XmlReader.MalformedXml e) {
                throw new S3Refusal(S3ErrorCode.INTERNAL_ERROR, "A site gave an answer that cannot be read.");
            }
            return withRefusals(xml, sorted);
        });
    }

    private static S3Reply withRefusals(XmlWriter xml, Sorted sorted) {
        sorted.refused()
                .forEach(key -> xml.open("Error")
                        .leaf("Key", key)
                        .leaf("Code", S3ErrorCode.ACCESS_DENIED.code())
                        .leaf("Message", "Access Denied")
                        .close("Error"));
        return S3Reply.xml(200, xml.end("DeleteResult"));
    }
}
