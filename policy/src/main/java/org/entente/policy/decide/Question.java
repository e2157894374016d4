package org.entente.policy.decide;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.entente.policy.condition.Facts;
import org.entente.policy.model.Action;
import org.entente.policy.model.Located;
import org.entente.policy.model.Position;
import org.entente.policy.model.Precedence;
import org.entente.policy.model.Principal;

/**
 * May this principal do this to that?
 *
 * @param operation S3's name of the operation; empty when it is not known
 * @param key the object's; empty where the bucket as a whole is meant
 * @param object the object's label and tags; empty while they are not known. What is not known may be anything: it
 *     narrows the fence by every policy that asks for it, and never widens it
 * @param authority what it is asked by
 */
public record Question(
        Principal principal,
        Action action,
        Optional<String> operation,
        String bucket,
        Optional<String> key,
        Optional<Facts.What> object,
        Authority authority) {

    /** What lets somebody ask. */
    public enum Authority {
        /** The grants of the principal's document. */
        GRANT,
        /** The policy that the owner has given the bucket, as far as the operators' own let owners share. */
        BUCKET_POLICY,
        /** Nobody asks, but what is stored already is being kept: grants do not matter, the fence does. */
        UPKEEP
    }

    /** In the place of a writer who is not known any more; what policies ask of it may be anything. */
    private static final Principal NOBODY = new Principal(
            new Located<>("nobody", new Position("", 1, 1)),
            new Principal.Spec(Optional.empty(), Optional.empty(), List.of(), List.of(), Precedence.ROUTINE, false));

    /** What an object is that bears neither label nor tags, and what a bucket as a whole is. */
    public static final Facts.What PLAIN = new Facts.What("", Map.of());

    public Question {
        if (key.isEmpty()) {
            object = Optional.of(PLAIN);
        }
    }

    /** Of somebody who asks. */
    public Question(
            Principal principal,
            Action action,
            Optional<String> operation,
            String bucket,
            Optional<String> key,
            Optional<Facts.What> object) {
        this(principal, action, operation, bucket, key, object, Authority.GRANT);
    }

    /**
     * Where may this lie that is stored already?
     *
     * @param writer who wrote it; empty when that is not known any more
     */
    public static Question upkeep(Optional<Principal> writer, String bucket, Optional<String> key, Facts.What object) {
        return new Question(
                writer.orElse(NOBODY),
                Action.WRITE,
                Optional.empty(),
                bucket,
                key,
                Optional.of(object),
                Authority.UPKEEP);
    }

    /** About a plain object, or a bucket as a whole. */
    public static Question plain(Principal principal, Action action, String bucket, Optional<String> key) {
        return new Question(principal, action, Optional.empty(), bucket, key, Optional.of(PLAIN));
    }

    /** The same, with what has been learned of the object. */
    public Question knowing(Facts.What learned) {
        return new Question(principal, action, operation, bucket, key, Optional.of(learned), authority);
    }

    boolean upkeep() {
        return authority == Authority.UPKEEP;
    }

    Facts facts() {
        Principal.Spec who = principal.spec();
        return new Facts(
                Optional.of(principal)
                        .filter(known -> !known.equals(NOBODY))
                        .map(known -> new Facts.Who(
                                known.name().value(),
                                who.nation().map(Object::toString).orElse(""),
                                who.clearance().map(Object::toString).orElse(""))),
                operation,
                Optional.of(bucket),
                Optional.of(key.orElse("")),
                object);
    }
}
