package org.entente.gateway.sites;

import java.util.HashMap;
import java.util.Map;
import org.entente.backends.resilience.SiteHealth;
import org.entente.gateway.journal.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import reactor.core.publisher.Mono;

/**
 * What the gateways that share a journal tell each other of sites that turned dark, so that the others need not lose requests
 * to find out. Whoever is told looks for itself at once: see {@link SiteHealth#warned}.
 */
public final class Warnings {
    private static final Logger LOG = LoggerFactory.getLogger(Warnings.class);

    private record Latest(String gateway, String why, long times) {}

    private final Database database;
    private final String own;
    private final boolean shared;
    private Map<String, Latest> known = Map.of();
    private boolean looked;

    /**
     * @param own this gateway's name
     * @param shared whether the database can be others' as well; where not, there is nobody to tell
     */
    public Warnings(Database database, String own, boolean shared) {
        this.database = database;
        this.own = own;
        this.shared = shared;
    }

    /** Tells the others, soon, if a site was seen to turn dark here. They find out by themselves if the database is away. */
    public void tell(SiteHealth.Change change) {
        if (!shared || !change.seen() || !change.loses()) {
            return;
        }
        database.write(client -> client.sql("insert into site_warning (site, gateway, why, times)"
                                + " values (:site, :gateway, :why, 1) on conflict (site) do update set"
                                + " gateway = excluded.gateway, why = excluded.why, times = site_warning.times + 1")
                        .param("site", change.site())
                        .param("gateway", own)
                        .param("why", change.why())
                        .update())
                .subscribe(told -> {}, lost -> LOG.debug("nobody was told that {} is dark", change.site(), lost));
    }

    /**
     * Looks what others have told since the last look, and passes it on; the first look, before which there was nobody to be
     * told, only takes note.
     *
     * @param sites the sites as they are known here, by their names
     */
    public Mono<Void> follow(Map<String, SiteHealth> sites) {
        return shared
                ? database.read(Warnings::latest)
                        .doOnNext(now -> pass(now, sites))
                        .then()
                : Mono.empty();
    }

    private static Map<String, Latest> latest(JdbcClient client) {
        Map<String, Latest> latest = new HashMap<>();
        client.sql("select * from site_warning").query(row -> {
            latest.put(
                    row.getString("site"),
                    new Latest(row.getString("gateway"), row.getString("why"), row.getLong("times")));
        });
        return latest;
    }

    private synchronized void pass(Map<String, Latest> now, Map<String, SiteHealth> sites) {
        Map<String, Latest> before = known;
        known = now;
        if (!looked) {
            looked = true;
            return;
        }
        now.forEach((site, latest) -> {
            SiteHealth health = sites.get(site);
            if (!latest.equals(before.get(site)) && !latest.gateway().equals(own) && health != null) {
                health.warned("gateway " + latest.gateway() + " found it so: " + latest.why());
            }
        });
    }
}
