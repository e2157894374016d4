package org.entente.policy.model;

import java.util.List;
import java.util.Optional;

/**
 * Somebody who signs requests.
 *
 * @param name what buckets call their owner
 * @param spec the rest of the document
 */
public record Principal(Located<String> name, Spec spec) {
    /**
     * @param nation whose principal it is
     * @param clearance the highest classification it may see
     * @param accessKeys its key pairs; two at a time let it change them without a gap
     * @param grants what it may do, and to which buckets
     * @param disclose whether answers name the site and the policy
     */
    public record Spec(
            Optional<Country> nation,
            @Default("unclassified") Clearance clearance,
            List<AccessKey> accessKeys,
            List<Grant> grants,
            @Default("false") boolean disclose) {}

    /** A public id and its secret, inline for sandboxes or from where it is kept. */
    public record AccessKey(Located<String> id, Optional<String> secret, Optional<SecretSource> secretFrom) {
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
    public record Grant(List<Located<Glob>> buckets, List<Action> actions) {
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
