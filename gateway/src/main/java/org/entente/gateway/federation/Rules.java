package org.entente.gateway.federation;

import java.util.Optional;
import org.entente.backends.Operation;
import org.entente.gateway.access.Admission;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.sites.ObjectFacts;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Question;
import org.entente.policy.decide.Refusal;
import org.entente.policy.model.Action;
import org.entente.policy.model.Principal;

/**
 * What one principal may do, as the policies in force at a request's entry have it.
 *
 * @param admission what the owners of the request's buckets say
 */
record Rules(PolicyEngine engine, Principal principal, Admission admission) {

    /**
     * What is decided of a bucket as a whole.
     *
     * @throws S3Refusal when the policy says no
     */
    Placement place(Operation operation, String bucket) {
        return placed(new Question(
                principal,
                action(operation),
                Optional.of(operation.apiName()),
                bucket,
                Optional.empty(),
                Optional.of(Question.PLAIN),
                admission.authority(operation, bucket, Optional.empty())));
    }

    /**
     * What is decided of an object.
     *
     * @param object what is known of it; empty while nothing is
     * @throws S3Refusal when the policy says no
     */
    Placement place(Operation operation, String bucket, Optional<String> key, Optional<Facts.What> object) {
        return placed(new Question(
                principal,
                action(operation),
                Optional.of(operation.apiName()),
                bucket,
                key,
                object,
                admission.authority(operation, bucket, key)));
    }

    /** @throws S3Refusal when the policy says no */
    Placement placed(Question question) {
        return switch (engine.decide(question)) {
            case Placement placement -> placement;
            case Refusal refusal -> throw Refusals.of(refusal);
        };
    }

    /** @param version whether one version is meant */
    boolean permits(Operation operation, String bucket, String key, boolean version) {
        try {
            Question question = new Question(
                    principal,
                    action(operation),
                    Optional.of(operation.apiName()),
                    bucket,
                    Optional.of(key),
                    Optional.empty(),
                    admission.authority(operation, bucket, Optional.of(key), version));
            return engine.decide(question) instanceof Placement;
        } catch (S3Refusal denied) {
            return false;
        }
    }

    /** How objects say what they are. */
    ObjectFacts objectFacts() {
        return new ObjectFacts(engine.classification());
    }

    /**
     * A permit for this at the first member that the fence leaves.
     *
     * @throws S3Refusal when it leaves none: for ever, or until the bucket has moved to where it may be; and when no member is a
     *     site that we know any more
     */
    Permit permit(Placement placement, Operation operation, Bucket bucket) {
        boolean stores = operation.effect() == Operation.Effect.STORE;
        return bucket.members().stream()
                .flatMap(site -> (stores ? placement.storingAt(site) : placement.retrievingFrom(site)).stream())
                .findFirst()
                .orElseThrow(() -> stores && !mustMove(bucket) ? Refusals.fenced(placement) : Refusals.unavailable());
    }

    /** Whether the bucket as a whole may be elsewhere, and not where it is. */
    private boolean mustMove(Bucket bucket) {
        Question whole = Question.upkeep(Optional.of(principal), bucket.name(), Optional.empty(), Question.PLAIN);
        return engine.decide(whole) instanceof Placement placement
                && placement.ruling().members().isPresent()
                && bucket.members().stream().noneMatch(placement.ruling()::permits);
    }

    private static Action action(Operation operation) {
        return switch (operation.subject()) {
            case ACCOUNT -> Action.LIST;
            case BUCKET ->
                operation.effect() == Operation.Effect.LOOK && operation != Operation.GET_BUCKET_POLICY
                        ? Action.LIST
                        : Action.MANAGE;
            case LISTING -> operation.effect() == Operation.Effect.LOOK ? Action.LIST : Action.WRITE;
            case OBJECT -> operation.effect() == Operation.Effect.LOOK ? Action.READ : Action.WRITE;
        };
    }
}
