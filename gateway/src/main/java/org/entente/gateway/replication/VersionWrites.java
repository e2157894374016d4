package org.entente.gateway.replication;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.journal.Claim;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.Generations;
import org.entente.gateway.journal.Home;
import org.entente.gateway.journal.Intent;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.Standing;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.journal.Standing.Same;
import org.entente.gateway.journal.Standing.Summary;
import org.entente.gateway.journal.Version;
import org.entente.gateway.journal.VersionChange;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.replication.Replication.Task;
import org.entente.policy.decide.Permit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What is done to versions that are there already: they are removed for good, or what is known of them changes. */
final class VersionWrites {
    private static final Logger LOG = LoggerFactory.getLogger(VersionWrites.class);

    static final String NOT_OF_A_MARKER = "The specified method is not allowed against this resource.";

    private final Journal journal;
    private final Versions versions;
    private final FirstVersion first;
    private final Generations generations;
    private final Clock clock;
    private final Runnable unfinished;

    /** @param unfinished told when there is something to settle */
    VersionWrites(
            Journal journal,
            Versions versions,
            FirstVersion first,
            Generations generations,
            Clock clock,
            Runnable unfinished) {
        this.journal = journal;
        this.versions = versions;
        this.first = first;
        this.generations = generations;
        this.clock = clock;
        this.unfinished = unfinished;
    }

    /** DeleteObject of one version: it is no more, whatever it is. */
    Mono<S3Reply> purge(Task task, String id) {
        return claimed(
                task,
                Intent.Kind.PURGE,
                (claim, lacking) -> versions.of(task.name())
                        .flatMap(all -> Versions.named(all, id)
                                .map(version -> purged(task, claim, all, version, lacking))
                                .orElseGet(() -> journal.cancel(claim).thenReturn(removed(id, false)))));
    }

    private static S3Reply removed(String id, boolean marker) {
        S3Reply reply = S3Reply.empty(204);
        reply.headers().set(NewVersion.HEADER, id);
        if (marker) {
            reply.headers().set(NewVersion.MARKER, "true");
        }
        return reply;
    }

    private Mono<S3Reply> claimed(Task task, Intent.Kind kind, BiFunction<Claim, Set<String>, Mono<S3Reply>> work) {
        return Mono.defer(() -> {
            Detached detached = new Detached();
            Intent intent = new Intent(
                    task.name(),
                    kind,
                    generations.next(),
                    Set.copyOf(task.home().wanted()),
                    task.targets().acknowledge(),
                    task.principal(),
                    Optional.empty());
            return detached.run(journal.open(intent).flatMap(claim -> {
                detached.begin();
                return first.prepared(task, claim)
                        .onErrorResume(error -> journal.cancel(claim).then(Mono.error(error)))
                        .flatMap(lacking -> work.apply(claim, lacking))
                        // Whoever ended the claim has said what is known; else others find it out.
                        .doOnError(error -> journal.leave(claim));
            }));
        });
    }

    /** What a request came to at each of the sites that have a version and can be reached. */
    private Mono<Map<String, Outcome>> atSites(Task task, Version version, S3Request request) {
        boolean stores = request.operation().effect() == Operation.Effect.STORE;
        List<Permit> permits = version.ids().keySet().stream()
                .sorted()
                .filter(task.terms().sites()::answers)
                .flatMap(site -> (stores
                                ? task.placement().storingAt(site)
                                : task.placement().retrievingFrom(site))
                        .stream())
                .toList();
        return Flux.fromIterable(permits)
                .flatMap(permit -> {
                    String site = JointWrite.site(permit);
                    return task.terms()
                            .sites()
                            .performUnlessDark(
                                    permit,
                                    SiteVersions.of(
                                            request,
                                            Optional.ofNullable(version.ids().get(site))))
                            .map(reply -> Outcome.of(reply, true))
                            .onErrorResume(error -> Mono.just(Outcome.of(error, true)))
                            .map(outcome -> Map.entry(site, outcome));
                })
                .collectMap(Map.Entry::getKey, Map.Entry::getValue);
    }

    private Mono<S3Reply> purged(Task task, Claim claim, List<Version> all, Version version, Set<String> lacking) {
        return atSites(task, version, task.request()).flatMap(outcomes -> {
            Set<String> applied = new TreeSet<>();
            boolean open = false;
            Optional<S3Reply> refusal = Optional.empty();
            for (Map.Entry<String, Outcome> outcome : outcomes.entrySet()) {
                switch (outcome.getValue()) {
                    case Outcome.Applied done -> {
                        done.reply().discard();
                        applied.add(outcome.getKey());
                    }
                    case Outcome.Refused refused -> {
                        if (refused.reply().status() == 404) {
                            refused.reply().discard();
                            applied.add(outcome.getKey());
                        } else {
                            refusal.ifPresent(S3Reply::discard);
                            refusal = Optional.of(refused.reply());
                        }
                    }
                    case Outcome.Missed missed -> {}
                    case Outcome.Unknown unknown -> open = true;
                }
            }
            // One without content that no site ever had is no more once nobody speaks of it.
            boolean nowhere = version.ids().isEmpty();
            if (applied.isEmpty() && !nowhere) {
                return undone(claim, open, refusal);
            }
            refusal.ifPresent(S3Reply::discard);
            boolean doubt = open;
            return journal.close(
                            claim,
                            home -> Optional.of(left(claim, home, all, version, applied, lacking, doubt)),
                            new VersionChange.Removed(version, applied))
                    .flatMap(closed -> {
                        unfinished.run();
                        return closed
                                ? Mono.just(removed(version.id(), version.marker()))
                                : Mono.error(Refusals.unavailable());
                    });
        });
    }

    private Mono<S3Reply> undone(Claim claim, boolean open, Optional<S3Reply> refusal) {
        if (open) {
            journal.leave(claim);
            unfinished.run();
            refusal.ifPresent(S3Reply::discard);
            return Mono.error(Refusals.unavailable());
        }
        return journal.cancel(claim).then(refusal.map(Mono::just).orElseGet(() -> Mono.error(Refusals.unavailable())));
    }

    private Standing left(
            Claim claim,
            Home home,
            List<Version> all,
            Version removed,
            Set<String> applied,
            Set<String> lacking,
            boolean open) {
        Instant now = clock.instant();
        Instant doubt = claim.before() instanceof Known known ? known.doubtUntil() : Instant.EPOCH;
        if (open && doubt.isBefore(now.plus(Quarantine.LENGTH))) {
            doubt = now.plus(Quarantine.LENGTH);
        }
        Set<String> remaining = new TreeSet<>(removed.ids().keySet());
        remaining.removeAll(applied);
        boolean wasLatest = Versions.latest(all).filter(removed::equals).isPresent();
        if (wasLatest) {
            // What a site shows in its place depends on the order in which it was given the others: that is looked at.
            List<Version> rest = new ArrayList<>(all);
            rest.remove(removed);
            return suspect(claim, home, rest, doubt, false);
        }
        Set<String> owed = new TreeSet<>(remaining);
        owed.addAll(lacking);
        owed.retainAll(home.wanted());
        Set<String> strays = new TreeSet<>(remaining);
        if (claim.before() instanceof Known known) {
            strays.addAll(known.strays());
        }
        strays.removeAll(home.wanted());
        return standing(claim, home, all, owed, strays, doubt, false);
    }

    /** As it was, but that these sites lack something. */
    private static Standing standing(
            Claim claim,
            Home home,
            List<Version> all,
            Set<String> owed,
            Set<String> strays,
            Instant doubt,
            boolean amended) {
        Set<String> holders =
                new TreeSet<>(claim.before() instanceof Known known ? known.holders() : new TreeSet<>(home.holding()));
        holders.removeAll(owed);
        Optional<Version> latest = Versions.latest(all);
        Known left = new Known(
                latest.filter(Version::shows).isPresent(),
                latest.map(Version::generation).orElse(Generation.NONE),
                holders,
                owed,
                strays,
                doubt,
                amended,
                latest.map(Version::what).orElse(Summary.NOTHING),
                claim.intent().principal());
        return left.settled() ? new Same() : left;
    }

    /**
     * Every site is to be looked at before its word is taken; until then an answer counts if it shows the latest version.
     *
     * @param all the versions that there are
     */
    static Known suspect(Claim claim, Home home, List<Version> all, Instant doubt, boolean amended) {
        Optional<Version> latest = Versions.latest(all);
        Set<String> strays = new TreeSet<>(claim.intent().sites());
        all.forEach(version -> strays.addAll(version.ids().keySet()));
        if (claim.before() instanceof Known known) {
            strays.addAll(known.strays());
            strays.addAll(known.holders());
        }
        strays.removeAll(home.wanted());
        return new Known(
                latest.filter(Version::shows).isPresent(),
                latest.map(Version::generation).orElse(Generation.NONE),
                Set.of(),
                Set.copyOf(home.wanted()),
                strays,
                doubt,
                amended,
                latest.map(Version::what).orElse(Summary.NOTHING),
                claim.intent().principal());
    }

    /** Tags, retention and legal hold of a version; of the latest where the request names none. */
    Mono<S3Reply> amend(Task task, S3Body document) {
        Optional<String> id = task.request().query().first("versionId");
        return claimed(
                task,
                Intent.Kind.AMEND,
                (claim, lacking) -> versions.of(task.name()).flatMap(all -> {
                    Optional<Version> version =
                            id.map(asked -> Versions.named(all, asked)).orElseGet(() -> Versions.latest(all));
                    Optional<S3Refusal> refusal = refusal(version, id);
                    return refusal.isPresent()
                            ? journal.cancel(claim).then(Mono.error(refusal.get()))
                            : amended(task, claim, all, version.orElseThrow(), lacking, document);
                }));
    }

    private static Optional<S3Refusal> refusal(Optional<Version> version, Optional<String> id) {
        if (version.isEmpty()) {
            return Optional.of(id.isPresent() ? noSuchVersion() : noSuchKey());
        }
        if (!version.get().marker()) {
            return Optional.empty();
        }
        return Optional.of(id.isPresent() ? ofMarker() : noSuchKey());
    }

    static S3Refusal noSuchVersion() {
        return new S3Refusal(S3ErrorCode.NO_SUCH_VERSION, "The specified version does not exist.");
    }

    private static S3Refusal noSuchKey() {
        return new S3Refusal(S3ErrorCode.NO_SUCH_KEY, "The specified key does not exist.");
    }

    static S3Refusal ofMarker() {
        return new S3Refusal(S3ErrorCode.METHOD_NOT_ALLOWED, NOT_OF_A_MARKER);
    }

    private Mono<S3Reply> amended(
            Task task, Claim claim, List<Version> all, Version version, Set<String> lacking, S3Body document) {
        return atSites(task, version, task.request().with(document)).flatMap(outcomes -> {
            List<S3Reply> done = new ArrayList<>();
            Set<String> behind = new TreeSet<>(version.ids().keySet());
            boolean open = false;
            Optional<S3Reply> refusal = Optional.empty();
            for (Map.Entry<String, Outcome> outcome : outcomes.entrySet()) {
                switch (outcome.getValue()) {
                    case Outcome.Applied applied -> {
                        done.add(applied.reply());
                        behind.remove(outcome.getKey());
                    }
                    case Outcome.Refused refused -> {
                        refusal.ifPresent(S3Reply::discard);
                        refusal = Optional.of(refused.reply());
                    }
                    case Outcome.Missed missed -> {}
                    case Outcome.Unknown unknown -> open = true;
                }
            }
            if (done.isEmpty()) {
                return undone(claim, open, refusal);
            }
            refusal.ifPresent(S3Reply::discard);
            done.subList(1, done.size()).forEach(S3Reply::discard);
            Instant doubt = open ? clock.instant().plus(Quarantine.LENGTH) : Instant.EPOCH;
            return told(claim, all, version, lacking, behind, doubt).flatMap(closed -> {
                boolean enough = done.size() >= Math.min(task.targets().acknowledge(), outcomes.size());
                if (!behind.isEmpty()) {
                    unfinished.run();
                }
                if (closed && enough) {
                    S3Reply reply = done.getFirst();
                    reply.headers().set(NewVersion.HEADER, version.id());
                    return Mono.just(reply);
                }
                done.getFirst().discard();
                LOG.warn("a change of {} reached {} sites only", task.name(), done.size());
                return Mono.error(Refusals.unavailable());
            });
        });
    }

    private Mono<Boolean> told(
            Claim claim, List<Version> all, Version version, Set<String> lacking, Set<String> behind, Instant doubt) {
        Optional<Known> before = claim.before() instanceof Known known ? Optional.of(known) : Optional.empty();
        Instant until = before.map(Known::doubtUntil).filter(doubt::isBefore).orElse(doubt);
        boolean latest = Versions.latest(all).filter(version::equals).isPresent();
        boolean unlike =
                (latest && !behind.isEmpty()) || before.filter(Known::amended).isPresent();
        return journal.close(
                claim,
                home -> {
                    Set<String> owed = new TreeSet<>(behind);
                    owed.addAll(lacking);
                    owed.retainAll(home.wanted());
                    Set<String> strays = before.map(Known::strays).orElse(Set.of());
                    return Optional.of(standing(claim, home, all, owed, strays, until, unlike));
                },
                new VersionChange.Amended(version, behind));
    }
}
