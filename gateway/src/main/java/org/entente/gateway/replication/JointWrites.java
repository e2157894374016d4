package org.entente.gateway.replication;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.journal.Claim;
import org.entente.gateway.journal.Intent;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.Standing.Summary;
import org.entente.gateway.journal.VersionChange;
import org.entente.policy.decide.Permit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Writes at several sites at once, so that they all have it or the journal knows who lacks it. */
public final class JointWrites {
    private static final Logger LOG = LoggerFactory.getLogger(JointWrites.class);

    /** How long a site may hold up others while a body streams. */
    static final Duration LAG = Duration.ofSeconds(5);

    /** How long those that are enough wait for the rest. */
    private static final Duration STRAGGLE = Duration.ofSeconds(1);

    private final Journal journal;
    private final Clock clock;
    private final Runnable unfinished;

    /** @param unfinished told when a write was left whose outcome only the sites know */
    public JointWrites(Journal journal, Clock clock, Runnable unfinished) {
        this.journal = journal;
        this.clock = clock;
        this.unfinished = unfinished;
    }

    /** What is done at one site, and whether that site has been given all of it. */
    private record Branch(Permit permit, Mono<S3Reply> work, Supplier<Boolean> handedOver) {
        String site() {
            return JointWrite.site(permit);
        }
    }

    /** How to make up for a target that failed, once another has the object. */
    interface TopUp {
        /** A site that has not been tried and could take it; empty when there is none. */
        Optional<Permit> next(Set<String> tried);

        /** Copies what this write made from a site that has it. */
        Mono<Outcome> copy(Permit from, Permit to);
    }

    /** What must be so of a key at the moment of a write. */
    interface Check {
        /**
         * Completes when the write may go on, or fails with a refusal; it holds until the write's end.
         *
         * @return the sites that lack an earlier version, and still will when they have the new one
         */
        Mono<Set<String>> of(Claim claim);
    }

    /**
     * Streams a body to all targets.
     *
     * @param perform sends a body to a target
     * @param what the listing's part of the object, from a site's reply
     */
    Mono<S3Reply> stream(
            JointWrite write, S3Body body, Check check, Send perform, Function<S3Reply, Summary> what, TopUp topUp) {
        return Mono.defer(() -> {
            Ending ending = new Ending(write, check, what, topUp);
            if (body.length() == 0) {
                return ending.run(ending.open()
                        .thenMany(Flux.defer(() -> together(
                                ending, write, permit -> new Branch(permit, perform.to(permit, body), () -> true)))));
            }
            S3Body held = new S3Body(body.length(), LastByte.follows(ending.open(), body), body.trailer());
            Tee tee = new Tee(held, write.targets().size(), write.acknowledge(), LAG);
            List<Branch> branches = new ArrayList<>();
            for (int i = 0; i < write.targets().size(); i++) {
                int number = i;
                Permit permit = write.targets().get(i);
                branches.add(new Branch(
                        permit,
                        perform.to(permit, tee.branch(i)).doFinally(end -> tee.forget(number)),
                        () -> tee.complete(number)));
            }
            return ending.run(Flux.merge(branches.stream().map(ending::outcome).toList()));
        });
    }

    /** Sends a request with this body. */
    interface Send {
        Mono<S3Reply> to(Permit permit, S3Body body);
    }

    /** Does at all targets what needs no body of the client's. */
    Mono<S3Reply> command(
            JointWrite write,
            Check check,
            Function<Permit, Mono<S3Reply>> perform,
            Function<S3Reply, Summary> what,
            TopUp topUp) {
        return Mono.defer(() -> {
            Ending ending = new Ending(write, check, what, topUp);
            return ending.run(ending.open()
                    .thenMany(Flux.defer(() ->
                            together(ending, write, permit -> new Branch(permit, perform.apply(permit), () -> true)))));
        });
    }

    private static Flux<Map.Entry<String, Outcome>> together(
            Ending ending, JointWrite write, Function<Permit, Branch> branch) {
        return Flux.merge(write.targets().stream()
                .map(permit -> ending.outcome(branch.apply(permit)))
                .toList());
    }

    /** The end of one write: from the claim of its key to what the journal says of it. */
    private final class Ending {
        private final JointWrite write;
        private final Function<S3Reply, Summary> what;
        private final TopUp topUp;
        private final Map<String, Outcome> outcomes = new ConcurrentHashMap<>();
        private final Detached detached = new Detached();
        private volatile Optional<Claim> claim = Optional.empty();
        private volatile Instant sent = Instant.MIN;
        private volatile Set<String> lacking = Set.of();
        private volatile NewVersion version = NewVersion.NONE;
        private final Mono<Claim> open;

        Ending(JointWrite write, Check check, Function<S3Reply, Summary> what, TopUp topUp) {
            this.write = write;
            this.what = what;
            this.topUp = topUp;
            this.open = Mono.defer(() -> {
                        detached.begin();
                        return journal.open(write.intent());
                    })
                    .doOnNext(held -> claim = Optional.of(held))
                    .delayUntil(this::certainty)
                    .delayUntil(held -> check.of(held).doOnNext(sites -> lacking = sites))
                    .doOnNext(held -> sent = clock.instant())
                    .cache();
        }

        /**
         * Where an earlier write may still take effect at every target, nothing can be acknowledged before that is over: to
         * wait is kinder than to refuse.
         */
        private Mono<Long> certainty(Claim held) {
            Set<String> certain = new TreeSet<>(write.sites());
            certain.removeAll(Conclusion.doubtful(held.before(), clock.instant()));
            return write.kind() == Intent.Kind.PUT && certain.isEmpty()
                    ? Mono.delay(
                            Conclusion.doubt(held.before(), clock.instant()).plusMillis(1))
                    : Mono.empty();
        }

        /** Claims the key; the first subscription does. */
        Mono<Claim> open() {
            return open;
        }

        /** Who is waited for no longer goes on all the same, once the key is claimed; its late answer is let go. */
        Mono<Map.Entry<String, Outcome>> outcome(Branch branch) {
            return Mono.create(sink -> {
                AtomicBoolean late = new AtomicBoolean();
                Disposable work = branch.work()
                        .map(this::meant)
                        .map(reply -> Outcome.of(reply, branch.handedOver().get()))
                        .onErrorResume(error ->
                                Mono.just(Outcome.of(error, branch.handedOver().get())))
                        .contextWrite(sink.contextView())
                        .subscribe(outcome -> {
                            sink.success(Map.entry(branch.site(), outcome));
                            if (late.get()) {
                                reply(outcome).ifPresent(S3Reply::discard);
                            }
                        });
                sink.onCancel(() -> {
                    late.set(true);
                    if (!detached.matters()) {
                        work.dispose();
                    }
                });
            });
        }

        /**
         * What a site means that says that something is not there. Nobody asked that a deletion should find anything; and a site
         * that has lost its bucket cannot take an object, which is its failure and not the client's.
         */
        private S3Reply meant(S3Reply reply) {
            if (reply.status() != 404) {
                return reply;
            }
            return switch (write.kind()) {
                case DELETE -> replaced(reply, S3Reply.empty(204));
                case PUT -> write.parts().isEmpty() ? replaced(reply, S3Reply.empty(503)) : reply;
                case AMEND, PURGE, SETTLE -> reply;
            };
        }

        private S3Reply replaced(S3Reply reply, S3Reply by) {
            LOG.warn("{} of {} is answered {} by a site", write.kind(), write.name(), reply.status());
            reply.discard();
            return by;
        }

        /** Once the key is claimed, nobody's loss of interest stops it. */
        Mono<S3Reply> run(Flux<Map.Entry<String, Outcome>> arriving) {
            return detached.run(arriving.doOnNext(outcome -> outcomes.put(outcome.getKey(), outcome.getValue()))
                    .takeUntilOther(stragglers())
                    .then(Mono.defer(this::conclude))
                    .onErrorResume(this::failed));
        }

        /** Completes when enough have answered and the rest has been waited for. */
        private Mono<Long> stragglers() {
            return Mono.delay(STRAGGLE)
                    .repeat(() -> applied() < write.acknowledge())
                    .then(Mono.delay(STRAGGLE));
        }

        private boolean counts() {
            Set<String> applied = outcomes.entrySet().stream()
                    .filter(outcome -> outcome.getValue() instanceof Outcome.Applied)
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
            return Conclusion.counts(write, claim.orElseThrow().before(), applied, sent);
        }

        private long applied() {
            return outcomes.values().stream()
                    .filter(Outcome.Applied.class::isInstance)
                    .count();
        }

        private Mono<S3Reply> conclude() {
            for (Permit permit : write.targets()) {
                outcomes.computeIfAbsent(
                        JointWrite.site(permit),
                        late -> new Outcome.Unknown(
                                new IllegalStateException("it took longer than the others could wait")));
            }
            // Every target may have failed while the key was still being claimed: then the claim must be ended, too.
            return detached.over()
                    ? answer(false)
                    : open.then()
                            .onErrorComplete()
                            .then(Mono.defer(() -> claim.isEmpty()
                                    ? answer(false)
                                    : toppedUp().then(Mono.defer(() -> end(claim.orElseThrow())))));
        }

        /** Where a target failed and another has the object, that one can give it to a site that stands in. */
        private Mono<Void> toppedUp() {
            Optional<Permit> holder = write.targets().stream()
                    .filter(permit -> outcomes.get(JointWrite.site(permit)) instanceof Outcome.Applied)
                    .findFirst();
            if (holder.isEmpty() || counts()) {
                return Mono.empty();
            }
            return Mono.justOrEmpty(topUp.next(Set.copyOf(outcomes.keySet()))).flatMap(spare -> {
                String site = JointWrite.site(spare);
                return journal.widen(claim.orElseThrow(), site).flatMap(wider -> {
                    if (!wider.intent().sites().contains(site)) {
                        return Mono.empty();
                    }
                    claim = Optional.of(wider);
                    return topUp.copy(holder.get(), spare).flatMap(outcome -> {
                        outcomes.put(site, outcome);
                        return toppedUp();
                    });
                });
            });
        }

        private Mono<S3Reply> end(Claim held) {
            Summary summary = firstApplied().map(what).orElse(Summary.NOTHING);
            NewVersion made = NewVersion.of(write, outcomes);
            Set<String> behind = new TreeSet<>(lacking);
            behind.addAll(made.unnamed());
            Conclusion conclusion = Conclusion.of(write, held, sent, outcomes, behind, summary, clock.instant());
            if (!conclusion.isKnown()) {
                journal.leave(held);
                unfinished.run();
                return answer(false);
            }
            version = made;
            return journal.close(
                            held,
                            home -> Optional.of(conclusion.left(home)),
                            conclusion.counts() ? made.change(write, summary) : VersionChange.NONE)
                    .flatMap(closed -> {
                        if (!closed || conclusion.applied().size() < outcomes.size()) {
                            unfinished.run();
                        }
                        return answer(closed && conclusion.counts());
                    });
        }

        private Optional<S3Reply> firstApplied() {
            return write.targets().stream()
                    .map(permit -> outcomes.get(JointWrite.site(permit)))
                    .filter(Outcome.Applied.class::isInstance)
                    .map(outcome -> ((Outcome.Applied) outcome).reply())
                    .findFirst();
        }

        /** One of the sites' replies; all others are let go. */
        private Mono<S3Reply> answer(boolean counts) {
            Optional<S3Reply> chosen = counts ? firstApplied() : refusal();
            for (Outcome outcome : outcomes.values()) {
                reply(outcome)
                        .filter(reply -> !chosen.equals(Optional.of(reply)))
                        .ifPresent(S3Reply::discard);
            }
            chosen.ifPresent(reply -> {
                reply.headers().set(JointReads.SITE, sites(counts));
                if (counts) {
                    version.tell(write, reply.headers());
                }
            });
            return chosen.map(Mono::just).orElseGet(() -> Mono.error(error()));
        }

        private String sites(boolean counts) {
            return outcomes.entrySet().stream()
                    .filter(outcome -> !counts || outcome.getValue() instanceof Outcome.Applied)
                    .map(Map.Entry::getKey)
                    .sorted()
                    .collect(Collectors.joining(", "));
        }

        /** What a site said of the request itself; where any site may have taken it, that would mislead. */
        private Optional<S3Reply> refusal() {
            boolean mixed = outcomes.values().stream()
                    .anyMatch(o -> o instanceof Outcome.Applied || o instanceof Outcome.Unknown);
            return mixed
                    ? Optional.empty()
                    : outcomes.values().stream()
                            .filter(Outcome.Refused.class::isInstance)
                            .map(outcome -> ((Outcome.Refused) outcome).reply())
                            .findFirst();
        }

        private static Optional<S3Reply> reply(Outcome outcome) {
            return switch (outcome) {
                case Outcome.Applied applied -> Optional.of(applied.reply());
                case Outcome.Refused refused -> Optional.of(refused.reply());
                case Outcome.Missed missed -> Optional.empty();
                case Outcome.Unknown unknown -> Optional.empty();
            };
        }

        private Throwable error() {
            return outcomes.values().stream()
                    .filter(Outcome.Missed.class::isInstance)
                    .map(outcome -> ((Outcome.Missed) outcome).why())
                    .filter(S3Refusal.class::isInstance)
                    .findFirst()
                    .orElseGet(() -> {
                        LOG.warn("{} of {} could not be done: {}", write.kind(), write.name(), outcomes);
                        return Refusals.unavailable();
                    });
        }

        /** The claim could not be had, or what must hold of the key does not. */
        private Mono<S3Reply> failed(Throwable error) {
            boolean untouched = outcomes.values().stream()
                    .noneMatch(o -> o instanceof Outcome.Applied || o instanceof Outcome.Unknown);
            outcomes.values().forEach(outcome -> reply(outcome).ifPresent(S3Reply::discard));
            if (claim.isEmpty()) {
                return Mono.error(error);
            }
            if (!untouched) {
                journal.leave(claim.get());
                unfinished.run();
                return Mono.error(error);
            }
            return journal.cancel(claim.get()).then(Mono.error(error));
        }
    }
}
