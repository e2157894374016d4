package org.entente.gateway.journal;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import reactor.core.publisher.Mono;

/**
 * The gateways that share the journal. Each counts its beats there; one whose count has stood still for a while, by the clock
 * of whoever looks, is gone, and what it had claimed is for others to end. No two clocks are compared.
 */
public final class Gateways {
    /** How often to beat. */
    public static final Duration BEAT = Duration.ofSeconds(1);

    private static final Duration GONE = Duration.ofSeconds(5);

    private record Seen(long beats, long atNanos) {}

    private final Database database;
    private final String own;
    private final boolean shared;
    private final LongSupplier nanos;
    private final Map<String, Seen> others = new ConcurrentHashMap<>();

    /**
     * @param own this gateway's name
     * @param shared whether the database can be others' as well; where not, this gateway is alone
     * @param nanos of a clock that only ever goes forward
     */
    public Gateways(Database database, String own, boolean shared, LongSupplier nanos) {
        this.database = database;
        this.own = own;
        this.shared = shared;
        this.nanos = nanos;
    }

    /** Shows that this gateway is at work, and looks who else is. */
    public Mono<Void> beat() {
        if (!shared) {
            return Mono.empty();
        }
        return database.write(client -> client.sql("insert into gateway (id, beats) values (:id, 1)"
                                + " on conflict (id) do update set beats = gateway.beats + 1")
                        .param("id", own)
                        .update())
                .then(database.read(client -> {
                    Map<String, Long> beats = new HashMap<>();
                    client.sql("select id, beats from gateway where id <> :own")
                            .param("own", own)
                            .query(row -> {
                                beats.put(row.getString("id"), row.getLong("beats"));
                            });
                    return beats;
                }))
                .doOnNext(this::look)
                .then();
    }

    private void look(Map<String, Long> beats) {
        long now = nanos.getAsLong();
        beats.forEach((id, count) -> others.merge(
                id, new Seen(count, now), (before, after) -> before.beats() == after.beats() ? before : after));
    }

    /** Whether a gateway has stood still for so long, while this one looked, that others may end what it began. */
    public boolean isGone(String gateway) {
        if (!shared) {
            return true;
        }
        long now = nanos.getAsLong();
        Seen seen = others.computeIfAbsent(gateway, unheardOf -> new Seen(0, now));
        return now - seen.atNanos() >= GONE.toNanos();
    }
}
