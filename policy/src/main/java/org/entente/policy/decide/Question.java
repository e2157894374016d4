package org.entente.policy.decide;

import java.util.Map;
import java.util.Optional;
import org.entente.policy.condition.Facts;
import org.entente.policy.model.Action;
import org.entente.policy.model.Principal;

/**
 * May this principal do this to that?
 *
 * @param operation S3's name of the operation; empty when it is not known
 * @param key the object's; empty where the bucket as a whole is meant
 * @param object the object's label and tags; empty while they are not known. What is not known may be anything: it
 *     narrows the fence by every policy that asks for it, and never widens it
 */
public record Question(
        Principal principal,
        Action action,
        Optional<String> operation,
        String bucket,
        Optional<String> key,
        Optional<Facts.What> object) {

    /** What an object is that bears neither label nor tags, and what a bucket as a whole is. */
    public static final Facts.What PLAIN = new Facts.What("", Map.of());

    public Question {
        if (key.isEmpty()) {
            object = Optional.of(PLAIN);
        }
    }

    /** About a plain object, or a bucket as a whole. */
    public static Question plain(Principal principal, Action action, String bucket, Optional<String> key) {
        return new Question(principal, action, Optional.empty(), bucket, key, Optional.of(PLAIN));
    }

    /** The same, with what has been learned of the object. */
    public Question knowing(Facts.What learned) {
        return new Question(principal, action, operation, bucket, key, Optional.of(learned));
    }

    Facts facts() {
        Principal.Spec who = principal.spec();
        return new Facts(
                Optional.of(new Facts.Who(
                        principal.name().value(),
                        who.nation().map(Object::toString).orElse(""),
                        who.clearance().map(Object::toString).orElse(""))),
                operation,
                Optional.of(bucket),
                Optional.of(key.orElse("")),
                object);
    }
}
