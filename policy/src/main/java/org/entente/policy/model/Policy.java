package org.entente.policy.model;

import java.util.List;
import java.util.Optional;

/**
 * Where the objects of some buckets may and should live.
 *
 * @param name what reasons call it
 * @param spec the rest of the document
 */
@About("Where the objects of some buckets may and should live.")
public record Policy(Located<String> name, Spec spec) {
    /** Of the document. */
    public record Spec(
            @About("which objects it speaks of") Match match,

            @About("requirements on sites, which may only forbid")
            Optional<Residency> residency,

            @About("preferences and redundancy, which only order and count within the fence")
            Optional<Preferences> placement,

            @About("how reads are answered") Optional<Reads> reads,

            @About(
                    "whom the owners of buckets may let in by policies of their own; of several that say it, the strictest"
                            + " holds; principals when none does")
            Optional<Sharing> sharing,

            @About("what must hold of the placement, checked by: entente policy stress")
            Optional<Require> require,

            @About("the greater one decides the placement where several policies match") @Default("0")
            int priority) {}

    /** Which objects are meant. */
    public record Match(
            @About("patterns of bucket names, one of which fits: ? is one character, * any number of them without /, **"
                    + " any number of any")
            List<Located<Glob>> buckets,

            @About("patterns of keys; none means every key") List<Located<Glob>> keys,

            @About(
                    "a CEL expression over principal.name, principal.nation, principal.clearance, bucket, key, operation,"
                            + " label and tags; level(label) compares levels. What cannot be known counts as true")
            Optional<Located<String>> when) {
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
            @About("where bytes may rest: ISO 3166-1 codes") Optional<Located<AllowDeny<Country>>> countries,

            @About("whose law may be able to compel the site's operator; every law that can must be allowed and none"
                    + " denied. DE lies in EU")
            Optional<Located<AllowDeny<Jurisdiction>>> jurisdictions,

            @About("who may operate it") Optional<Located<AllowDeny<String>>> providers,

            @About("the level that the site must be accredited for and the principal cleared for")
            Optional<Located<Level>> clearance) {}

    /** What is allowed, and what is not. */
    public record AllowDeny<T>(
            @About("when given, nothing else is allowed") Optional<List<T>> allow,
            @About("never allowed") List<T> deny) {}

    /** How sites are chosen within the fence. */
    public record Preferences(
            @About("sites, the best first; permitted sites that are not named come after them by name")
            List<Located<String>> prefer,

            @About("how many sites should hold every object") @Default("1")
            Located<Integer> copies,

            @About("in what the sites that hold copies must all differ")
            List<Located<FaultDomain>> distinct,

            @About("how a write is acknowledged; by all copies when it is not said")
            Optional<Write> write) {}

    /** How a write is acknowledged. */
    public record Write(
            @About("how many sites must hold an object before its writer is told so")
            Located<Integer> acknowledge) {}

    /** What reads may answer. */
    public record Reads(
            @About("whether an older copy may be served, marked as such") @Default("deny")
            Stale stale,

            @About(
                    "after how long a site that has not answered is not waited for alone: a second one is asked, such as 300ms")
            Optional<Wait> hedge) {}

    /** Whom the owner of a bucket may let in who has no grant, the strictest first. */
    public enum Sharing {
        /** Nobody at all. */
        NOBODY,
        /** Other principals. */
        PRINCIPALS,
        /** Those who do not even sign, too. */
        ANYONE;

        @Override
        public String toString() {
            return Word.of(this);
        }
    }

    /** Whether something is allowed. */
    public enum Stale {
        DENY,
        ALLOW
    }

    /** What must hold of the placement. */
    public record Require(
            @About("what may be lost, one at a time, while objects stay readable and writable")
            List<Located<FaultDomain>> survive) {}

    /** How many sites should hold every object. */
    public int copies() {
        return spec.placement().map(p -> p.copies().value()).orElse(1);
    }

    /** How many sites must hold an object before its writer is told so. */
    public int acknowledge() {
        return spec.placement()
                .flatMap(Preferences::write)
                .map(w -> w.acknowledge().value())
                .orElse(copies());
    }

    /** In what the sites that hold copies must all differ. */
    public List<FaultDomain> distinct() {
        return spec.placement().stream()
                .flatMap(p -> p.distinct().stream())
                .map(Located::value)
                .toList();
    }
}
