package org.entente.gateway.sites;

import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.entente.backends.Fault;
import org.entente.gateway.journal.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * What operators command of sites, kept in the journal's database so that every gateway obeys, and a restarted one
 * still does. A site that is suspended is not asked for anything, and what was under way with it is cut off; one that is
 * drained is given nothing new, and what it has is moved away.
 */
public final class Commands {
    private static final Logger LOG = LoggerFactory.getLogger(Commands.class);

    /** What can be commanded. */
    public enum Kind {
        SUSPEND("suspended"),
        DRAIN("draining");

        private final String state;

        Kind(String state) {
            this.state = state;
        }

        /** What a site is then. */
        public String state() {
            return state;
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A command, who gave it, and why. */
    public record Command(String site, Kind kind, String author, String reason, Instant since) {}

    private record Key(String site, Kind kind) {}

    private final Database database;
    private final Clock clock;
    private final Map<Key, Command> inForce = new ConcurrentHashMap<>();
    private final Map<String, Sinks.Empty<Void>> cuts = new ConcurrentHashMap<>();

    public Commands(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    public boolean isSuspended(String site) {
        return inForce.containsKey(new Key(site, Kind.SUSPEND));
    }

    public boolean isDraining(String site) {
        return inForce.containsKey(new Key(site, Kind.DRAIN));
    }

    /** The command in force, that which cuts off before all others; empty when there is none. */
    public Optional<Command> of(String site) {
        return Arrays.stream(Kind.values())
                .flatMap(kind -> Optional.ofNullable(inForce.get(new Key(site, kind))).stream())
                .findFirst();
    }

    /** Fails when the site is suspended, now or later; never completes otherwise. */
    Mono<Void> cut(String site) {
        return cuts.computeIfAbsent(site, name -> Sinks.empty()).asMono();
    }

    /** Gives a command; completes when that is durable and this gateway obeys. */
    public Mono<Void> give(Kind kind, String site, String author, String reason) {
        return database.write(client -> client.sql(
                                "insert into site_command (site, command, author, reason, since)"
                                        + " values (:site, :command, :author, :reason, :since) on conflict (site, command) do"
                                        + " update set author = excluded.author, reason = excluded.reason, since = excluded.since")
                        .param("site", site)
                        .param("command", kind.word())
                        .param("author", author)
                        .param("reason", reason)
                        .param("since", clock.millis())
                        .update())
                .then(follow());
    }

    /** Takes all commands about a site back; completes when that is durable and this gateway obeys. */
    public Mono<Void> resume(String site) {
        return database.write(client -> client.sql("delete from site_command where site = :site")
                        .param("site", site)
                        .update())
                .then(follow());
    }

    /** Looks what is commanded at present, and obeys. */
    public Mono<Void> follow() {
        return database.read(client -> {
                    Map<Key, Command> commands = new HashMap<>();
                    client.sql("select * from site_command").query(row -> {
                        Command command = new Command(
                                row.getString("site"),
                                Kind.valueOf(row.getString("command").toUpperCase(Locale.ROOT)),
                                row.getString("author"),
                                row.getString("reason"),
                                Instant.ofEpochMilli(row.getLong("since")));
                        commands.put(new Key(command.site(), command.kind()), command);
                    });
                    return commands;
                })
                .doOnNext(this::obey)
                .then();
    }

    private synchronized void obey(Map<Key, Command> commands) {
        Set<Key> before = Set.copyOf(inForce.keySet());
        before.stream().filter(key -> !commands.containsKey(key)).forEach(key -> {
            inForce.remove(key);
            LOG.warn("site {} is not {} any more", key.site(), key.kind().state());
        });
        commands.forEach((key, command) -> {
            if (inForce.put(key, command) == null) {
                LOG.warn("site {} is {} by {}: {}", key.site(), key.kind().state(), command.author(), command.reason());
                Sinks.Empty<Void> cut = key.kind() == Kind.SUSPEND ? cuts.remove(key.site()) : null;
                if (cut != null) {
                    cut.tryEmitError(suspension(key.site()));
                }
            }
        });
    }

    static Fault suspension(String site) {
        return new Fault(site, new Fault.Dark(), "is suspended by an operator");
    }
}
