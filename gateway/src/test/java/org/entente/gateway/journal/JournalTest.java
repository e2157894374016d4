package org.entente.gateway.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.entente.backends.resilience.SiteHealth;
import org.entente.backends.resilience.SiteHealth.State;
import org.entente.gateway.journal.Intent.Kind;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.journal.Standing.Same;
import org.entente.gateway.journal.Standing.Summary;
import org.entente.gateway.sites.Warnings;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.transaction.support.TransactionTemplate;
import org.sqlite.ProgressHandler;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The same journal in both of its databases. */
class JournalTest {
    private static final int BATCH = 10_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Nested
    class InSqlite extends Cases {
        @Override
        String url(Path directory) {
            return "jdbc:sqlite:" + directory.resolve("journal.db")
                    + "?journal_mode=WAL&synchronous=FULL&busy_timeout=5000&transaction_mode=IMMEDIATE";
        }

        @Test
        void whatIsNotDueIsNotLookedAt() {
            List<String> plan = now(database()
                    .read(client -> client.sql("explain query plan " + Rows.DUE)
                            .param("now", 1)
                            .param("site", "%,a,%")
                            .param("most", 10)
                            .query((row, number) -> row.getString("detail"))
                            .list()));
            assertThat(plan).singleElement().asString().contains("entry_due");
        }

        @Test
        void whoLacksSomethingIsFoundInAsManyStepsAmongManyAsAmongFew() throws SQLException {
            now(database().write(client -> owe(client, 0, 10)));
            long among = stepsToFindWhoIsBehind();
            now(database().write(client -> owe(client, 10, 20_000)));
            assertThat(stepsToFindWhoIsBehind()).isEqualTo(among).isPositive();
        }

        private static int owe(JdbcClient client, int from, int to) {
            for (int i = from; i < to; i++) {
                Intent intent = intent("key-" + i, Kind.PUT, "a", "b");
                Rows.open(client, intent, "g", i);
                Rows.close(client, new Claim(intent, new Same()), owed(intent, "a", "b"), 1);
            }
            return to;
        }

        /** Of SQLite's machine. */
        private long stepsToFindWhoIsBehind() throws SQLException {
            AtomicLong steps = new AtomicLong();
            try (Connection connection = DriverManager.getConnection(url(directory()))) {
                ProgressHandler.setHandler(connection, 1, new ProgressHandler() {
                    @Override
                    protected int progress() {
                        steps.incrementAndGet();
                        return 0;
                    }
                });
                JdbcClient client = JdbcClient.create(new SingleConnectionDataSource(connection, true));
                assertThat(Rows.behind(client, true)).containsExactly("b");
            }
            return steps.get();
        }
    }

    @Nested
    class InPostgres extends Cases {
        @Override
        String url(Path directory) {
            String name = "journal" + DATABASES.incrementAndGet();
            JdbcClient.create(postgres().getPostgresDatabase())
                    .sql("create database " + name)
                    .update();
            return postgres().getJdbcUrl("postgres", name);
        }
    }

    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static Optional<EmbeddedPostgres> running = Optional.empty();

    private static synchronized EmbeddedPostgres postgres() {
        if (running.isEmpty()) {
            try {
                running = Optional.of(EmbeddedPostgres.start());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return running.get();
    }

    @AfterAll
    static void stop() throws IOException {
        if (running.isPresent()) {
            running.get().close();
        }
    }

    /** What holds in either. */
    abstract static class Cases {
        @TempDir
        private Path directory;

        private final Scheduler readers = Schedulers.newBoundedElastic(4, 1000, "readers");
        private final Scheduler writer = Schedulers.newSingle("writer");
        private final AtomicInteger commits = new AtomicInteger();
        private final AtomicInteger names = new AtomicInteger();
        private HikariDataSource source = new HikariDataSource();

        abstract String url(Path directory);

        Path directory() {
            return directory;
        }

        @AfterEach
        void close() {
            source.close();
            readers.dispose();
            writer.dispose();
        }

        private Journal journal(String gateway) {
            return new Journal(database(), Clock.systemUTC(), gateway);
        }

        private boolean isShared() {
            return source.getJdbcUrl().contains("postgresql");
        }

        Database database() {
            if (source.getJdbcUrl() == null) {
                source.setJdbcUrl(url(directory));
                if (!isShared()) {
                    source.setDataSource(new KeptStatements(url(directory)));
                }
                Flyway.configure().dataSource(source).load().migrate();
            }
            TransactionTemplate transactions = new TransactionTemplate(new DataSourceTransactionManager(source) {
                @Override
                protected void doCommit(org.springframework.transaction.support.DefaultTransactionStatus status) {
                    commits.incrementAndGet();
                    super.doCommit(status);
                }
            });
            return new Database(
                    JdbcClient.create(source), isShared(), transactions, readers, writer, Schedulers.parallel());
        }

        static <T> T now(Mono<T> mono) {
            return mono.blockOptional(PATIENCE).orElseThrow();
        }

        static Intent intent(String key, Kind kind, String... sites) {
            return new Intent(
                    new ObjectName("bucket", key),
                    kind,
                    new Generation("g-" + UUID.randomUUID()),
                    Set.of(sites),
                    2,
                    "somebody",
                    Optional.empty());
        }

        static Known owed(Intent intent, String holder, String... owed) {
            return new Known(
                    true,
                    intent.generation(),
                    Set.of(holder),
                    Set.of(owed),
                    Set.of(),
                    Instant.EPOCH,
                    false,
                    new Summary("\"etag\"", 42, Instant.ofEpochMilli(1000), PartSizes.parse("5x2,7")),
                    "somebody");
        }

        /** Writes are done in their order. */
        private static void whatIsQueuedIsWritten(Database database) {
            now(database.write(client -> true));
        }

        @Test
        void whatOneGatewayFindsDarkTheOthersAreToldOnce() {
            Database database = database();
            List<SiteHealth.Change> changes = new ArrayList<>();
            SiteHealth seenByB = new SiteHealth("site", Clock.systemUTC(), changes::add);
            Map<String, SiteHealth> sites = Map.of("site", seenByB);
            Warnings a = new Warnings(database, "a", true);
            Warnings b = new Warnings(database, "b", true);
            SiteHealth.Change dark =
                    new SiteHealth.Change("site", State.HEALTHY, State.DARK, "connection refused", Instant.EPOCH, true);
            a.tell(dark);
            whatIsQueuedIsWritten(database);
            b.follow(sites).block(PATIENCE);
            assertThat(changes).as("what was so before anybody looked").isEmpty();
            a.tell(dark);
            a.tell(new SiteHealth.Change("other", State.HEALTHY, State.DARK, "", Instant.EPOCH, true));
            whatIsQueuedIsWritten(database);
            b.follow(sites).block(PATIENCE);
            assertThat(seenByB.state()).isEqualTo(State.DARK);
            assertThat(seenByB.why()).contains("gateway a").contains("connection refused");
            changes.forEach(b::tell);
            whatIsQueuedIsWritten(database);
            SiteHealth seenByA = new SiteHealth("site", Clock.systemUTC(), change -> {});
            a.follow(Map.of()).block(PATIENCE);
            a.follow(Map.of("site", seenByA)).block(PATIENCE);
            assertThat(seenByA.state()).as("nobody tells on what it was told").isEqualTo(State.HEALTHY);
        }

        @Test
        void aWriteThatAllHaveLeavesNothing() {
            Journal journal = journal("g");
            Claim claim = now(journal.open(intent("k", Kind.PUT, "a", "b")));
            assertThat(claim.before()).isEqualTo(new Same());
            assertThat(now(journal.find(claim.intent().name())).orElseThrow().underWay())
                    .contains(claim.intent());
            assertThat(now(journal.close(claim, new Same()))).isTrue();
            assertThat(now(journal.find(claim.intent().name()))).isEmpty();
            assertThat(now(journal.size())).isZero();
        }

        @Test
        void whatIsOwedIsRememberedWhole() {
            Journal journal = journal("g");
            Claim claim = now(journal.open(intent("k", Kind.PUT, "a", "b")));
            Known left = owed(claim.intent(), "a", "b");
            now(journal.close(claim, left));
            Entry entry = now(journal.find(claim.intent().name())).orElseThrow();
            assertThat(entry.standing()).isEqualTo(left);
            assertThat(entry.underWay()).isEmpty();
            assertThat(now(journal.lags())).singleElement().satisfies(lag -> {
                assertThat(lag.site()).isEqualTo("b");
                assertThat(lag.keys()).isOne();
                assertThat(lag.bytes()).isEqualTo(42);
            });
            assertThat(now(journal.due("b", 10))).containsExactly(entry);
            assertThat(now(journal.due("a", 10))).isEmpty();
        }

        @Test
        void aCancelledWriteLeavesWhatWasBefore() {
            Journal journal = journal("g");
            Claim first = now(journal.open(intent("k", Kind.PUT, "a", "b")));
            Known left = owed(first.intent(), "a", "b");
            now(journal.close(first, left));
            Claim second = now(journal.open(intent("k", Kind.DELETE, "a", "b")));
            assertThat(second.before()).isEqualTo(left);
            now(journal.cancel(second));
            assertThat(now(journal.find(new ObjectName("bucket", "k")))
                            .orElseThrow()
                            .standing())
                    .isEqualTo(left);
        }

        @Test
        void writesOfOneKeyEndOneAfterTheOtherThroughWhicheverGateway() {
            Journal one = journal("one");
            Journal two = journal("two");
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            Flux<Boolean> all = Flux.range(0, 60)
                    .flatMap(
                            i -> {
                                Journal journal = i % 2 == 0 ? one : two;
                                return journal.open(intent("hot", Kind.PUT, "a"))
                                        .doOnNext(claim -> most.accumulateAndGet(inside.incrementAndGet(), Math::max))
                                        .flatMap(claim -> Mono.delay(Duration.ofMillis(2))
                                                .doOnNext(t -> inside.decrementAndGet())
                                                .then(journal.close(claim, new Same())));
                            },
                            60);
            assertThat(now(all.collectList())).hasSize(60).allMatch(closed -> closed);
            assertThat(most).hasValue(1);
        }

        @Test
        void writesThatComeTogetherShareACommit() {
            Journal journal = journal("g");
            now(journal.size());
            commits.set(0);
            List<Claim> claims = now(Flux.range(0, 500)
                    .flatMap(i -> journal.open(intent("k" + i, Kind.PUT, "a")), 500)
                    .collectList());
            now(Flux.fromIterable(claims)
                    .flatMap(claim -> journal.close(claim, new Same()), 500)
                    .collectList());
            System.out.printf(
                    "JournalTest: 1,000 writes in %d commits (%s)%n",
                    commits.get(), getClass().getSimpleName());
            assertThat(commits.get()).isLessThan(200);
        }

        @Test
        void whoHasLostItsClaimCannotCloseIt() {
            Journal journal = journal("one");
            Claim claim = now(journal.open(intent("k", Kind.PUT, "a", "b")));
            Journal other = journal("two");
            Entry entry = now(other.abandoned(gateway -> true, 10)).getFirst();
            assertThat(now(other.close(Journal.claim(entry).orElseThrow(), new Same())))
                    .isTrue();
            assertThat(now(journal.close(claim, owed(claim.intent(), "a", "b"))))
                    .isFalse();
            assertThat(now(journal.size())).isZero();
        }

        @Test
        void onlyWhatNobodyEndsIsAbandoned() {
            Journal journal = journal("one");
            Claim claim = now(journal.open(intent("k", Kind.PUT, "a", "b")));
            assertThat(now(journal.abandoned(gateway -> true, 10))).isEmpty();
            assertThat(now(journal("two").abandoned(gateway -> false, 10))).isEmpty();
            journal.leave(claim);
            assertThat(now(journal.abandoned(gateway -> false, 10))).hasSize(1);
        }

        @Test
        void aKeyThatWasWrittenMeanwhileIsNotSettled() {
            Journal journal = journal("g");
            Claim first = now(journal.open(intent("k", Kind.PUT, "a", "b")));
            Known old = owed(first.intent(), "a", "b");
            now(journal.close(first, old));
            Claim second = now(journal.open(intent("k", Kind.PUT, "a", "b")));
            assertThat(journal.openToSettle(intent("k", Kind.SETTLE, "b"), old).blockOptional())
                    .isEmpty();
            now(journal.close(second, owed(second.intent(), "a", "b")));
            assertThat(journal.openToSettle(intent("k", Kind.SETTLE, "b"), old).blockOptional())
                    .isEmpty();
        }

        @Test
        void keysAreInTheOrderOfTheirBytes() {
            Journal journal = journal("g");
            List<String> keys = List.of("a", "a/b", "a b", "z", "é", "\uFFFD", "\uD83D\uDE00", "nul\u0000l");
            for (String key : keys) {
                Claim claim = now(journal.open(intent(key, Kind.PUT, "a", "b")));
                now(journal.close(claim, owed(claim.intent(), "a", "b")));
            }
            List<String> read = now(journal.unlike("bucket", "b", "", Optional.empty(), 100)).stream()
                    .map(entry -> entry.name().key())
                    .toList();
            List<String> sorted = keys.stream()
                    .map(key -> new ObjectName("bucket", key))
                    .sorted()
                    .map(ObjectName::key)
                    .toList();
            assertThat(read).isEqualTo(sorted);
            assertThat(now(journal.unlike("bucket", "b", "a", Optional.of("a/b"), 100)))
                    .extracting(entry -> entry.name().key())
                    .containsExactly("a b", "a/b");
            assertThat(now(journal.unlike("bucket", "a", "", Optional.empty(), 100)))
                    .isEmpty();
        }

        @Test
        void whoWaitsTooLongIsToldSo() {
            Journal journal = journal("one");
            now(journal.open(intent("k", Kind.PUT, "a")));
            assertThatThrownBy(() -> now(journal("two").open(intent("k", Kind.PUT, "a"))))
                    .isInstanceOf(Journal.Busy.class);
        }

        @Test
        void aMillionOwedRowsKeepLookUpsAndPagesFast() {
            Journal journal = journal("g");
            now(journal.size());
            int rows = Integer.getInteger("entente.journal.rows", 20_000);
            Database database = database();
            for (int from = 0; from < rows; from += BATCH) {
                int first = from;
                now(database.write(client -> {
                    IntStream.range(first, Math.min(first + BATCH, rows))
                            .mapToObj(i -> intent(String.format("dir/%08d", i), Kind.PUT, "a", "b"))
                            .forEach(intent -> {
                                Rows.open(client, intent, "g", names.getAndIncrement());
                                Rows.close(client, new Claim(intent, new Same()), owed(intent, "a", "b"), 1);
                            });
                    return rows;
                }));
            }
            long start = System.nanoTime();
            List<String> found = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                found.add(now(journal.find(new ObjectName("bucket", String.format("dir/%08d", i * (rows / 200)))))
                        .map(entry -> entry.name().key())
                        .orElse("none"));
            }
            long lookUp = (System.nanoTime() - start) / 200 / 1000;
            start = System.nanoTime();
            List<Entry> page = now(journal.unlike("bucket", "b", "dir/", Optional.of("dir/00000999"), 2000));
            long paged = (System.nanoTime() - start) / 1000;
            start = System.nanoTime();
            assertThat(now(journal.due("b", 256))).hasSize(256);
            long due = (System.nanoTime() - start) / 1000;
            start = System.nanoTime();
            assertThat(now(journal.behind())).containsExactly("b");
            assertThat(now(journal.lags()))
                    .singleElement()
                    .satisfies(lag -> assertThat(lag.keys()).isEqualTo(rows));
            long lags = (System.nanoTime() - start) / 1000;
            start = System.nanoTime();
            assertThat(now(journal.abandoned(gateway -> true, 256))).isEmpty();
            long abandoned = (System.nanoTime() - start) / 1000;
            System.out.printf(
                    "JournalTest: among %d rows a look-up takes %d us, a page %d us, what is due %d us, lags %d us, what was"
                            + " abandoned %d us%n",
                    rows, lookUp, paged, due, lags, abandoned);
            assertThat(found).doesNotContain("none");
            assertThat(page.stream().map(entry -> entry.name().key()).collect(Collectors.toSet()))
                    .hasSize(1000);
        }
    }
}
