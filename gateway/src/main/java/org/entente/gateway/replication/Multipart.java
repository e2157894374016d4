package org.entente.gateway.replication;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlReader;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.journal.PartSizes;
import org.entente.gateway.replication.JointUpload.Part;
import org.entente.gateway.replication.Replication.Task;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Multipart uploads at several sites under one id of ours. They survive the death of a site while enough are left. */
final class Multipart {
    private static final Logger LOG = LoggerFactory.getLogger(Multipart.class);
    private static final int MAX_DOCUMENT = 4 << 20;

    /** How long an upload may take that S3 itself would keep for ever. */
    static final Duration ABANDONED = Duration.ofDays(7);

    /** How long the answer to a completion can be repeated. */
    private static final Duration REMEMBERED = Duration.ofDays(1);

    private final JointUploads uploads;
    private final Clock clock;

    Multipart(JointUploads uploads, Clock clock) {
        this.uploads = uploads;
        this.clock = clock;
    }

    Mono<JointUpload> find(Task task) {
        return find(task.request());
    }

    Mono<JointUpload> find(S3Request request) {
        String id = request.query().first("uploadId").orElse("");
        return uploads.find(id)
                .map(found -> found.filter(upload -> upload.name()
                                .equals(new ObjectName(
                                        request.bucket(), request.key().orElse(""))))
                        .orElseThrow(Multipart::noSuchUpload));
    }

    /** What the one site knows of an upload; from now on it can go on at others. */
    Mono<JointUpload> adopt(Task task, Facts.What object) {
        return new Adoption(uploads, clock).of(task, object).switchIfEmpty(Mono.error(Multipart::noSuchUpload));
    }

    private static S3Refusal noSuchUpload() {
        return new S3Refusal(
                S3ErrorCode.NO_SUCH_UPLOAD,
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.");
    }

    /** Begins one at every target, and at others in the place of those that do not answer. */
    Mono<S3Reply> begin(Task task, Generation generation, Facts.What object) {
        return Mono.defer(() -> {
            Targets targets = task.targets();
            S3Request request = Replication.stamped(task.request(), generation);
            return asked(task, request, targets.storing(), Map.of(), Set.of())
                    .flatMap(replies -> begun(task, generation, object, replies, targets.acknowledge()));
        });
    }

    /**
     * What the sites say, by their names.
     *
     * @param before what others have said
     * @param tried those who were asked, whether or not they have answered
     */
    private static Mono<Map<String, S3Reply>> asked(
            Task task, S3Request request, List<Permit> permits, Map<String, S3Reply> before, Set<String> tried) {
        Set<String> others = new TreeSet<>(tried);
        permits.forEach(permit -> others.add(JointWrite.site(permit)));
        return Flux.fromIterable(permits)
                .flatMap(permit -> asked(task, request, permit))
                .collectMap(Map.Entry::getKey, Map.Entry::getValue)
                .flatMap(replies -> {
                    Map<String, S3Reply> all = new TreeMap<>(before);
                    all.putAll(replies);
                    boolean refused =
                            all.values().stream().anyMatch(reply -> !reply.succeeded() && reply.status() < 500);
                    boolean enough =
                            all.values().stream().filter(S3Reply::succeeded).count()
                                    >= task.targets().acknowledge();
                    return refused || enough
                            ? Mono.just(all)
                            : Mono.justOrEmpty(task.targets().besides(others))
                                    .flatMap(other -> asked(task, request, List.of(other), all, others))
                                    .defaultIfEmpty(all);
                });
    }

    private static Mono<Map.Entry<String, S3Reply>> asked(Task task, S3Request request, Permit permit) {
        String site = JointWrite.site(permit);
        return (task.home().wanted().contains(site)
                        ? Mono.<Void>empty()
                        : BucketAt.ensured(task.terms(), task.bucket(), task.principal(), site))
                .then(task.terms().sites().perform(permit, request))
                .map(reply -> Map.entry(site, reply))
                .onErrorResume(error -> {
                    LOG.warn("an upload cannot begin at {}: {}", site, error.getMessage());
                    return Mono.empty();
                });
    }

    private Mono<S3Reply> begun(
            Task task, Generation generation, Facts.What object, Map<String, S3Reply> replies, int acknowledge) {
        Optional<S3Reply> refusal =
                replies.values().stream().filter(reply -> !reply.succeeded()).findFirst();
        boolean enough = replies.values().stream().filter(S3Reply::succeeded).count() >= acknowledge;
        if (!enough && refusal.filter(reply -> reply.status() < 500).isPresent()) {
            return Mono.just(refusal.get());
        }
        return Flux.fromIterable(replies.entrySet())
                .filter(reply -> reply.getValue().succeeded())
                .flatMap(reply -> reply.getValue()
                        .bytes(MAX_DOCUMENT)
                        .map(document -> Map.entry(reply.getKey(), Copier.uploadId(document))))
                .collectMap(Map.Entry::getKey, Map.Entry::getValue)
                .flatMap(ids -> {
                    JointUpload upload = new JointUpload(
                            generation.text(),
                            task.name(),
                            generation,
                            task.principal(),
                            object,
                            ids,
                            clock.instant(),
                            Optional.empty());
                    return enough
                            ? uploads.add(upload).thenReturn(UploadAnswers.begun(upload))
                            : aborted(task, upload).then(Mono.error(Refusals.unavailable()));
                });
    }

    /**
     * Sends a part to every site of the upload; a site that misses it has no part in the upload any more. One is enough to go
     * on with: how many must hold the object is seen to when it is made.
     */
    Mono<S3Reply> part(Task task, JointUpload upload, S3Body body) {
        return Mono.defer(() -> {
            List<Permit> targets = permits(task, upload, true);
            if (targets.isEmpty()) {
                throw Refusals.unavailable();
            }
            Tee tee = new Tee(body, targets.size(), 1, JointWrites.LAG);
            List<Mono<Map.Entry<String, Outcome>>> branches = new ArrayList<>();
            for (int i = 0; i < targets.size(); i++) {
                int number = i;
                Permit permit = targets.get(i);
                S3Body content = body.length() == 0 ? body : tee.branch(i);
                branches.add(task.terms()
                        .sites()
                        .performUnlessDark(
                                permit, at(task.request(), upload, permit).with(content))
                        .doFinally(end -> tee.forget(number))
                        .map(reply -> Outcome.of(reply, true))
                        .onErrorResume(error -> Mono.just(Outcome.of(error, true)))
                        .map(outcome -> Map.entry(JointWrite.site(permit), outcome)));
            }
            return Flux.merge(branches)
                    .collectMap(Map.Entry::getKey, Map.Entry::getValue)
                    .flatMap(outcomes -> taken(task, upload, outcomes, body.length()));
        });
    }

    private Mono<S3Reply> taken(Task task, JointUpload upload, Map<String, Outcome> outcomes, long size) {
        Map<String, S3Reply> applied = new TreeMap<>();
        outcomes.forEach((site, outcome) -> {
            if (outcome instanceof Outcome.Applied done) {
                done.reply().discard();
                applied.put(site, done.reply());
            }
        });
        if (applied.isEmpty()) {
            return failed(outcomes);
        }
        S3Reply reply = applied.values().iterator().next();
        Part part = new Part(
                Integer.parseInt(task.request().query().first("partNumber").orElse("0")),
                size,
                reply.headers().get(HttpHeaderNames.ETAG, ""),
                clock.instant());
        reply.headers().set(JointReads.SITE, String.join(", ", applied.keySet()));
        return uploads.add(upload.at(applied.keySet()), part).map(there -> {
            if (!there) {
                throw noSuchUpload();
            }
            return reply.with(Flux.empty());
        });
    }

    /** What a site said of the request, what failed of the body itself, or that too few could be had. */
    private static Mono<S3Reply> failed(Map<String, Outcome> outcomes) {
        for (Outcome outcome : outcomes.values()) {
            if (outcome instanceof Outcome.Refused refused) {
                return Mono.just(refused.reply());
            }
            Throwable why = outcome instanceof Outcome.Missed missed
                    ? missed.why()
                    : outcome instanceof Outcome.Unknown unknown ? unknown.why() : Refusals.unavailable();
            if (why instanceof S3Refusal) {
                return Mono.error(why);
            }
        }
        LOG.warn("a part could not be stored: {}", outcomes);
        return Mono.error(Refusals.unavailable());
    }

    /** Where the upload is, of those that can be reached. */
    List<Permit> permits(Task task, JointUpload upload, boolean storing) {
        return upload.sites().keySet().stream()
                .sorted()
                .filter(site -> task.terms().sites().answers(site))
                .flatMap(site -> (storing
                                ? task.placement().storingAt(site)
                                : task.placement().retrievingFrom(site))
                        .stream())
                .toList();
    }

    /** The request as a site knows the upload. */
    static S3Request at(S3Request request, JointUpload upload, Permit permit) {
        String id = upload.idAt(JointWrite.site(permit));
        String others = request.query().parameters().stream()
                .filter(parameter -> !parameter.name().equals("uploadId"))
                .map(parameter -> "&" + Rfc3986.encode(parameter.name()) + "=" + Rfc3986.encode(parameter.value()))
                .collect(Collectors.joining());
        HttpHeaders headers = new DefaultHttpHeaders()
                .add(request.headers())
                .remove(HttpHeaderNames.IF_MATCH)
                .remove(HttpHeaderNames.IF_NONE_MATCH);
        return request.with(Query.parse("uploadId=" + Rfc3986.encode(id) + others))
                .with(headers);
    }

    /** The lengths of the parts that a completion names. */
    Mono<PartSizes> sizes(JointUpload upload, byte[] completion) {
        return uploads.parts(upload.id()).map(parts -> {
            Map<Integer, Part> known = parts.stream().collect(Collectors.toMap(Part::number, Function.identity()));
            try {
                List<Long> sizes = new ArrayList<>();
                for (XmlReader.Element part : XmlReader.read(completion).children("Part")) {
                    int number = Integer.parseInt(
                            part.textOf("PartNumber").orElse("0").strip());
                    Part there = Optional.ofNullable(known.get(number)).orElseThrow(Multipart::invalidPart);
                    if (!bare(there.etag()).equals(bare(part.textOf("ETag").orElse("")))) {
                        throw invalidPart();
                    }
                    sizes.add(there.size());
                }
                if (sizes.isEmpty()) {
                    throw Refusals.malformedXml();
                }
                return new PartSizes(sizes);
            } catch (XmlReader.MalformedXml | NumberFormatException e) {
                throw Refusals.malformedXml();
            }
        });
    }

    static String bare(String etag) {
        return etag.replace("\"", "").strip();
    }

    private static S3Refusal invalidPart() {
        return new S3Refusal(
                S3ErrorCode.INVALID_PART,
                "One or more of the specified parts could not be found. The part may not have been uploaded, or the"
                        + " specified entity tag may not match the part's entity tag.");
    }

    /** Ends the upload at one site; that it had been ended there before is as good. */
    static Mono<S3Reply> completed(Task task, JointUpload upload, Permit permit, byte[] document) {
        return task.terms()
                .sites()
                .perform(permit, at(task.request(), upload, permit).with(S3Body.of(document)))
                .flatMap(reply -> {
                    if (!reply.succeeded() && reply.status() != 404) {
                        return Mono.just(reply);
                    }
                    boolean said = reply.succeeded();
                    return reply.bytes(MAX_DOCUMENT)
                            .flatMap(answer -> etag(answer)
                                    .filter(tag -> said)
                                    .map(tag -> Mono.just(named(UploadAnswers.completed(upload, tag), reply.headers())))
                                    .orElseGet(
                                            () -> lookedUp(task, upload, permit, S3Reply.xml(reply.status(), answer))));
                });
    }

    private static Mono<S3Reply> lookedUp(Task task, JointUpload upload, Permit permit, S3Reply otherwise) {
        return task.placement()
                .retrievingFrom(JointWrite.site(permit))
                .map(looking -> Look.at(task.terms().sites(), looking))
                .orElse(Mono.just(new Look.Silent()))
                .map(look -> look instanceof Look.Holds holds
                                && !upload.generation().isNone()
                                && holds.generation().equals(upload.generation())
                        ? named(
                                UploadAnswers.completed(upload, holds.head().get(HttpHeaderNames.ETAG, "")),
                                holds.head())
                        : otherwise);
    }

    /** With what the site calls the version that has been made. */
    private static S3Reply named(S3Reply reply, HttpHeaders said) {
        Optional.ofNullable(said.get(NewVersion.HEADER))
                .ifPresent(id -> reply.headers().set(NewVersion.HEADER, id));
        return reply;
    }

    private static Optional<String> etag(byte[] document) {
        try {
            return XmlReader.read(document)
                    .textOf("ETag")
                    .filter(etag -> !bare(etag).isEmpty());
        } catch (XmlReader.MalformedXml e) {
            return Optional.empty();
        }
    }

    Mono<Void> complete(JointUpload upload, String etag) {
        return uploads.complete(upload.id(), etag);
    }

    /** Ends at their sites what clients have left unfinished, and forgets what they have finished. */
    Mono<Void> tidy(Terms terms) {
        Instant now = clock.instant();
        return uploads.forgetCompleted(now.minus(REMEMBERED))
                .then(uploads.open(now.minus(ABANDONED)))
                .flatMapMany(Flux::fromIterable)
                .concatMap(upload -> {
                    LOG.info("upload {} of {} is aborted: nobody has ended it", upload.id(), upload.name());
                    return Mono.justOrEmpty(terms.of(upload.name(), upload.principal(), upload.object()))
                            .flatMap(placement -> aborted(terms, placement, upload))
                            .then(uploads.remove(upload.id()));
                })
                .then();
    }

    Mono<S3Reply> abort(Task task, JointUpload upload) {
        return aborted(task, upload).then(uploads.remove(upload.id())).thenReturn(S3Reply.empty(204));
    }

    /** Ends what was begun at sites; one that does not answer keeps its parts until its own clean-up. */
    private static Mono<Void> aborted(Task task, JointUpload upload) {
        return aborted(task.terms(), task.placement(), upload);
    }

    private static Mono<Void> aborted(Terms terms, Placement placement, JointUpload upload) {
        return Flux.fromIterable(upload.sites().keySet())
                .flatMap(site -> Mono.justOrEmpty(placement.retrievingFrom(site)))
                .flatMap(permit -> terms.sites()
                        .perform(
                                permit,
                                S3Request.of(
                                                Operation.ABORT_MULTIPART_UPLOAD,
                                                permit.bucket(),
                                                upload.name().key())
                                        .with(Query.parse(
                                                "uploadId=" + Rfc3986.encode(upload.idAt(JointWrite.site(permit))))))
                        .doOnNext(S3Reply::discard)
                        .onErrorResume(error -> {
                            LOG.warn(
                                    "upload {} is left at {}: {}",
                                    upload.id(),
                                    permit.site().name(),
                                    error.getMessage());
                            return Mono.empty();
                        }))
                .then();
    }

    Mono<S3Reply> parts(Task task, JointUpload upload) {
        return uploads.parts(upload.id())
                .map(all -> UploadAnswers.parts(upload, all, task.request().query()));
    }

    Mono<S3Reply> list(S3Request request) {
        return uploads.of(request.bucket())
                .map(all -> UploadAnswers.uploads(
                        request.bucket(), all, request.query().first("prefix").orElse("")));
    }
}
