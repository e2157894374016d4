package org.entente.gateway.metrics;

import java.util.List;

/**
 * Every meter of the gateway's own: the one place that names them. Prometheus writes their names with underscores, those of
 * counters with {@code _total} and those of timers with {@code _seconds} behind them.
 */
public enum Metric {
    REQUESTS(
            "entente.requests",
            Kind.TIMER,
            "",
            "requests of clients, from their head to the head of the answer",
            "operation",
            "outcome"),
    RECEIVED("entente.received", Kind.COUNTER, "bytes", "bytes of bodies that came from clients"),
    SENT("entente.sent", Kind.COUNTER, "bytes", "bytes of bodies that went to clients"),
    REFUSALS(
            "entente.refusals",
            Kind.COUNTER,
            "",
            "answers by which the gateway itself refused, by their S3 error code",
            "code"),
    SITE_REQUESTS(
            "entente.site.requests",
            Kind.TIMER,
            "",
            "requests sent to sites, from their head to the head of the answer",
            "site",
            "operation",
            "outcome"),
    SITE_STATE(
            "entente.site.state",
            Kind.GAUGE,
            "",
            "1 for the state that the site is seen in, 0 for the others",
            "site",
            "state"),
    SITE_CHANGES(
            "entente.site.changes",
            Kind.COUNTER,
            "",
            "how often the site was found in another state than before",
            "site",
            "state"),
    OWED_KEYS("entente.owed.keys", Kind.GAUGE, "", "how many keys the site lacks", "site"),
    OWED_BYTES("entente.owed.bytes", Kind.GAUGE, "bytes", "how many bytes the site lacks", "site"),
    OWED_AGE(
            "entente.owed.age",
            Kind.GAUGE,
            "seconds",
            "since when the site has lacked something: its recovery point",
            "site"),
    SETTLED("entente.settled", Kind.COUNTER, "", "keys that were brought up to date at the sites that lacked them"),
    POLICY_REVISION("entente.policy.revision", Kind.GAUGE, "", "number of the policies in force"),
    POLICY_ERRORS(
            "entente.policy.errors",
            Kind.GAUGE,
            "",
            "errors that keep the documents in the directory from being in force"),
    POLICY_RELOADS("entente.policy.reloads", Kind.COUNTER, "", "how often changed documents were read", "outcome"),
    SHEDDING(
            "entente.shedding",
            Kind.GAUGE,
            "",
            "how much is put off in a surge: 0 for nothing, 1 for all that is routine, 2 for priority, too, 3 for all but flash"),
    AUDIT_WRITABLE(
            "entente.audit.writable",
            Kind.GAUGE,
            "",
            "1 while the audit log can be written, 0 while writes are refused for it");

    /** What a meter is to who reads it. */
    public enum Kind {
        COUNTER,
        GAUGE,
        TIMER
    }

    private final String text;
    private final Kind kind;
    private final String unit;
    private final String help;
    private final List<String> tags;

    Metric(String text, Kind kind, String unit, String help, String... tags) {
        this.text = text;
        this.kind = kind;
        this.unit = unit;
        this.help = help;
        this.tags = List.of(tags);
    }

    /** Its name for Micrometer. */
    public String text() {
        return text;
    }

    public Kind kind() {
        return kind;
    }

    /** An empty text where it counts things. */
    public String unit() {
        return unit;
    }

    public String help() {
        return help;
    }

    public List<String> tags() {
        return tags;
    }

    /** Its name on the Prometheus endpoint; of a timer, the beginning of its series' names. */
    public String atPrometheus() {
        String name = text.replace('.', '_') + (unit.isEmpty() || text.endsWith(unit) ? "" : "_" + unit);
        return switch (kind) {
            case COUNTER -> name + "_total";
            case GAUGE -> name;
            case TIMER -> name + "_seconds";
        };
    }
}
