package org.entente.gateway.access;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import org.entente.backends.Operation;

/**
 * Which of IAM's actions a request is.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html">the reference</a>
 */
final class Actions {
    private Actions() {}

    /**
     * All that somebody must be allowed.
     *
     * @param version whether a version is named
     */
    static List<String> of(Operation operation, HttpHeaders headers, boolean version) {
        List<String> actions = new ArrayList<>();
        actions.add("s3:" + name(operation, version));
        if (operation == Operation.GET_OBJECT_ATTRIBUTES) {
            actions.add(version ? "s3:GetObjectVersion" : "s3:GetObject");
        }
        if (stores(operation)) {
            also(actions, headers, "x-amz-tagging", "s3:PutObjectTagging");
            also(actions, headers, "x-amz-acl", "s3:PutObjectAcl");
            also(actions, headers, "x-amz-object-lock-mode", "s3:PutObjectRetention");
            also(actions, headers, "x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold");
        }
        also(actions, headers, "x-amz-bypass-governance-retention", "s3:BypassGovernanceRetention");
        return actions;
    }

    private static boolean stores(Operation operation) {
        return operation == Operation.PUT_OBJECT
                || operation == Operation.COPY_OBJECT
                || operation == Operation.CREATE_MULTIPART_UPLOAD;
    }

    private static void also(List<String> actions, HttpHeaders headers, String header, String action) {
        if (headers.contains(header)) {
            actions.add(action);
        }
    }

    private static String name(Operation operation, boolean version) {
        return switch (operation) {
            case LIST_BUCKETS -> "ListAllMyBuckets";
            case HEAD_BUCKET, LIST_OBJECTS, LIST_OBJECTS_V2 -> "ListBucket";
            case LIST_OBJECT_VERSIONS -> "ListBucketVersions";
            case LIST_MULTIPART_UPLOADS -> "ListBucketMultipartUploads";
            case LIST_PARTS -> "ListMultipartUploadParts";
            case GET_OBJECT_LOCK_CONFIGURATION -> "GetBucketObjectLockConfiguration";
            case PUT_OBJECT_LOCK_CONFIGURATION -> "PutBucketObjectLockConfiguration";
            case DELETE_BUCKET_TAGGING -> "PutBucketTagging";
            case GET_BUCKET_CORS -> "GetBucketCORS";
            case PUT_BUCKET_CORS, DELETE_BUCKET_CORS -> "PutBucketCORS";
            case GET_BUCKET_LIFECYCLE -> "GetLifecycleConfiguration";
            case PUT_BUCKET_LIFECYCLE, DELETE_BUCKET_LIFECYCLE -> "PutLifecycleConfiguration";
            case GET_BUCKET_ENCRYPTION -> "GetEncryptionConfiguration";
            case PUT_BUCKET_ENCRYPTION, DELETE_BUCKET_ENCRYPTION -> "PutEncryptionConfiguration";
            case GET_PUBLIC_ACCESS_BLOCK -> "GetBucketPublicAccessBlock";
            case PUT_PUBLIC_ACCESS_BLOCK, DELETE_PUBLIC_ACCESS_BLOCK -> "PutBucketPublicAccessBlock";
            case DELETE_BUCKET_OWNERSHIP_CONTROLS -> "PutBucketOwnershipControls";
            case GET_BUCKET_NOTIFICATION -> "GetBucketNotification";
            case PUT_BUCKET_NOTIFICATION -> "PutBucketNotification";
            case GET_OBJECT, HEAD_OBJECT -> version ? "GetObjectVersion" : "GetObject";
            case DELETE_OBJECT, DELETE_OBJECTS -> version ? "DeleteObjectVersion" : "DeleteObject";
            case GET_OBJECT_ATTRIBUTES -> version ? "GetObjectVersionAttributes" : "GetObjectAttributes";
            case GET_OBJECT_TAGGING -> version ? "GetObjectVersionTagging" : "GetObjectTagging";
            case PUT_OBJECT_TAGGING -> version ? "PutObjectVersionTagging" : "PutObjectTagging";
            case DELETE_OBJECT_TAGGING -> version ? "DeleteObjectVersionTagging" : "DeleteObjectTagging";
            case GET_OBJECT_ACL -> version ? "GetObjectVersionAcl" : "GetObjectAcl";
            case PUT_OBJECT_ACL -> version ? "PutObjectVersionAcl" : "PutObjectAcl";
            case PUT_OBJECT,
                    COPY_OBJECT,
                    CREATE_MULTIPART_UPLOAD,
                    UPLOAD_PART,
                    UPLOAD_PART_COPY,
                    COMPLETE_MULTIPART_UPLOAD -> "PutObject";
            // The others are called as the operation is.
            default -> operation.apiName();
        };
    }
}
