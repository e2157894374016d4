package org.entente.gateway.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionOperations;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;

/**
 * The journal's database, asked where blocking does no harm. Statements that change something and come at the same
 * time share one commit, which is what makes a durable write cheap.
 */
public final class Database {
    private static final int LARGEST_BATCH = 256;
    private static final int LONGEST_QUEUE = 20_000;

    /** The database cannot be reached, or has more to do than it gets done. */
    public static final class Unavailable extends RuntimeException {
        public Unavailable(Throwable cause) {
            super("the journal's database cannot be reached: " + cause.getMessage(), cause);
        }

        Unavailable(String reason) {
            super(reason);
        }
    }

    private record Write<T>(Function<JdbcClient, T> statements, MonoSink<T> done) {
        Runnable run(JdbcClient client) {
            T result = statements.apply(client);
            return () -> done.success(result);
        }
    }

    private final JdbcClient client;
    private final boolean shared;
    private final TransactionOperations transactions;
    private final Scheduler readers;
    private final Scheduler writer;
    private final Scheduler callers;
    private final LinkedBlockingQueue<Write<?>> queue = new LinkedBlockingQueue<>(LONGEST_QUEUE);
    private final AtomicInteger waiting = new AtomicInteger();

    /**
     * @param shared whether others may use the database, too
     * @param readers of a bounded number of threads
     * @param writer of one thread
     * @param callers where whoever waited for a write goes on
     */
    public Database(
            JdbcClient client,
            boolean shared,
            TransactionOperations transactions,
            Scheduler readers,
            Scheduler writer,
            Scheduler callers) {
        this.client = client;
        this.shared = shared;
        this.transactions = transactions;
        this.readers = readers;
        this.writer = writer;
        this.callers = callers;
    }

    /** Whether what was read may be changed by others before a transaction ends, if it is not locked. */
    boolean locks() {
        return shared;
    }

    /** Runs what changes nothing; fails with {@link Unavailable}. */
    public <T> Mono<T> read(Function<JdbcClient, T> statements) {
        return Mono.fromCallable(() -> statements.apply(client))
                .subscribeOn(readers)
                .onErrorMap(Database::isUnavailable, Unavailable::new);
    }

    /**
     * Runs what changes something, durably once it has completed. Fails with {@link Unavailable}; whether it has
     * changed something then is not known.
     */
    public <T> Mono<T> write(Function<JdbcClient, T> statements) {
        return Mono.<T>create(sink -> {
                    if (!queue.offer(new Write<>(statements, sink))) {
                        sink.error(new Unavailable("the journal's database has more to do than it gets done"));
                    } else if (waiting.getAndIncrement() == 0) {
                        writer.schedule(this::drain);
                    }
                })
                .publishOn(callers);
    }

    private void drain() {
        int drained = 0;
        do {
            List<Write<?>> batch = new ArrayList<>();
            queue.drainTo(batch, LARGEST_BATCH);
            commit(batch);
            drained = batch.size();
        } while (waiting.addAndGet(-drained) > 0);
    }

    private void commit(List<Write<?>> batch) {
        try {
            List<Runnable> results = new ArrayList<>(batch.size());
            transactions.executeWithoutResult(transaction -> {
                results.clear();
                batch.forEach(write -> results.add(write.run(client)));
            });
            results.forEach(Runnable::run);
        } catch (RuntimeException e) {
            RuntimeException told = isUnavailable(e) ? new Unavailable(e) : e;
            batch.forEach(write -> write.done().error(told));
        }
    }

    private static boolean isUnavailable(Throwable error) {
        return error instanceof DataAccessException || error instanceof TransactionException;
    }
}
