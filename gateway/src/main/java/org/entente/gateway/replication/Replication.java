package org.entente.gateway.replication;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.entente.backends.Bytes;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.Generations;
import org.entente.gateway.journal.Home;
import org.entente.gateway.journal.Intent;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.journal.PartSizes;
import org.entente.gateway.journal.Standing.Summary;
import org.entente.gateway.journal.Version;
import org.entente.gateway.journal.Versions;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The objects of buckets that several sites hold: what is done at each of them so that they come to be the same. */
public final class Replication {
    private static final int MAX_DOCUMENT = 4 << 20;

    private final JointWrites writes;
    private final JointReads reads;
    private final JointListings listings;
    private final VersionListings versionListings;
    private final FirstVersion firstVersion;
    private final VersionWrites versionWrites;
    private final Multipart multipart;
    private final Generations generations;
    private final Clock clock;

    /** @param unfinished told when there is something to settle */
    public Replication(
            Journal journal,
            Database database,
            Catalogue catalogue,
            Generations generations,
            Clock clock,
            Runnable unfinished) {
        Versions versions = new Versions(database);
        this.listings = new JointListings(journal);
        this.versionListings = new VersionListings(versions, listings);
        this.firstVersion = new FirstVersion(versions, catalogue);
        this.versionWrites = new VersionWrites(journal, versions, firstVersion, generations, clock, unfinished);
        this.multipart = new Multipart(new JointUploads(database, clock), clock);
        this.writes = new JointWrites(journal, clock, unfinished);
        this.reads = new JointReads(journal, versions);
        this.generations = generations;
        this.clock = clock;
    }

    /**
     * An operation on an object of such a bucket, as it was decided.
     *
     * @param request without its body
     * @param within another decision that binds what is sent, such as that about a copy's source
     */
    public record Task(Terms terms, Bucket bucket, Placement placement, S3Request request, Optional<Placement> within) {
        public Task(Terms terms, Bucket bucket, Placement placement, S3Request request) {
            this(terms, bucket, placement, request, Optional.empty());
        }

        ObjectName name() {
            return new ObjectName(request.bucket(), request.key().orElseThrow());
        }

        Targets targets() {
            return new Targets(placement, within, bucket, terms.sites());
        }

        String principal() {
            return placement.question().principal().name().value();
        }

        Home home() {
            return bucket.home();
        }
    }

    /** Where a task's bytes, or its removals, would go at present. */
    public List<Permit> targets(Task task) {
        return task.targets().forOperation(task.request().operation());
    }

    /** GetObject, HeadObject, and what else only looks at an object. */
    public Mono<S3Reply> read(Task task) {
        return reads.read(task.terms().sites(), task.bucket(), task.placement(), task.request());
    }

    /** PutObject. */
    public Mono<S3Reply> put(Task task, S3Body body) {
        return Mono.defer(() -> {
            JointWrite write = write(task, Intent.Kind.PUT, Optional.empty(), generations.next());
            S3Request stamped = stamped(task.request(), write.generation());
            return ensured(task, write)
                    .then(writes.stream(
                            write,
                            body,
                            check(task),
                            (permit, content) -> task.terms().sites().performUnlessDark(permit, stamped.with(content)),
                            reply -> new Summary(
                                    reply.headers().get(HttpHeaderNames.ETAG, ""),
                                    body.length(),
                                    clock.instant(),
                                    Optional.empty()),
                            topUp(task, write)));
        });
    }

    /** What must be so while the key is claimed. */
    private JointWrites.Check check(Task task) {
        return claim -> Condition.of(task, task.request().headers(), claim)
                .then(Mono.defer(() -> firstVersion.prepared(task, claim)));
    }

    private JointWrite write(Task task, Intent.Kind kind, Optional<PartSizes> parts, Generation generation) {
        Targets targets = task.targets();
        return new JointWrite(
                task.name(),
                kind,
                generation,
                generation,
                targets.forOperation(task.request().operation()),
                targets.acknowledge(),
                task.principal(),
                parts,
                task.bucket());
    }

    /** Bears the generation, and no condition: those are checked here, where all of the sites can be seen. */
    static S3Request stamped(S3Request request, Generation generation) {
        HttpHeaders headers = new DefaultHttpHeaders()
                .add(request.headers())
                .set(Generation.HEADER, generation.text())
                .remove(HttpHeaderNames.IF_MATCH)
                .remove(HttpHeaderNames.IF_NONE_MATCH);
        return request.with(headers);
    }

    private static Mono<Void> ensured(Task task, JointWrite write) {
        Set<String> spares = new HashSet<>(write.sites());
        task.home().wanted().forEach(spares::remove);
        return Flux.fromIterable(spares)
                .flatMap(spare -> BucketAt.ensured(task.terms(), task.bucket(), task.principal(), spare))
                .then();
    }

    /** Copies what was just written to one more site that the fence permits and that has not been tried. */
    private static JointWrites.TopUp topUp(Task task, JointWrite write) {
        return new JointWrites.TopUp() {
            @Override
            public Optional<Permit> next(Set<String> tried) {
                return task.targets().besides(tried);
            }

            @Override
            public Mono<Outcome> copy(Permit from, Permit to) {
                return BucketAt.ensured(task.terms(), task.bucket(), task.principal(), JointWrite.site(to))
                        .then(Mono.justOrEmpty(task.placement().retrievingFrom(JointWrite.site(from))))
                        .flatMap(source -> new Copier(task.terms().sites(), false)
                                .copy(source, to, write.shown(), write.parts(), Mono.empty()))
                        .map(reply -> Outcome.of(reply, true))
                        .onErrorResume(error -> Mono.just(Outcome.of(error, true)));
            }
        };
    }

    /** Of what no other site could make up for. */
    private static JointWrites.TopUp none() {
        return new JointWrites.TopUp() {
            @Override
            public Optional<Permit> next(Set<String> tried) {
                return Optional.empty();
            }

            @Override
            public Mono<Outcome> copy(Permit from, Permit to) {
                throw new IllegalStateException("there is nowhere to copy to");
            }
        };
    }

    /** DeleteObject of a version: it is no more. */
    public Mono<S3Reply> purge(Task task, String version) {
        if (task.bucket().versioned()) {
            return versionWrites.purge(task, version);
        }
        return version.equals(Version.NULL) ? remove(task) : Mono.just(S3Reply.empty(204));
    }

    /** ListObjectVersions. */
    public Mono<S3Reply> listVersions(Task task) {
        return versionListings.list(task);
    }

    /** DeleteObject: what a site misses that is dark, it is told later. */
    public Mono<S3Reply> remove(Task task) {
        return command(task, Intent.Kind.DELETE, Function.identity());
    }

    /** Tags, retention and legal hold of an object that is there. */
    public Mono<S3Reply> amend(Task task, S3Body document) {
        return task.bucket().versioned() ? versionWrites.amend(task, document) : amendOnly(task, document);
    }

    private Mono<S3Reply> amendOnly(Task task, S3Body document) {
        return command(task, Intent.Kind.AMEND, request -> request.with(document));
    }

    private Mono<S3Reply> command(Task task, Intent.Kind kind, Function<S3Request, S3Request> prepared) {
        return Mono.defer(() -> {
            Targets targets = task.targets();
            Generation generation = generations.next();
            JointWrite write = new JointWrite(
                    task.name(),
                    kind,
                    generation,
                    generation,
                    amended(task, targets),
                    acknowledge(task, kind, targets),
                    task.principal(),
                    Optional.empty(),
                    task.bucket());
            S3Request request = prepared.apply(task.request());
            return writes.command(
                    write,
                    check(task),
                    permit -> task.terms().sites().performUnlessDark(permit, request),
                    reply -> Summary.NOTHING,
                    none());
        });
    }

    /** A site to which the bucket is on its way may not have yet what is to be changed. */
    private static int acknowledge(Task task, Intent.Kind kind, Targets targets) {
        boolean moves = kind == Intent.Kind.AMEND && task.bucket().move().isPresent();
        return moves ? 1 : targets.acknowledge();
    }

    /** The bucket's sites alone: a spare has nothing that could be changed or removed. */
    private static List<Permit> amended(Task task, Targets targets) {
        if (task.request().operation().effect() != Operation.Effect.STORE) {
            return targets.removing();
        }
        return targets.removing().stream()
                .flatMap(permit -> task.placement().storingAt(JointWrite.site(permit)).stream())
                .toList();
    }

    /** A multipart upload under way, for what can only be decided when it is known what it becomes. */
    public Mono<JointUpload> upload(S3Request request) {
        return multipart.find(request);
    }

    /**
     * An upload that was begun while the bucket lay at one site alone.
     *
     * @param task ListParts of it
     * @param object what its object will be
     */
    public Mono<JointUpload> adopt(Task task, Facts.What object) {
        return multipart.adopt(task, object);
    }

    /** CreateMultipartUpload. */
    public Mono<S3Reply> begin(Task task, Facts.What object) {
        return multipart.begin(task, generations.next(), object);
    }

    /** UploadPart. */
    public Mono<S3Reply> part(Task task, JointUpload upload, S3Body body) {
        return multipart.part(task, upload, body);
    }

    /** CompleteMultipartUpload; said twice, it is answered twice. */
    public Mono<S3Reply> complete(Task task, JointUpload upload, S3Body body) {
        if (upload.etag().isPresent()) {
            return Mono.just(UploadAnswers.completed(upload, upload.etag().get()));
        }
        return Bytes.collect(body.content(), MAX_DOCUMENT)
                .switchIfEmpty(Mono.error(Refusals::malformedXml))
                .flatMap(document ->
                        multipart.sizes(upload, document).flatMap(parts -> complete(task, upload, document, parts)));
    }

    private Mono<S3Reply> complete(Task task, JointUpload upload, byte[] document, PartSizes parts) {
        List<Permit> targets = multipart.permits(task, upload, true);
        if (targets.isEmpty()) {
            return Mono.error(Refusals.unavailable());
        }
        JointWrite write = new JointWrite(
                task.name(),
                Intent.Kind.PUT,
                upload.generation().isNone() ? generations.next() : upload.generation(),
                upload.generation(),
                targets,
                task.targets().acknowledge(),
                task.principal(),
                Optional.of(parts),
                task.bucket());
        return writes.command(
                        write,
                        check(task),
                        permit -> Multipart.completed(task, upload, permit, document),
                        reply -> new Summary(
                                reply.headers().get(HttpHeaderNames.ETAG, ""),
                                parts.total(),
                                clock.instant(),
                                Optional.of(parts)),
                        topUp(task, write))
                .delayUntil(reply -> reply.succeeded()
                        ? multipart.complete(upload, reply.headers().get(HttpHeaderNames.ETAG, ""))
                        : Mono.empty());
    }

    /** AbortMultipartUpload. */
    public Mono<S3Reply> abort(Task task, JointUpload upload) {
        return multipart.abort(task, upload);
    }

    /** ListParts. */
    public Mono<S3Reply> parts(Task task, JointUpload upload) {
        return multipart.parts(task, upload);
    }

    /** ListMultipartUploads. */
    public Mono<S3Reply> uploads(S3Request request) {
        return multipart.list(request);
    }

    /** Ends uploads in parts that clients have left unfinished. */
    public Mono<Void> tidy(Terms terms) {
        return multipart.tidy(terms);
    }

    /** ListObjects in both of its forms. */
    public Mono<S3Reply> list(Task task) {
        return listings.list(task);
    }
}
