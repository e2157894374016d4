package org.entente.gateway.access;

import java.util.List;
import org.entente.policy.model.Principal;

/**
 * What somebody wants to do, in the words of policies of buckets.
 *
 * @param action such as {@code s3:GetObject}
 * @param resource such as {@code arn:aws:s3:::bucket/key}
 * @param circumstances what conditions may ask for
 */
record Ask(Principal principal, String action, String resource, Circumstances circumstances) {
    /** What is known of a request, by the keys of conditions in lower case. */
    interface Circumstances {
        /** None where the request has nothing of the kind. */
        List<String> of(String key);
    }
}
