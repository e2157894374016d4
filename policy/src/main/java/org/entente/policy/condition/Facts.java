package org.entente.policy.condition;

import java.util.Map;
import java.util.Optional;

/**
 * What is known of one request, for conditions.
 *
 * @param principal who asks; empty while nothing is known of it
 * @param operation S3's name of what is asked for; empty while unknown
 * @param bucket its name; empty while unknown
 * @param key the object's; an empty text where the bucket as a whole is meant; empty while unknown
 * @param object what is known of the object; empty while nothing is
 */
public record Facts(
        Optional<Who> principal,
        Optional<String> operation,
        Optional<String> bucket,
        Optional<String> key,
        Optional<What> object) {

    /** Nothing is known: what is true or false of these is so always. */
    public static final Facts NONE =
            new Facts(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** @param nation an ISO 3166-1 code, or an empty text */
    public record Who(String name, String nation, String clearance) {}

    /** @param label the object's level, or an empty text when it has none */
    public record What(String label, Map<String, String> tags) {
        public What {
            tags = Map.copyOf(tags);
        }
    }
}
