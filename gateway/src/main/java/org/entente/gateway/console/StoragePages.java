package org.entente.gateway.console;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.operators.Holdings;
import org.entente.gateway.operators.PolicyControl;
import org.entente.policy.decide.Explanation;
import org.entente.policy.model.Action;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Buckets and where they are, and what is not the same everywhere yet. */
final class StoragePages {
    private final Pages pages;
    private final Holdings holdings;
    private final PolicyControl policies;
    private final Clock clock;

    StoragePages(Pages pages, Holdings holdings, PolicyControl policies, Clock clock) {
        this.pages = pages;
        this.holdings = holdings;
        this.policies = policies;
        this.clock = clock;
    }

    private record Ledger(String entries, List<Owing> owed, boolean anyOwed, List<Way> moves, boolean anyMoves) {}

    private record Owing(String site, String keys, String bytes, String strays, String since, String age) {}

    private record Way(
            String bucket,
            String objects,
            String ofObjects,
            String bytes,
            String ofBytes,
            int percent,
            String unlike,
            String started,
            String finish,
            String waitsFor) {}

    private record Listed(List<Row> buckets, boolean any) {}

    private record Row(
            String name, String owner, String policy, String members, String going, String leaving, boolean settled) {}

    private record Held(Row bucket, String created, boolean explained, String why, List<PolicyPages.Judged> sites) {}

    RouterFunction<ServerResponse> routes() {
        return RouterFunctions.route()
                .GET("/console/journal", this::journal)
                .GET("/console/buckets", this::buckets)
                .GET("/console/buckets/{name}", this::bucket)
                .build();
    }

    private Mono<ServerResponse> journal(ServerRequest request) {
        return holdings.journal()
                .flatMap(state -> pages.show(request, "journal", "Journal", ledger(state)))
                .onErrorResume(error -> pages.failed(request, error));
    }

    private Ledger ledger(Holdings.State state) {
        Instant now = clock.instant();
        List<Owing> owed = state.owed().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(each -> owing(each.getKey(), each.getValue(), now))
                .toList();
        List<Way> moves = state.moves().stream().map(walk -> way(walk, now)).toList();
        return new Ledger(Words.number(state.entries()), owed, !owed.isEmpty(), moves, !moves.isEmpty());
    }

    private static Owing owing(String site, Holdings.Owes owes, Instant now) {
        return new Owing(
                site,
                Words.number(owes.keys()),
                Words.bytes(owes.bytes()),
                Words.number(owes.strays()),
                Optional.ofNullable(owes.since()).map(Words::moment).orElse(""),
                Optional.ofNullable(owes.since())
                        .map(since -> Words.duration(Duration.between(since, now)))
                        .orElse(""));
    }

    private static Way way(Holdings.Walk walk, Instant now) {
        return new Way(
                walk.bucket(),
                Words.number(walk.objects()),
                Words.number(walk.ofObjects()),
                Words.bytes(walk.bytes()),
                Words.bytes(walk.ofBytes()),
                walk.ofObjects() == 0 ? 0 : (int) Math.min(100, 100 * walk.objects() / walk.ofObjects()),
                Words.number(walk.unlike()),
                Words.duration(Duration.between(walk.started(), now)),
                Optional.ofNullable(walk.finish())
                        .map(finish -> Words.duration(Duration.between(now, finish)))
                        .orElse("not known yet"),
                walk.waitsFor());
    }

    private Mono<ServerResponse> buckets(ServerRequest request) {
        return holdings.buckets()
                .flatMap(all -> pages.show(
                        request,
                        "buckets",
                        "Buckets",
                        new Listed(all.stream().map(StoragePages::row).toList(), !all.isEmpty())))
                .onErrorResume(error -> pages.failed(request, error));
    }

    private static Row row(Holdings.Held held) {
        return new Row(
                held.name(),
                held.owner(),
                held.policy(),
                String.join(", ", held.members()),
                Optional.ofNullable(held.move())
                        .map(Bucket.Move::to)
                        .map(to -> String.join(", ", to))
                        .orElse(""),
                String.join(", ", held.leaving()),
                held.settled());
    }

    private Mono<ServerResponse> bucket(ServerRequest request) {
        return holdings.bucket(request.pathVariable("name"))
                .flatMap(found -> found.map(
                                held -> pages.show(request, "bucket", "Bucket " + held.name(), explained(held)))
                        .orElseGet(() -> pages.missing(request, "There is no bucket of that name.")))
                .onErrorResume(error -> pages.failed(request, error));
    }

    /** With the reasons for which its owner's objects go where they go. */
    private Held explained(Holdings.Held held) {
        String created = Words.moment(held.created());
        try {
            Explanation explanation = policies.explain(new PolicyControl.Asked(
                    held.owner(), Action.WRITE.toString(), null, held.name(), null, null, null, null));
            return new Held(
                    row(held),
                    created,
                    true,
                    explanation.why().orElse(""),
                    explanation.sites().stream()
                            .map(judged -> PolicyPages.Judged.of(judged, policies))
                            .toList());
        } catch (IllegalArgumentException e) {
            return new Held(row(held), created, false, String.valueOf(e.getMessage()), List.of());
        }
    }
}
