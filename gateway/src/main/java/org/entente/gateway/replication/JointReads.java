package org.entente.gateway.replication;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.xml.ErrorDocument;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Entry;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.journal.Standing;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.journal.Version;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.model.Policy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** Reads an object from whichever site has it, and from another when one fails, also in the middle of the body. */
public final class JointReads {
    private static final Logger LOG = LoggerFactory.getLogger(JointReads.class);
    private static final Set<Integer> FAILURES = Set.of(500, 502, 503, 504);

    /** On an answer that is not the last acknowledged state. */
    public static final String STALE = "x-entente-stale";

    /** On an answer for those who may know which sites took part. */
    public static final String SITE = "x-entente-site";

    private final Journal journal;
    private final Versions versions;

    JointReads(Journal journal, Versions versions) {
        this.journal = journal;
        this.versions = versions;
    }

    /**
     * A site that may be asked.
     *
     * @param generation what its answer must show; empty when its word is good
     * @param stale whether its answer is older than what was acknowledged
     * @param version the one that it is asked for; the object as it is where empty
     */
    private record Candidate(Permit permit, Optional<Generation> generation, boolean stale, Optional<Version> version) {
        Candidate(Permit permit, Optional<Generation> generation, boolean stale) {
            this(permit, generation, stale, Optional.empty());
        }

        /** The request as this site understands it. */
        S3Request asking(S3Request what) {
            return SiteVersions.of(
                    what,
                    version.flatMap(asked -> Optional.ofNullable(asked.ids().get(JointWrite.site(permit)))));
        }
    }

    /**
     * One read under way.
     *
     * @param expected whether the object is known to be there
     * @param hedge after how long a second site is asked, too
     */
    private record Read(
            SiteDirectory sites,
            S3Request request,
            List<Candidate> candidates,
            boolean expected,
            Optional<Duration> hedge) {

        /** Whoever is the last one to be asked is waited for. */
        Mono<S3Reply> ask(int number, S3Request what) {
            Permit permit = candidates.get(number).permit();
            S3Request asking = candidates.get(number).asking(what);
            return number == candidates.size() - 1
                    ? sites.perform(permit, asking)
                    : sites.performUnlessDark(permit, asking);
        }
    }

    /**
     * Reads what is known of an object, or all of it.
     *
     * @return the answer, or a refusal when no site that has the object can be reached
     */
    public Mono<S3Reply> read(SiteDirectory sites, Bucket bucket, Placement placement, S3Request request) {
        ObjectName name = new ObjectName(request.bucket(), request.key().orElseThrow());
        Optional<String> version = request.query().first("versionId");
        if (!bucket.versioned()
                && version.filter(id -> !id.equals(Version.NULL)).isPresent()) {
            return Mono.error(VersionWrites.noSuchVersion());
        }
        if (!bucket.versioned()) {
            return current(sites, bucket, placement, request, name)
                    .doOnNext(reply -> reply.headers().remove(NewVersion.HEADER));
        }
        return version.map(id -> version(sites, bucket, placement, request, name, id))
                .orElseGet(() -> current(sites, bucket, placement, request, name)
                        .flatMap(reply -> reply.headers().contains(NewVersion.MARKER)
                                ? versions.of(name).map(all -> marked(reply, Versions.latest(all)))
                                : Mono.just(reply)));
    }

    /** That the latest version marks a deletion: it is called what we call it. */
    private static S3Reply marked(S3Reply reply, Optional<Version> latest) {
        reply.headers().remove(NewVersion.HEADER);
        latest.ifPresent(version -> reply.headers().set(NewVersion.HEADER, version.id()));
        return reply;
    }

    private Mono<S3Reply> version(
            SiteDirectory sites, Bucket bucket, Placement placement, S3Request request, ObjectName name, String id) {
        return versions.of(name).flatMap(all -> {
            if (all.isEmpty() && id.equals(Version.NULL)) {
                return current(sites, bucket, placement, request, name);
            }
            Version version = Versions.named(all, id).orElseThrow(VersionWrites::noSuchVersion);
            if (version.marker()) {
                S3Reply reply =
                        S3Reply.xml(405, new ErrorDocument("MethodNotAllowed", VersionWrites.NOT_OF_A_MARKER).bytes());
                reply.headers().set(NewVersion.MARKER, "true").set(NewVersion.HEADER, id);
                return Mono.just(request.operation() == Operation.HEAD_OBJECT ? reply.with(Flux.empty()) : reply);
            }
            return of(version, sites, placement, request);
        });
    }

    /** Any of the sites that have it, and know all of it, is as good. */
    private Mono<S3Reply> of(Version version, SiteDirectory sites, Placement placement, S3Request request) {
        Set<String> those = new TreeSet<>(version.ids().keySet());
        those.removeAll(version.behind());
        List<Candidate> candidates = ordered(placement, those).stream()
                .map(permit -> new Candidate(permit, Optional.empty(), false, Optional.of(version)))
                .toList();
        return first(new Read(sites, request, candidates, true, hedge(placement)));
    }

    /** The latest, where the sites' own idea of which that is may be another. */
    private Mono<S3Reply> latest(
            Optional<Version> latest, SiteDirectory sites, Placement placement, S3Request request) {
        return latest.filter(Version::shows)
                .map(version -> of(version, sites, placement, request))
                .orElseGet(() -> {
                    S3Reply reply = noSuchKey(request);
                    latest.ifPresent(marker ->
                            reply.headers().set(NewVersion.MARKER, "true").set(NewVersion.HEADER, marker.id()));
                    return Mono.just(reply);
                });
    }

    private Mono<S3Reply> current(
            SiteDirectory sites, Bucket bucket, Placement placement, S3Request request, ObjectName name) {
        boolean staleAllowed = placement
                .policy()
                .spec()
                .reads()
                .filter(reads -> reads.stale() == Policy.Stale.ALLOW)
                .isPresent();
        return journal.find(name)
                .map(Optional::of)
                .onErrorResume(
                        Database.Unavailable.class,
                        lost -> staleAllowed ? Mono.just(Optional.empty()) : Mono.error(lost))
                .flatMap(looked -> looked.isPresent()
                        ? serve(sites, bucket, placement, request, looked.get(), staleAllowed)
                        : first(new Read(sites, request, all(bucket, placement, true), false, hedge(placement))));
    }

    private Mono<S3Reply> serve(
            SiteDirectory sites,
            Bucket bucket,
            Placement placement,
            S3Request request,
            Optional<Entry> entry,
            boolean staleAllowed) {
        Standing standing = entry.map(Entry::standing).orElse(new Standing.Same());
        if (!(standing instanceof Known known)) {
            return first(new Read(sites, request, all(bucket, placement, false), false, hedge(placement)));
        }
        return bucket.versioned()
                ? versions.of(entry.get().name())
                        .flatMap(all -> all.isEmpty()
                                ? serve(sites, placement, request, known, staleAllowed)
                                : latest(Versions.latest(all), sites, placement, request))
                : serve(sites, placement, request, known, staleAllowed);
    }

    /** Of a key that is not the same everywhere, or was not when its bucket kept no versions. */
    private Mono<S3Reply> serve(
            SiteDirectory sites, Placement placement, S3Request request, Known known, boolean staleAllowed) {
        if (!known.exists()) {
            return Mono.just(noSuchKey(request));
        }
        List<Candidate> candidates = new ArrayList<>();
        ordered(placement, known.holders()).forEach(p -> candidates.add(new Candidate(p, Optional.empty(), false)));
        if (!known.amended() && !known.generation().isNone()) {
            ordered(placement, known.owed())
                    .forEach(p -> candidates.add(new Candidate(p, Optional.of(known.generation()), false)));
        }
        if (staleAllowed) {
            ordered(placement, known.owed()).forEach(p -> candidates.add(new Candidate(p, Optional.empty(), true)));
        }
        return first(new Read(sites, request, candidates, true, hedge(placement)));
    }

    private static Optional<Duration> hedge(Placement placement) {
        return placement
                .policy()
                .spec()
                .reads()
                .flatMap(Policy.Reads::hedge)
                .map(wait -> Duration.ofMillis(wait.millis()));
    }

    /** Those of the sites that are known, the preferred ones first, and those that answer before all others. */
    private static List<Permit> ordered(Placement placement, Set<String> sites) {
        List<String> preferred = new ArrayList<>(placement.order().stream()
                .map(site -> site.name().value())
                .filter(sites::contains)
                .toList());
        sites.stream().sorted().filter(site -> !preferred.contains(site)).forEach(preferred::add);
        return preferred.stream()
                .flatMap(site -> placement.retrievingFrom(site).stream())
                .toList();
    }

    private static List<Candidate> all(Bucket bucket, Placement placement, boolean stale) {
        return bucket.home().holding().stream()
                .flatMap(site -> placement.retrievingFrom(site).stream())
                .map(permit -> new Candidate(permit, Optional.empty(), stale))
                .toList();
    }

    static S3Reply noSuchKey(S3Request request) {
        S3Reply reply = S3Reply.xml(404, new ErrorDocument("NoSuchKey", "The specified key does not exist.").bytes());
        return request.operation() == Operation.HEAD_OBJECT ? reply.with(Flux.empty()) : reply;
    }

    private Mono<S3Reply> first(Read read) {
        return attempt(read, 0).map(Answer::reply);
    }

    /** @param from the candidate that gave it */
    private record Answer(S3Reply reply, int from) {}

    private Mono<Answer> attempt(Read read, int number) {
        if (number == read.candidates().size()) {
            LOG.warn("{} cannot be served by any of {}", read.request(), read.candidates());
            return Mono.error(Refusals.unavailable());
        }
        Mono<Answer> next = Mono.defer(() -> attempt(read, number + 1));
        Mono<Answer> one = asked(read, number);
        return read.hedge().isPresent() && number + 1 < read.candidates().size()
                ? hedged(one, next, read.hedge().get())
                : one.switchIfEmpty(next);
    }

    /** Whichever answers first; the other one is let go. */
    private static Mono<Answer> hedged(Mono<Answer> one, Mono<Answer> next, Duration delay) {
        return Mono.create(sink -> {
            Disposable.Composite both = Disposables.composite();
            sink.onDispose(both);
            AtomicBoolean answered = new AtomicBoolean();
            AtomicBoolean begun = new AtomicBoolean();
            AtomicInteger failed = new AtomicInteger();
            Context asker = Context.of(sink.contextView());
            Consumer<Answer> first = answer -> {
                if (answered.compareAndSet(false, true)) {
                    sink.success(answer);
                } else {
                    answer.reply().discard();
                }
            };
            Consumer<Throwable> failure = error -> {
                if (failed.incrementAndGet() == 2) {
                    sink.error(error);
                }
            };
            Runnable other = () -> {
                if (!answered.get() && begun.compareAndSet(false, true)) {
                    both.add(next.subscribe(first, failure, () -> {}, asker));
                }
            };
            Runnable over = () -> {
                if (!answered.get()) {
                    other.run();
                    failure.accept(Refusals.unavailable());
                }
            };
            both.add(Mono.delay(delay).subscribe(tick -> other.run()));
            both.add(one.subscribe(first, error -> over.run(), over, asker));
        });
    }

    /** Empty when this candidate cannot serve it. */
    private Mono<Answer> asked(Read read, int number) {
        Candidate candidate = read.candidates().get(number);
        return read.ask(number, read.request())
                .flatMap(reply -> {
                    if (serves(read, candidate, reply)) {
                        return Mono.just(new Answer(resumed(read, number, marked(candidate, reply)), number));
                    }
                    reply.discard();
                    return Mono.empty();
                })
                .onErrorResume(Fault.class, fault -> {
                    LOG.debug("{} is asked of the next site: {}", read.request(), fault.getMessage());
                    return Mono.empty();
                });
    }

    private static boolean serves(Read read, Candidate candidate, S3Reply reply) {
        if (FAILURES.contains(reply.status()) || (reply.status() == 404 && read.expected())) {
            return false;
        }
        return candidate
                .generation()
                .filter(right -> !right.equals(Look.shown(reply.headers())))
                .isEmpty();
    }

    private static S3Reply marked(Candidate candidate, S3Reply reply) {
        HttpHeaders headers = reply.headers();
        headers.set(SITE, candidate.permit().site().name().value());
        // What the site calls a version is nobody's affair.
        String id = headers.get(NewVersion.HEADER, "");
        if (candidate.version().isPresent()) {
            headers.set(NewVersion.HEADER, candidate.version().get().id());
        } else if (!id.isEmpty() && !id.equals(Version.NULL) && reply.succeeded()) {
            headers.set(NewVersion.HEADER, headers.get(Generation.HEADER, Version.NULL));
        }
        headers.remove(Generation.HEADER);
        if (candidate.stale()) {
            reply.headers().set(STALE, "true");
        }
        return reply;
    }

    /** The same answer, whose body goes on at the next candidate should it break off. */
    private S3Reply resumed(Read read, int number, S3Reply reply) {
        boolean content = read.request().operation() == Operation.GET_OBJECT
                && (reply.status() == 200 || reply.status() == 206)
                && reply.headers().contains(HttpHeaderNames.CONTENT_LENGTH)
                && reply.headers().contains(HttpHeaderNames.ETAG);
        if (!content) {
            return reply;
        }
        Body body = new Body(read, reply.headers());
        return reply.with(body.from(reply.body(), number));
    }

    /** The bytes of one answer, wherever they come from. */
    private static final class Body {
        private final Read read;
        private final HttpHeaders head;
        private final long start;
        private final long length;
        private final AtomicLong delivered = new AtomicLong();

        Body(Read read, HttpHeaders head) {
            this.read = read;
            this.head = head;
            this.length = Long.parseLong(head.get(HttpHeaderNames.CONTENT_LENGTH));
            String range = head.get(HttpHeaderNames.CONTENT_RANGE, "");
            this.start = range.startsWith("bytes ") ? Long.parseLong(range.substring(6, range.indexOf('-'))) : 0;
        }

        Flux<ByteBuf> from(Flux<ByteBuf> bytes, int number) {
            return bytes.doOnNext(buffer -> delivered.addAndGet(buffer.readableBytes()))
                    .concatWith(Mono.defer(() -> delivered.get() < length
                            ? Mono.error(new Fault(
                                    "a site",
                                    new Fault.Broken(),
                                    "the body ends " + (length - delivered.get()) + " bytes early"))
                            : Mono.empty()))
                    .onErrorResume(
                            Fault.class, fault -> delivered.get() >= length ? Flux.empty() : next(fault, number + 1));
        }

        private Flux<ByteBuf> next(Fault broken, int number) {
            if (number >= read.candidates().size()) {
                return Flux.error(broken);
            }
            Candidate candidate = read.candidates().get(number);
            HttpHeaders headers = new DefaultHttpHeaders();
            long from = start + delivered.get();
            headers.set(HttpHeaderNames.RANGE, "bytes=" + from + "-" + (start + length - 1));
            headers.set(HttpHeaderNames.IF_MATCH, head.get(HttpHeaderNames.ETAG));
            LOG.info(
                    "{} goes on at {} from byte {}: {}",
                    read.request(),
                    candidate.permit().site().name(),
                    from,
                    broken.getMessage());
            S3Request rest = read.request()
                    .with(read.request().query().without("partNumber"::equals))
                    .with(headers);
            return read.ask(number, rest)
                    .map(Optional::of)
                    .onErrorResume(Fault.class, fault -> Mono.just(Optional.empty()))
                    .flatMapMany(reply -> reply.filter(r -> continues(r, from)).isPresent()
                            ? from(reply.get().body(), number)
                            : otherwise(reply, broken, number));
        }

        private boolean continues(S3Reply reply, long from) {
            return reply.status() == 206
                    && reply.headers().get(HttpHeaderNames.CONTENT_RANGE, "").startsWith("bytes " + from + "-")
                    && head.get(HttpHeaderNames.ETAG).equals(reply.headers().get(HttpHeaderNames.ETAG));
        }

        private Flux<ByteBuf> otherwise(Optional<S3Reply> reply, Fault broken, int number) {
            reply.ifPresent(S3Reply::discard);
            return next(broken, number + 1);
        }
    }
}
