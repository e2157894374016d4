package org.entente.policy.model;

import java.util.List;
import java.util.Optional;

/**
 * Somebody who signs requests.
 *
 * @param name what buckets call their owner
 * @param spec the rest of the document
 */
@About("Somebody who signs S3 requests.")
public record Principal(Located<String> name, Spec spec) {
    /** Who does not sign; no document may speak of a principal of this name. */
    public static final Principal ANONYMOUS = new Principal(
            new Located<>("anonymous", new Position("", 1, 1)),
            new Spec(Optional.empty(), Optional.empty(), List.of(), List.of(), Precedence.ROUTINE, false));

    /** Of the document. */
    public record Spec(
            @About("whose principal it is: an ISO 3166-1 code")
            Optional<Country> nation,

            @About("the highest level it may see; the lowest one when it is not said")
            Optional<Located<Level>> clearance,

            @About("its key pairs; two at a time let it change them without a gap")
            List<AccessKey> accessKeys,

            @About("what it may do, and to which buckets") List<Grant> grants,

            @About("how urgent what it asks is: in a surge, requests of the lower ones are told to slow down first")
            @Default("routine")
            Precedence precedence,

            @About("whether answers name the site and the policy") @Default("false")
            boolean disclose) {}

    /** A public id and its secret, inline for sandboxes or from where it is kept. */
    public record AccessKey(
            @About("the public id of the key pair") Located<String> id,
            @About("the secret itself, for sandboxes") Optional<String> secret,
            @About("where the secret is kept") Optional<SecretSource> secretFrom) {
        public AccessKey {
            if (secret.isPresent() == secretFrom.isPresent()) {
                throw new IllegalArgumentException("write either secret: or secretFrom:");
            }
        }

        @Override
        public String toString() {
            return "AccessKey[" + id + "]";
        }
    }

    /** Some actions on the buckets that fit one of the patterns. */
    public record Grant(
            @About("patterns of bucket names") List<Located<Glob>> buckets,
            @About("what it may do to them") List<Action> actions) {
        public Grant {
            if (buckets.isEmpty() || actions.isEmpty()) {
                throw new IllegalArgumentException("a grant needs buckets: and actions:");
            }
        }

        public boolean covers(Action action, String bucket) {
            return actions.contains(action)
                    && buckets.stream().anyMatch(b -> b.value().matches(bucket));
        }
    }

    /** Whether some grant lets it do this. */
    public boolean may(Action action, String bucket) {
        return spec.grants().stream().anyMatch(g -> g.covers(action, bucket));
    }
}
