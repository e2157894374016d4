package org.entente.gateway.replication;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.journal.Claim;
import org.entente.gateway.journal.Entry;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.Intent;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.ObjectName;
import org.entente.gateway.journal.Standing;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.journal.Standing.Same;
import org.entente.gateway.journal.Version;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.sites.Inquiry;
import org.entente.gateway.sites.ObjectFacts;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Brings the versions of one key at one site to be what they should. Content is copied while clients go on to write, all but its
 * last byte; whatever takes effect does so while the key is claimed, and then the site is looked at again before its word is taken.
 */
final class Backlog {
    private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);
    private static final int MAX_DOCUMENT = 1 << 20;

    /** What is known of a version beside its content, and may not be there. */
    private static final List<Aspect> ASPECTS = List.of(
            new Aspect("tagging", Operation.GET_OBJECT_TAGGING, Operation.PUT_OBJECT_TAGGING),
            new Aspect("retention", Operation.GET_OBJECT_RETENTION, Operation.PUT_OBJECT_RETENTION),
            new Aspect("legal-hold", Operation.GET_OBJECT_LEGAL_HOLD, Operation.PUT_OBJECT_LEGAL_HOLD));

    private record Aspect(String subresource, Operation get, Operation put) {}

    private final Journal journal;
    private final Versions versions;
    private final Clock clock;

    Backlog(Journal journal, Versions versions, Clock clock) {
        this.journal = journal;
        this.versions = versions;
        this.clock = clock;
    }

    /** Whether it is for this class to bring a site up to date; not where it is to get what is there from before versions were kept. */
    Mono<Boolean> isFor(Bucket bucket, ObjectName name, Known known, String site) {
        if (!bucket.versioned()) {
            return Mono.just(false);
        }
        return known.exists() && known.owed().contains(site)
                ? versions.of(name).map(all -> !all.isEmpty())
                : Mono.just(true);
    }

    /**
     * A key at a site.
     *
     * @param plain what lets the key be looked at
     * @param whole what lets the bucket be looked at
     */
    private record At(Terms terms, Bucket bucket, Entry entry, Placement plain, Placement whole, String site) {
        ObjectName name() {
            return entry.name();
        }

        Permit looking() {
            return looking(site);
        }

        Permit looking(String where) {
            return plain.retrievingFrom(where).orElseThrow(() -> new Copier.Failed(where + " is not known any more"));
        }

        Mono<List<SiteVersions.Found>> there() {
            Permit permit =
                    whole.retrievingFrom(site).orElseThrow(() -> new Copier.Failed(site + " is not known any more"));
            return SiteVersions.of(terms.sites(), permit, name().key());
        }
    }

    /**
     * What a site has, and what is known.
     *
     * @param there as the site has them, the latest first
     * @param shown by those of them that nothing is known of, and by the one that the site calls null
     */
    private record Seen(List<SiteVersions.Found> there, Map<String, Generation> shown, List<Version> known) {
        /** Whether what the site calls null is this one. */
        boolean isNull(Version version) {
            Optional<Generation> own = Optional.ofNullable(shown.get(Version.NULL));
            return version.marker()
                    ? own.isEmpty()
                    : own.filter(version.generation()::equals).isPresent();
        }
    }

    /**
     * Gives a site what it lacks.
     *
     * @param intents to do so, each another one
     * @return empty when the key is not what it was any more; fails when it cannot be done at present
     */
    Mono<Boolean> given(
            Terms terms, Bucket bucket, Entry entry, Known known, Placement plain, Supplier<Intent> intents) {
        Intent intent = intents.get();
        At at = at(terms, bucket, entry, known, plain, intent);
        return BucketAt.ensured(terms, bucket, known.principal(), at.site())
                .then(Mono.defer(() -> seen(at)))
                .flatMap(seen -> adopted(at, seen))
                .thenMany(versions.of(at.name()).flatMapIterable(List::reversed))
                .filter(version -> version.shows() && !version.ids().containsKey(at.site()))
                .concatMap(version -> copied(at, known, version, intents.get()), 1)
                .then(Mono.defer(() -> journal.openToSettle(intent, known)))
                .flatMap(claim -> ordered(at)
                        .flatMap(complete -> journal.close(claim, complete ? left(known.caughtUp(at.site())) : known)
                                .map(closed -> closed && complete))
                        .onErrorResume(error -> doubted(claim, known, error)));
    }

    private <T> Mono<T> doubted(Claim claim, Known known, Throwable error) {
        return journal.close(claim, Recovery.doubtful(known, clock.instant())).then(Mono.error(error));
    }

    private static Standing left(Known known) {
        return known.settled() ? new Same() : known;
    }

    private static At at(Terms terms, Bucket bucket, Entry entry, Known known, Placement plain, Intent intent) {
        Placement whole = terms.of(bucket.name(), known.principal())
                .orElseThrow(() -> new Copier.Failed("no policy speaks of the bucket any more"));
        return new At(
                terms, bucket, entry, plain, whole, intent.sites().iterator().next());
    }

    private Mono<Seen> seen(At at) {
        return Mono.zip(at.there(), versions.of(at.name())).flatMap(both -> {
            Set<String> mapped = new HashSet<>();
            both.getT2()
                    .forEach(version ->
                            Optional.ofNullable(version.ids().get(at.site())).ifPresent(mapped::add));
            return Flux.fromIterable(both.getT1())
                    // What a site calls null may have come to be another since.
                    .filter(found -> !found.marker()
                            && (!mapped.contains(found.id()) || found.id().equals(Version.NULL)))
                    .concatMap(found -> Look.at(at.terms().sites(), at.looking(), Optional.of(found.id()))
                            .map(look -> {
                                if (look instanceof Look.Holds holds) {
                                    return Map.entry(found.id(), Look.shown(holds.head()));
                                }
                                throw new Copier.Failed(at.site() + " does not say what a version is");
                            }))
                    .collectMap(Map.Entry::getKey, Map.Entry::getValue)
                    .map(shown -> new Seen(both.getT1(), shown, both.getT2()));
        });
    }

    /** What the site has already, though nobody was told what it calls it. */
    private Mono<Void> adopted(At at, Seen seen) {
        List<Mono<Void>> steps = new ArrayList<>();
        Set<String> there = new HashSet<>();
        seen.there().forEach(found -> there.add(found.id()));
        for (Version version : seen.known()) {
            String own = version.ids().getOrDefault(at.site(), "");
            boolean right = there.contains(own) && (!own.equals(Version.NULL) || seen.isNull(version));
            if (!own.isEmpty() && !right) {
                steps.add(versions.take(version, at.site()));
            }
            if (version.shows() && !right) {
                seen.shown().entrySet().stream()
                        .filter(found -> found.getValue().equals(version.generation()))
                        .findFirst()
                        .ifPresent(found -> steps.add(versions.put(version, at.site(), found.getKey())));
            }
        }
        return Flux.concat(steps).then();
    }

    private Mono<Void> copied(At at, Known known, Version version, Intent intent) {
        Mono<Claim> last = journal.openToSettle(intent, known)
                .switchIfEmpty(Mono.error(() -> new Copier.Failed("it has been written meanwhile")))
                .cache();
        return source(at, version, false)
                .flatMap(source -> copied(at, version, source, last)
                        .delayUntil(id -> last.flatMap(claim -> journal.close(claim, known)))
                        .onErrorResume(error -> journal.holds(intent)
                                ? last.flatMap(claim -> doubted(claim, known, error))
                                : Mono.error(error)))
                .switchIfEmpty(Mono.defer(() -> {
                    if (!version.ids().isEmpty()) {
                        return Mono.error(new Copier.Failed("no site that has version " + version.id() + " answers"));
                    }
                    LOG.warn("no site has version {} of {} any more", version.id(), at.name());
                    return versions.forget(version).thenReturn("");
                }))
                .then();
    }

    /** Some other site that has it, as it should be. */
    private Mono<String> source(At at, Version version, boolean itselfToo) {
        Set<String> having = new TreeSet<>(version.ids().keySet());
        having.removeAll(version.behind());
        if (!itselfToo) {
            having.remove(at.site());
        }
        return Flux.fromIterable(having)
                .filter(at.terms().sites()::answers)
                .concatMap(
                        site -> Look.at(
                                        at.terms().sites(),
                                        at.looking(site),
                                        Optional.ofNullable(version.ids().get(site)))
                                .flatMap(look -> switch (look) {
                                    case Look.Holds holds -> Mono.just(site);
                                    // It has removed it by itself, as a rule of its bucket may ask for.
                                    case Look.Absent absent ->
                                        versions.take(version, site).then(Mono.<String>empty());
                                    case Look.Silent silent -> Mono.<String>empty();
                                }),
                        1)
                .next();
    }

    /**
     * Copies it.
     *
     * @param last subscribed before the last byte is sent
     * @return what the site calls it from now on; an empty text where it does not say
     */
    private Mono<String> copied(At at, Version version, String source, Mono<?> last) {
        Permit from = at.looking(source);
        Optional<String> own = Optional.ofNullable(version.ids().get(source));
        return permitted(at, version, source)
                .flatMap(to -> BucketAt.ensured(at.terms(), at.bucket(), version.principal(), at.site())
                        .then(new Copier(at.terms().sites(), true, own)
                                .copy(
                                        from,
                                        to,
                                        version.generation(),
                                        version.what().parts(),
                                        last)))
                .flatMap(reply -> {
                    reply.discard();
                    String id = reply.headers().get(NewVersion.HEADER, "");
                    return id.isEmpty()
                            ? Mono.just(id)
                            : versions.put(version, at.site(), id).thenReturn(id);
                });
    }

    /** Lets the site be given a version, or what is known of it, by what it is where it is right. */
    private static Mono<Permit> permitted(At at, Version version, String source) {
        Permit from = at.looking(source);
        Optional<String> own = Optional.ofNullable(version.ids().get(source));
        return new Inquiry(new ObjectFacts(at.terms().engine().classification()))
                .about(
                        at.name().bucket(),
                        at.name().key(),
                        request -> at.terms().sites().perform(from, SiteVersions.of(request, own)))
                .flatMap(object -> Mono.justOrEmpty(at.terms()
                        .of(at.name(), version.principal(), object)
                        .flatMap(placement -> placement.storingAt(at.site()))))
                .switchIfEmpty(
                        Mono.error(() -> new Copier.Failed("the fence does not permit a version at " + at.site())));
    }

    /** All that needs the claim; false when there is still content to be copied. */
    private Mono<Boolean> ordered(At at) {
        return seen(at).delayUntil(seen -> adopted(at, seen))
                .flatMap(seen -> versions.of(at.name()).map(known -> new Seen(seen.there(), seen.shown(), known)))
                .flatMap(seen -> Flux.concat(
                                Flux.fromIterable(seen.known())
                                        .filter(version ->
                                                version.gone() && version.ids().containsKey(at.site()))
                                        .concatMap(version -> removed(
                                                        at, version.ids().getOrDefault(at.site(), ""), true)
                                                .then(versions.take(version, at.site()))),
                                unknown(at, seen),
                                Flux.fromIterable(seen.known())
                                        .filter(version -> version.behind().contains(at.site()))
                                        .concatMap(version -> amended(at, version)))
                        .then())
                .then(Mono.defer(() -> seen(at)))
                .flatMap(seen -> {
                    boolean lacks = seen.known().stream()
                            .anyMatch(
                                    version -> version.shows() && !version.ids().containsKey(at.site()));
                    return lacks ? Mono.just(false) : topped(at, seen).thenReturn(true);
                });
    }

    /**
     * What the site has that nothing is known of: markers are taken for those that it lacks; what a write left that was given up
     * is removed. What bears no stamp was put there by somebody else, and is left alone.
     */
    private Flux<Void> unknown(At at, Seen seen) {
        Set<String> mapped = new HashSet<>();
        List<Version> lacked = new ArrayList<>();
        for (Version version : seen.known()) {
            Optional<String> own = Optional.ofNullable(version.ids().get(at.site()));
            own.ifPresent(mapped::add);
            if (own.isEmpty() && version.marker() && !version.gone()) {
                lacked.add(version);
            }
        }
        List<Mono<Void>> steps = new ArrayList<>();
        for (SiteVersions.Found found : seen.there()) {
            if (mapped.contains(found.id())) {
                continue;
            }
            if (found.marker() && !lacked.isEmpty()) {
                steps.add(versions.put(lacked.removeFirst(), at.site(), found.id()));
            } else if (found.marker()
                    || Optional.ofNullable(seen.shown().get(found.id()))
                            // What was there before versions were kept is nobody's to remove, unless another has its
                            // name.
                            .filter(shown -> !found.id().equals(Version.NULL)
                                    || seen.known().isEmpty()
                                    || seen.known().stream()
                                            .anyMatch(version -> version.id().equals(Version.NULL)))
                            .filter(shown -> !shown.text().startsWith("\"") && !shown.isNone())
                            .isPresent()) {
                LOG.info("{} at {}: a version that a write left is removed", at.name(), at.site());
                steps.add(removed(at, found.id(), false));
            }
        }
        for (Version version : lacked.reversed()) {
            steps.add(marked(at).flatMap(id -> id.isEmpty() ? Mono.empty() : versions.put(version, at.site(), id)));
        }
        return Flux.concat(steps);
    }

    /** Makes a marker, and says what the site calls it. */
    private static Mono<String> marked(At at) {
        return at.terms()
                .sites()
                .perform(
                        at.looking(),
                        S3Request.of(
                                Operation.DELETE_OBJECT,
                                at.looking().bucket(),
                                at.name().key()))
                .map(reply -> {
                    reply.discard();
                    if (!reply.succeeded()) {
                        throw new Copier.Failed(at.site() + " answers a deletion with " + reply.status());
                    }
                    return reply.headers().get(NewVersion.HEADER, "");
                });
    }

    /** @param must whether it is a failure that the site will not remove it */
    private static Mono<Void> removed(At at, String id, boolean must) {
        return at.terms()
                .sites()
                .perform(
                        at.looking(),
                        SiteVersions.of(
                                S3Request.of(
                                        Operation.DELETE_OBJECT,
                                        at.looking().bucket(),
                                        at.name().key()),
                                Optional.of(id)))
                .flatMap(reply -> {
                    reply.discard();
                    boolean gone = reply.succeeded() || reply.status() == 404;
                    if (!gone && (must || reply.status() >= 500)) {
                        return Mono.error(
                                new Copier.Failed(at.site() + " does not remove a version: " + reply.status()));
                    }
                    return Mono.empty();
                });
    }

    /** Tells the site what is known of a version elsewhere. */
    private Mono<Void> amended(At at, Version version) {
        String own = version.ids().getOrDefault(at.site(), "");
        return source(at, version, false)
                .switchIfEmpty(Mono.error(
                        () -> new Copier.Failed("no site that knows all of version " + version.id() + " answers")))
                .flatMapMany(source -> permitted(at, version, source)
                        .flatMapMany(to -> Flux.fromIterable(ASPECTS)
                                .filter(aspect -> aspect.subresource().equals("tagging")
                                        || at.bucket().lockable())
                                .concatMap(aspect -> told(at, version, source, to, own, aspect))))
                .then(versions.put(version, at.site(), own));
    }

    private static Mono<Void> told(At at, Version version, String source, Permit to, String own, Aspect aspect) {
        Permit from = at.looking(source);
        Query query = Query.of(aspect.subresource(), "");
        return at.terms()
                .sites()
                .perform(
                        from,
                        SiteVersions.of(
                                S3Request.of(
                                                aspect.get(),
                                                from.bucket(),
                                                at.name().key())
                                        .with(query),
                                Optional.ofNullable(version.ids().get(source))))
                .flatMap(reply -> {
                    if (reply.status() == 404) {
                        reply.discard();
                        return Mono.empty();
                    }
                    if (!reply.succeeded()) {
                        reply.discard();
                        return Mono.error(new Copier.Failed(source + " does not say what a version is"));
                    }
                    return reply.bytes(MAX_DOCUMENT);
                })
                .flatMap(document -> at.terms()
                        .sites()
                        .perform(
                                to,
                                SiteVersions.of(
                                                S3Request.of(
                                                                aspect.put(),
                                                                at.looking().bucket(),
                                                                at.name().key())
                                                        .with(query),
                                                Optional.of(own))
                                        .with(S3Body.of(document))))
                .flatMap(reply -> {
                    reply.discard();
                    return reply.succeeded()
                            ? Mono.empty()
                            : Mono.error(new Copier.Failed(at.site() + " is not told of a version: " + reply.status()));
                });
    }

    /** Has the site show the latest version as the object: it may have been given it before others. */
    private Mono<Void> topped(At at, Seen seen) {
        Optional<Version> latest = Versions.latest(seen.known());
        if (latest.isEmpty()) {
            return Mono.empty();
        }
        Version version = latest.get();
        String own = version.ids().getOrDefault(at.site(), "");
        boolean right = seen.there().stream()
                .filter(SiteVersions.Found::latest)
                .anyMatch(found -> found.id().equals(own));
        if (right) {
            return Mono.empty();
        }
        Mono<String> again = version.marker()
                ? marked(at).flatMap(id -> versions.put(version, at.site(), id).thenReturn(id))
                : source(at, version, true).flatMap(source -> copied(at, version, source, Mono.empty()));
        return again.switchIfEmpty(Mono.error(() -> new Copier.Failed("no site that has the latest version answers")))
                .flatMap(
                        id -> own.isEmpty() || id.isEmpty() || id.equals(own) ? Mono.empty() : removed(at, own, false));
    }

    /** Takes all versions from a site that should have none, once the others have them all. */
    Mono<Boolean> cleared(
            Terms terms, Bucket bucket, Entry entry, Known known, Placement plain, Supplier<Intent> intents) {
        Set<String> members = Set.copyOf(bucket.home().wanted());
        if (known.owed().stream().anyMatch(members::contains)) {
            return Mono.empty();
        }
        Intent intent = intents.get();
        At at = at(terms, bucket, entry, known, plain, intent);
        return journal.openToSettle(intent, known)
                .flatMap(claim -> at.there()
                        .flatMapIterable(found -> found)
                        .concatMap(found -> removed(at, found.id(), true))
                        .thenMany(versions.of(at.name()).flatMapIterable(all -> all))
                        .concatMap(version -> versions.take(version, at.site()))
                        .then(Mono.defer(() -> journal.close(claim, left(known.clearedAt(at.site())))))
                        .onErrorResume(error -> doubted(claim, known, error)));
    }
}
