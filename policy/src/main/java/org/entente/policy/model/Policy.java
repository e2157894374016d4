package org.entente.policy.model;

import java.util.List;
import java.util.Optional;

/**
 * Where the objects of some buckets may and should live.
 *
 * @param name what reasons call it
 * @param spec the rest of the document
 */
public record Policy(Located<String> name, Spec spec) {
    /**
     * @param match which objects it speaks of
     * @param residency requirements, which may only forbid
     * @param placement preferences and redundancy, which only order and count within the fence
     * @param reads what a read may answer when no current copy can be reached
     * @param priority the greater one decides the placement where several policies match
     */
    public record Spec(
            Match match,
            Optional<Residency> residency,
            Optional<Preferences> placement,
            Optional<Reads> reads,
            @Default("0") int priority) {}

    /**
     * @param buckets patterns of names; one that fits is enough
     * @param keys patterns of keys; none means every key
     */
    public record Match(List<Located<Glob>> buckets, List<Located<Glob>> keys) {
        public Match {
            if (buckets.isEmpty()) {
                throw new IllegalArgumentException("match needs buckets: at least one pattern");
            }
        }

        /** Whether every key of a matching bucket is meant. */
        public boolean coversWholeBuckets() {
            return keys.isEmpty() || keys.stream().anyMatch(k -> k.value().matchesEverything());
        }
    }

    /** Requirements on the site; all that are given must hold. */
    public record Residency(
            Optional<Located<AllowDeny<Country>>> countries,
            Optional<Located<AllowDeny<Jurisdiction>>> jurisdictions,
            Optional<Located<AllowDeny<String>>> providers,
            Optional<Located<Clearance>> clearance) {}

    /**
     * @param allow when given, nothing else is allowed
     * @param deny never allowed
     */
    public record AllowDeny<T>(Optional<List<T>> allow, List<T> deny) {}

    /**
     * @param prefer sites, the best first; permitted sites that are not named come after them by name
     * @param copies how many sites should hold every object
     * @param distinct in what the sites that hold copies must differ
     * @param write how a write is acknowledged; by all copies when it is not said
     */
    public record Preferences(
            List<Located<String>> prefer,
            @Default("1") Located<Integer> copies,
            List<Distinction> distinct,
            Optional<Write> write) {}

    /** What two sites may have in common. */
    public enum Distinction {
        PROVIDER,
        COUNTRY,
        JURISDICTION
    }

    /** @param acknowledge how many sites must hold an object before its writer is told so */
    public record Write(Located<Integer> acknowledge) {}

    /** @param stale whether an older copy may be served, marked as such */
    public record Reads(@Default("deny") Stale stale) {}

    /** Whether something is allowed. */
    public enum Stale {
        DENY,
        ALLOW
    }
}
