package org.entente.gateway.catalogue;

import java.util.Arrays;
import java.util.Optional;
import org.entente.backends.Operation;
import org.entente.gateway.error.S3ErrorCode;

/** What the owner of a bucket can say of it. */
public enum DocumentKind {
    TAGGING(
            "tagging",
            new Operations(Operation.GET_BUCKET_TAGGING, Operation.PUT_BUCKET_TAGGING, Operation.DELETE_BUCKET_TAGGING),
            S3ErrorCode.NO_SUCH_TAG_SET),
    CORS(
            "cors",
            new Operations(Operation.GET_BUCKET_CORS, Operation.PUT_BUCKET_CORS, Operation.DELETE_BUCKET_CORS),
            S3ErrorCode.NO_SUCH_CORS_CONFIGURATION),
    POLICY(
            "policy",
            new Operations(Operation.GET_BUCKET_POLICY, Operation.PUT_BUCKET_POLICY, Operation.DELETE_BUCKET_POLICY),
            S3ErrorCode.NO_SUCH_BUCKET_POLICY),
    PUBLIC_ACCESS_BLOCK(
            "publicAccessBlock",
            new Operations(
                    Operation.GET_PUBLIC_ACCESS_BLOCK,
                    Operation.PUT_PUBLIC_ACCESS_BLOCK,
                    Operation.DELETE_PUBLIC_ACCESS_BLOCK),
            S3ErrorCode.NO_SUCH_PUBLIC_ACCESS_BLOCK),
    LIFECYCLE(
            "lifecycle",
            new Operations(
                    Operation.GET_BUCKET_LIFECYCLE, Operation.PUT_BUCKET_LIFECYCLE, Operation.DELETE_BUCKET_LIFECYCLE),
            S3ErrorCode.NO_SUCH_LIFECYCLE_CONFIGURATION),
    ENCRYPTION(
            "encryption",
            new Operations(
                    Operation.GET_BUCKET_ENCRYPTION,
                    Operation.PUT_BUCKET_ENCRYPTION,
                    Operation.DELETE_BUCKET_ENCRYPTION),
            S3ErrorCode.NO_SUCH_ENCRYPTION),
    /** Of a bucket that several sites hold; one site knows by itself. It is never unsaid. */
    VERSIONING(
            "versioning",
            new Operations(
                    Operation.GET_BUCKET_VERSIONING, Operation.PUT_BUCKET_VERSIONING, Operation.PUT_BUCKET_VERSIONING),
            S3ErrorCode.NOT_IMPLEMENTED),
    /** The same of locks; a bucket in which nothing was said of them from the beginning has none. */
    OBJECT_LOCK(
            "object-lock",
            new Operations(
                    Operation.GET_OBJECT_LOCK_CONFIGURATION,
                    Operation.PUT_OBJECT_LOCK_CONFIGURATION,
                    Operation.PUT_OBJECT_LOCK_CONFIGURATION),
            S3ErrorCode.NO_SUCH_OBJECT_LOCK_CONFIGURATION);

    /** Those that speak of a kind. */
    public record Operations(Operation get, Operation put, Operation delete) {
        boolean contain(Operation operation) {
            return operation == get || operation == put || operation == delete;
        }
    }

    private final String subresource;
    private final Operations operations;
    private final S3ErrorCode missing;

    DocumentKind(String subresource, Operations operations, S3ErrorCode missing) {
        this.subresource = subresource;
        this.operations = operations;
        this.missing = missing;
    }

    public Operations operations() {
        return operations;
    }

    /** What S3 says when nothing was said. */
    public S3ErrorCode missing() {
        return missing;
    }

    /** Whether it is the sites that do what it says, so that each member must have been told. */
    public boolean atSites() {
        return switch (this) {
            case LIFECYCLE, ENCRYPTION, VERSIONING, OBJECT_LOCK -> true;
            case TAGGING, CORS, POLICY, PUBLIC_ACCESS_BLOCK -> false;
        };
    }

    /** Whether a bucket that one site holds is asked of that site instead. */
    public boolean ofSeveralSites() {
        return this == VERSIONING || this == OBJECT_LOCK;
    }

    /** The one that an operation is about, if it is about one. */
    public static Optional<DocumentKind> of(Operation operation) {
        return Arrays.stream(values())
                .filter(kind -> kind.operations.contain(operation))
                .findFirst();
    }

    /** As the query, and the database, have it. */
    @Override
    public String toString() {
        return subresource;
    }

    static DocumentKind of(String subresource) {
        return Arrays.stream(values())
                .filter(kind -> kind.subresource.equals(subresource))
                .findFirst()
                .orElseThrow();
    }
}
