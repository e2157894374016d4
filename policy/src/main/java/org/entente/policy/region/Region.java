package org.entente.policy.region;

import java.util.List;
import java.util.Optional;
import org.entente.policy.model.Policy;

/**
 * Objects that the same policies speak of, and no others.
 *
 * @param name the narrowest patterns they fit, and the condition that is assumed to hold, if any
 * @param policies the policies, in the order of names; none for what nobody has ruled on
 * @param bucket an example of a bucket's name
 * @param key an example of a key; empty where no policy asks for the key
 * @param when the condition that is assumed to hold, while all others are assumed not to
 */
public record Region(String name, List<Policy> policies, String bucket, Optional<String> key, Optional<String> when) {
    public Region {
        policies = List.copyOf(policies);
    }

    /** For people: a bucket or an object in it. */
    public String example() {
        return bucket + key.map(k -> "/" + k).orElse("");
    }
}
