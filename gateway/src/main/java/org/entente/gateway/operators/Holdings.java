package org.entente.gateway.operators;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.rehoming.Moves;
import org.entente.gateway.rehoming.Pass;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Where buckets are, what sites owe of them, and how far those that move have come. */
public final class Holdings {
    private final Journal journal;
    private final Catalogue catalogue;
    private final Moves moves;
    private final Clock clock;

    Holdings(Journal journal, Catalogue catalogue, Moves moves, Clock clock) {
        this.journal = journal;
        this.catalogue = catalogue;
        this.moves = moves;
        this.clock = clock;
    }

    /**
     * What a site owes.
     *
     * @param keys how many it lacks
     * @param bytes how many it lacks
     * @param strays how many keys it should not have any more
     * @param since the oldest; null when it owes nothing
     */
    public record Owes(
            long keys, long bytes, long strays, @Nullable Instant since) {
        static final Owes NOTHING = new Owes(0, 0, 0, null);

        static Owes of(Journal.Lag lag) {
            return new Owes(lag.keys(), lag.bytes(), lag.strays(), lag.oldest());
        }
    }

    /**
     * The journal.
     *
     * @param entries how many keys it speaks of
     * @param owed by the sites' names; without those that owe nothing
     */
    public record State(long entries, Map<String, Owes> owed, List<Walk> moves) {}

    /**
     * How far a bucket has come on its way.
     *
     * @param unlike how many objects had to be brought up to date
     * @param finish when it will have been walked through at the speed up to now; null while that is not known
     * @param waitsFor why it does not go on; empty while it does
     */
    public record Walk(
            String bucket,
            long objects,
            long ofObjects,
            long bytes,
            long ofBytes,
            long unlike,
            Instant started,
            @Nullable Instant finish,
            String waitsFor) {
        static Walk of(Pass pass, Instant now) {
            Duration passed = Duration.between(pass.started(), now);
            boolean known = pass.objects() > 0 && pass.totalObjects() >= pass.objects();
            return new Walk(
                    pass.bucket(),
                    pass.objects(),
                    pass.totalObjects(),
                    pass.bytes(),
                    pass.totalBytes(),
                    pass.unlike(),
                    pass.started(),
                    known
                            ? pass.started().plusMillis((long)
                                    ((double) passed.toMillis() * pass.totalObjects() / pass.objects()))
                            : null,
                    pass.waitsFor());
        }
    }

    /**
     * A bucket, and where it is.
     *
     * @param move where it is going; null while it stays
     * @param leaving the sites whose copies are still to be removed
     * @param settled whether all its objects are the same at all its sites
     */
    public record Held(
            String name,
            String owner,
            String policy,
            List<String> members,
            Bucket.@Nullable Move move,
            List<String> leaving,
            Instant created,
            boolean settled) {}

    /** By the sites' names, without those that owe nothing. */
    Mono<Map<String, Owes>> owed() {
        return journal.lags().map(lags -> lags.stream().collect(Collectors.toMap(Journal.Lag::site, Owes::of)));
    }

    public Mono<State> journal() {
        return Mono.zip(journal.size(), owed(), moves.passes())
                .map(all -> new State(
                        all.getT1(),
                        all.getT2(),
                        all.getT3().stream()
                                .map(pass -> Walk.of(pass, clock.instant()))
                                .toList()));
    }

    /** All, by their names. */
    public Mono<List<Held>> buckets() {
        return catalogue
                .all()
                .flatMapIterable(all ->
                        all.stream().sorted(Comparator.comparing(Bucket::name)).toList())
                .concatMap(this::held)
                .collectList();
    }

    /** Empty when there is none of that name. */
    public Mono<Optional<Held>> bucket(String name) {
        return catalogue
                .find(name)
                .flatMap(found ->
                        found.map(bucket -> held(bucket).map(Optional::of)).orElse(Mono.just(Optional.empty())));
    }

    private Mono<Held> held(Bucket bucket) {
        return journal.speaksOf(bucket.name())
                .map(owes -> new Held(
                        bucket.name(),
                        bucket.owner(),
                        bucket.policy(),
                        bucket.members(),
                        bucket.move().orElse(null),
                        bucket.leaving(),
                        bucket.created(),
                        !owes));
    }
}
