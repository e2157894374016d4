package org.entente.policy.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the author of the policies expects of them.
 *
 * @param name what reports call it
 * @param spec the rest of the document
 */
@About("What the author of the policies expects of them; run by: entente policy test.")
public record PolicyTest(Located<String> name, Spec spec) {
    /** Of the document. */
    public record Spec(
            @About("the cases, each run by itself") List<Case> cases) {}

    /** One expectation. */
    public record Case(
            @About("a sentence that says what must hold") Located<String> name,
            @About("the request and the state of the sites") Given given,

            @About("what must come of it; all that is given must hold")
            Expected expect) {}

    /** A request, and the state of the sites. */
    public record Given(
            @About("who asks") Located<String> principal,
            @About("what for") @Default("write") Action action,
            @About("for which bucket") String bucket,

            @About("for which key; without it, the bucket as a whole is meant")
            Optional<String> key,

            @About("S3's name of the operation, for conditions that ask for it")
            Optional<String> operation,

            @About("the object's confidentiality label") Optional<Located<Level>> label,
            @About("the object's tags") Map<String, String> tags,
            @About("the sites that cannot be reached") List<Located<String>> dark) {}

    /** What must come of a request. */
    public record Expected(
            @About("the sites that take it, in their order") Optional<List<Located<String>>> sites,
            @About("sites that it must never be sent to") List<Located<String>> never,
            @About("the policy that places it") Optional<Located<String>> policy,
            @About("why it is refused") Optional<Why> refused) {
        public Expected {
            if (sites.isEmpty() && never.isEmpty() && policy.isEmpty() && refused.isEmpty()) {
                throw new IllegalArgumentException("expect needs sites:, never:, policy: or refused:");
            }
        }
    }

    /** Why a request is refused. */
    public enum Why {
        /** The principal has no grant. */
        NO_GRANT,
        /** No policy speaks of the bucket and key. */
        NO_POLICY,
        /** The principal is not cleared for what may lie there. */
        NOT_CLEARED,
        /** The object's label is no level. */
        UNKNOWN_LABEL,
        /** The fence leaves no site, or too few. */
        FENCE,
        /** Permitted sites there are, but none that can be reached. */
        UNAVAILABLE;

        @Override
        public String toString() {
            return Word.of(this);
        }
    }
}
