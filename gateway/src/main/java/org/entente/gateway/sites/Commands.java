package org.entente.gateway.sites;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.entente.backends.Fault;
import org.entente.gateway.journal.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * What operators command of sites, kept in the journal's database so that every gateway obeys, and a restarted one
 * still does. A site that is suspended is not asked for anything, and what was under way with it is cut off.
 */
public final class Commands {
    private static final Logger LOG = LoggerFactory.getLogger(Commands.class);
    private static final String SUSPEND = "suspend";

    /** A command, who gave it, and why. */
    public record Command(String site, String command, String author, String reason, Instant since) {}

    private final Database database;
    private final Clock clock;
    private final Map<String, Command> suspended = new ConcurrentHashMap<>();
    private final Map<String, Sinks.Empty<Void>> cuts = new ConcurrentHashMap<>();

    public Commands(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    public boolean isSuspended(String site) {
        return suspended.containsKey(site);
    }

    /** The command in force; empty when there is none. */
    public Optional<Command> of(String site) {
        return Optional.ofNullable(suspended.get(site));
    }

    /** Fails when the site is suspended, now or later; never completes otherwise. */
    Mono<Void> cut(String site) {
        return cuts.computeIfAbsent(site, name -> Sinks.empty()).asMono();
    }

    /** Cuts a site off; completes when that is durable and this gateway obeys. */
    public Mono<Void> suspend(String site, String author, String reason) {
        Command command = new Command(site, SUSPEND, author, reason, clock.instant());
        return database.write(client -> client.sql("insert into site_command (site, command, author, reason, since)"
                                + " values (:site, :command, :author, :reason, :since) on conflict (site) do update set"
                                + " command = excluded.command, author = excluded.author, reason = excluded.reason,"
                                + " since = excluded.since")
                        .param("site", site)
                        .param("command", command.command())
                        .param("author", author)
                        .param("reason", reason)
                        .param("since", command.since().toEpochMilli())
                        .update())
                .then(follow());
    }

    /** Takes a command back; completes when that is durable and this gateway obeys. */
    public Mono<Void> resume(String site) {
        return database.write(client -> client.sql("delete from site_command where site = :site")
                        .param("site", site)
                        .update())
                .then(follow());
    }

    /** Looks what is commanded at present, and obeys. */
    public Mono<Void> follow() {
        return database.read(client -> {
                    Map<String, Command> commands = new TreeMap<>();
                    client.sql("select * from site_command").query(row -> {
                        Command command = new Command(
                                row.getString("site"),
                                row.getString("command"),
                                row.getString("author"),
                                row.getString("reason"),
                                Instant.ofEpochMilli(row.getLong("since")));
                        commands.put(command.site(), command);
                    });
                    return commands;
                })
                .doOnNext(this::obey)
                .then();
    }

    private synchronized void obey(Map<String, Command> commands) {
        Set<String> before = Set.copyOf(suspended.keySet());
        before.stream().filter(site -> !commands.containsKey(site)).forEach(site -> {
            suspended.remove(site);
            LOG.warn("site {} is not suspended any more", site);
        });
        commands.forEach((site, command) -> {
            if (suspended.put(site, command) == null) {
                LOG.warn("site {} is suspended by {}: {}", site, command.author(), command.reason());
                Sinks.Empty<Void> cut = cuts.remove(site);
                if (cut != null) {
                    cut.tryEmitError(suspension(site));
                }
            }
        });
    }

    static Fault suspension(String site) {
        return new Fault(site, new Fault.Dark(), "is suspended by an operator");
    }
}
