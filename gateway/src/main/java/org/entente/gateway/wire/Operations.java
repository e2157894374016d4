package org.entente.gateway.wire;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.entente.backends.Operation;
import org.entente.backends.Operation.Subject;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.wire.Addressing.Address;

/** Which of S3's operations a request asks for. */
public final class Operations {
    /**
     * Parts of S3 that are known, and that not everything has: where one is not there it is refused, since ignoring it would do
     * something else instead.
     */
    private static final Set<String> PARTS = Set.of(
            "accelerate",
            "acl",
            "analytics",
            "cors",
            "encryption",
            "intelligent-tiering",
            "inventory",
            "lifecycle",
            "logging",
            "metrics",
            "notification",
            "ownershipControls",
            "policy",
            "policyStatus",
            "publicAccessBlock",
            "replication",
            "requestPayment",
            "restore",
            "select",
            "torrent",
            "website");

    private static final String SOURCE = "x-amz-copy-source";

    private static final Map<String, List<Operation>> BY_METHOD = Arrays.stream(Operation.values())
            .collect(Collectors.groupingBy(operation -> operation.method().name()));

    private Operations() {}

    /** @throws S3Refusal when S3 has no such operation, or we have not */
    public static Operation resolve(RequestHead head, Address address) {
        Optional<Operation> found = find(head, address);
        for (var parameter : head.query().parameters()) {
            if (PARTS.contains(parameter.name())
                    && found.flatMap(Operation::subresource)
                            .filter(parameter.name()::equals)
                            .isEmpty()) {
                throw new S3Refusal(
                        S3ErrorCode.NOT_IMPLEMENTED,
                        "'" + parameter.name() + "' is a part of S3 that this endpoint does not have.");
            }
        }
        Operation operation = found.orElseThrow(() -> refusal(head, address));
        boolean changesBucket = operation.subject() == Subject.BUCKET && operation.effect() != Operation.Effect.LOOK;
        if (changesBucket
                && operation.subresource().isEmpty()
                && !head.query().without("x-id"::equals).parameters().isEmpty()) {
            // A part of the bucket that is newer than we are: it must not be taken for the bucket.
            throw new S3Refusal(
                    S3ErrorCode.NOT_IMPLEMENTED, "The request asks for a part of a bucket that is not known here.");
        }
        if (!operation.copies() && head.headers().contains(SOURCE)) {
            throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "Only a copy has a source.");
        }
        return operation;
    }

    private static Optional<Operation> find(RequestHead head, Address address) {
        boolean copies = head.headers().contains(SOURCE);
        Optional<Operation> whole = Optional.empty();
        for (Operation operation : BY_METHOD.getOrDefault(head.method(), List.of())) {
            if (suits(operation.subject(), address) && isCopyIff(operation, copies)) {
                if (operation.subresource().filter(head.query()::has).isPresent()) {
                    return Optional.of(operation);
                }
                if (whole.isEmpty() && operation.subresource().isEmpty()) {
                    whole = Optional.of(operation);
                }
            }
        }
        return whole;
    }

    private static boolean suits(Subject subject, Address address) {
        return switch (subject) {
            case ACCOUNT -> address.bucket().isEmpty();
            case BUCKET, LISTING ->
                address.bucket().isPresent() && address.key().isEmpty();
            case OBJECT -> address.key().isPresent();
        };
    }

    private static boolean isCopyIff(Operation operation, boolean copies) {
        boolean couldCopy =
                operation == Operation.PUT_OBJECT || operation == Operation.UPLOAD_PART || operation.copies();
        return !couldCopy || operation.copies() == copies;
    }

    private static S3Refusal refusal(RequestHead head, Address address) {
        String what = address.key().isPresent() ? "object" : "resource";
        return new S3Refusal(
                S3ErrorCode.METHOD_NOT_ALLOWED,
                "The method " + head.method() + " is not allowed on this " + what + ".");
    }
}
