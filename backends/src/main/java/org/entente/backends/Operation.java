package org.entente.backends;

import static org.entente.backends.Operation.Effect.CHANGE;
import static org.entente.backends.Operation.Effect.LOOK;
import static org.entente.backends.Operation.Effect.REMOVE;
import static org.entente.backends.Operation.Effect.STORE;
import static org.entente.backends.Operation.Payload.CONTENT;
import static org.entente.backends.Operation.Payload.DOCUMENT;
import static org.entente.backends.Operation.Payload.JSON;
import static org.entente.backends.Operation.Payload.NOTHING;
import static org.entente.backends.Operation.Subject.ACCOUNT;
import static org.entente.backends.Operation.Subject.BUCKET;
import static org.entente.backends.Operation.Subject.LISTING;
import static org.entente.backends.Operation.Subject.OBJECT;

import io.netty.handler.codec.http.HttpMethod;
import java.util.Optional;

/**
 * S3's operations by the names of its API reference, each knowing its own nature.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html">the
 *     reference</a>
 */
public enum Operation {
    LIST_BUCKETS("ListBuckets", HttpMethod.GET, ACCOUNT, "", LOOK, NOTHING),

    CREATE_BUCKET("CreateBucket", HttpMethod.PUT, BUCKET, "", STORE, DOCUMENT),
    HEAD_BUCKET("HeadBucket", HttpMethod.HEAD, BUCKET, "", LOOK, NOTHING),
    DELETE_BUCKET("DeleteBucket", HttpMethod.DELETE, BUCKET, "", REMOVE, NOTHING),
    GET_BUCKET_LOCATION("GetBucketLocation", HttpMethod.GET, BUCKET, "location", LOOK, NOTHING),
    GET_BUCKET_VERSIONING("GetBucketVersioning", HttpMethod.GET, BUCKET, "versioning", LOOK, NOTHING),
    PUT_BUCKET_VERSIONING("PutBucketVersioning", HttpMethod.PUT, BUCKET, "versioning", CHANGE, DOCUMENT),
    GET_OBJECT_LOCK_CONFIGURATION("GetObjectLockConfiguration", HttpMethod.GET, BUCKET, "object-lock", LOOK, NOTHING),
    PUT_OBJECT_LOCK_CONFIGURATION(
            "PutObjectLockConfiguration", HttpMethod.PUT, BUCKET, "object-lock", CHANGE, DOCUMENT),
    GET_BUCKET_TAGGING("GetBucketTagging", HttpMethod.GET, BUCKET, "tagging", LOOK, NOTHING),
    PUT_BUCKET_TAGGING("PutBucketTagging", HttpMethod.PUT, BUCKET, "tagging", CHANGE, DOCUMENT),
    DELETE_BUCKET_TAGGING("DeleteBucketTagging", HttpMethod.DELETE, BUCKET, "tagging", CHANGE, NOTHING),
    GET_BUCKET_CORS("GetBucketCors", HttpMethod.GET, BUCKET, "cors", LOOK, NOTHING),
    PUT_BUCKET_CORS("PutBucketCors", HttpMethod.PUT, BUCKET, "cors", CHANGE, DOCUMENT),
    DELETE_BUCKET_CORS("DeleteBucketCors", HttpMethod.DELETE, BUCKET, "cors", CHANGE, NOTHING),
    GET_BUCKET_LIFECYCLE("GetBucketLifecycleConfiguration", HttpMethod.GET, BUCKET, "lifecycle", LOOK, NOTHING),
    PUT_BUCKET_LIFECYCLE("PutBucketLifecycleConfiguration", HttpMethod.PUT, BUCKET, "lifecycle", CHANGE, DOCUMENT),
    DELETE_BUCKET_LIFECYCLE("DeleteBucketLifecycle", HttpMethod.DELETE, BUCKET, "lifecycle", CHANGE, NOTHING),
    GET_BUCKET_ENCRYPTION("GetBucketEncryption", HttpMethod.GET, BUCKET, "encryption", LOOK, NOTHING),
    PUT_BUCKET_ENCRYPTION("PutBucketEncryption", HttpMethod.PUT, BUCKET, "encryption", CHANGE, DOCUMENT),
    DELETE_BUCKET_ENCRYPTION("DeleteBucketEncryption", HttpMethod.DELETE, BUCKET, "encryption", CHANGE, NOTHING),
    GET_BUCKET_POLICY("GetBucketPolicy", HttpMethod.GET, BUCKET, "policy", LOOK, NOTHING),
    PUT_BUCKET_POLICY("PutBucketPolicy", HttpMethod.PUT, BUCKET, "policy", CHANGE, JSON),
    DELETE_BUCKET_POLICY("DeleteBucketPolicy", HttpMethod.DELETE, BUCKET, "policy", CHANGE, NOTHING),
    GET_BUCKET_POLICY_STATUS("GetBucketPolicyStatus", HttpMethod.GET, BUCKET, "policyStatus", LOOK, NOTHING),
    GET_PUBLIC_ACCESS_BLOCK("GetPublicAccessBlock", HttpMethod.GET, BUCKET, "publicAccessBlock", LOOK, NOTHING),
    PUT_PUBLIC_ACCESS_BLOCK("PutPublicAccessBlock", HttpMethod.PUT, BUCKET, "publicAccessBlock", CHANGE, DOCUMENT),
    DELETE_PUBLIC_ACCESS_BLOCK(
            "DeletePublicAccessBlock", HttpMethod.DELETE, BUCKET, "publicAccessBlock", CHANGE, NOTHING),
    GET_BUCKET_OWNERSHIP_CONTROLS(
            "GetBucketOwnershipControls", HttpMethod.GET, BUCKET, "ownershipControls", LOOK, NOTHING),
    PUT_BUCKET_OWNERSHIP_CONTROLS(
            "PutBucketOwnershipControls", HttpMethod.PUT, BUCKET, "ownershipControls", CHANGE, DOCUMENT),
    DELETE_BUCKET_OWNERSHIP_CONTROLS(
            "DeleteBucketOwnershipControls", HttpMethod.DELETE, BUCKET, "ownershipControls", CHANGE, NOTHING),
    GET_BUCKET_NOTIFICATION(
            "GetBucketNotificationConfiguration", HttpMethod.GET, BUCKET, "notification", LOOK, NOTHING),
    PUT_BUCKET_NOTIFICATION(
            "PutBucketNotificationConfiguration", HttpMethod.PUT, BUCKET, "notification", CHANGE, DOCUMENT),
    GET_BUCKET_ACL("GetBucketAcl", HttpMethod.GET, BUCKET, "acl", LOOK, NOTHING),
    PUT_BUCKET_ACL("PutBucketAcl", HttpMethod.PUT, BUCKET, "acl", CHANGE, DOCUMENT),

    LIST_OBJECTS("ListObjects", HttpMethod.GET, LISTING, "", LOOK, NOTHING),
    LIST_OBJECTS_V2("ListObjectsV2", HttpMethod.GET, LISTING, "list-type", LOOK, NOTHING),
    LIST_OBJECT_VERSIONS("ListObjectVersions", HttpMethod.GET, LISTING, "versions", LOOK, NOTHING),
    LIST_MULTIPART_UPLOADS("ListMultipartUploads", HttpMethod.GET, LISTING, "uploads", LOOK, NOTHING),
    DELETE_OBJECTS("DeleteObjects", HttpMethod.POST, LISTING, "delete", REMOVE, DOCUMENT),

    GET_OBJECT("GetObject", HttpMethod.GET, OBJECT, "", LOOK, NOTHING),
    HEAD_OBJECT("HeadObject", HttpMethod.HEAD, OBJECT, "", LOOK, NOTHING),
    PUT_OBJECT("PutObject", HttpMethod.PUT, OBJECT, "", STORE, CONTENT),
    COPY_OBJECT("CopyObject", HttpMethod.PUT, OBJECT, "", STORE, NOTHING),
    DELETE_OBJECT("DeleteObject", HttpMethod.DELETE, OBJECT, "", REMOVE, NOTHING),
    GET_OBJECT_ATTRIBUTES("GetObjectAttributes", HttpMethod.GET, OBJECT, "attributes", LOOK, NOTHING),
    GET_OBJECT_TAGGING("GetObjectTagging", HttpMethod.GET, OBJECT, "tagging", LOOK, NOTHING),
    PUT_OBJECT_TAGGING("PutObjectTagging", HttpMethod.PUT, OBJECT, "tagging", STORE, DOCUMENT),
    DELETE_OBJECT_TAGGING("DeleteObjectTagging", HttpMethod.DELETE, OBJECT, "tagging", REMOVE, NOTHING),
    GET_OBJECT_RETENTION("GetObjectRetention", HttpMethod.GET, OBJECT, "retention", LOOK, NOTHING),
    PUT_OBJECT_RETENTION("PutObjectRetention", HttpMethod.PUT, OBJECT, "retention", STORE, DOCUMENT),
    GET_OBJECT_LEGAL_HOLD("GetObjectLegalHold", HttpMethod.GET, OBJECT, "legal-hold", LOOK, NOTHING),
    PUT_OBJECT_LEGAL_HOLD("PutObjectLegalHold", HttpMethod.PUT, OBJECT, "legal-hold", STORE, DOCUMENT),

    GET_OBJECT_ACL("GetObjectAcl", HttpMethod.GET, OBJECT, "acl", LOOK, NOTHING),
    PUT_OBJECT_ACL("PutObjectAcl", HttpMethod.PUT, OBJECT, "acl", CHANGE, DOCUMENT),

    CREATE_MULTIPART_UPLOAD("CreateMultipartUpload", HttpMethod.POST, OBJECT, "uploads", STORE, NOTHING),
    UPLOAD_PART("UploadPart", HttpMethod.PUT, OBJECT, "uploadId", STORE, CONTENT),
    UPLOAD_PART_COPY("UploadPartCopy", HttpMethod.PUT, OBJECT, "uploadId", STORE, NOTHING),
    COMPLETE_MULTIPART_UPLOAD("CompleteMultipartUpload", HttpMethod.POST, OBJECT, "uploadId", STORE, DOCUMENT),
    ABORT_MULTIPART_UPLOAD("AbortMultipartUpload", HttpMethod.DELETE, OBJECT, "uploadId", REMOVE, NOTHING),
    LIST_PARTS("ListParts", HttpMethod.GET, OBJECT, "uploadId", LOOK, NOTHING);

    /** What a request speaks of. */
    public enum Subject {
        /** Everything that a principal has. */
        ACCOUNT,
        /** A bucket itself. */
        BUCKET,
        /** What lies in a bucket. */
        LISTING,
        /** One object, or an upload that will be one. */
        OBJECT
    }

    /** What a request does at a site. */
    public enum Effect {
        /** Nothing. */
        LOOK,
        /** Sends bytes of an object, or what is known of it; the fence must permit that. */
        STORE,
        /** Changes how a bucket behaves, or who may do what; sends nothing of any object. */
        CHANGE,
        /** Takes something away; sends nothing of any object. */
        REMOVE
    }

    /** What a request carries. */
    public enum Payload {
        NOTHING,
        /** A small XML document. */
        DOCUMENT,
        /** A small text that is none. */
        JSON,
        /** An object's bytes. */
        CONTENT
    }

    private final String apiName;
    private final HttpMethod method;
    private final Subject subject;
    private final String subresource;
    private final Effect effect;
    private final Payload payload;

    Operation(String apiName, HttpMethod method, Subject subject, String subresource, Effect effect, Payload payload) {
        this.apiName = apiName;
        this.method = method;
        this.subject = subject;
        this.subresource = subresource;
        this.effect = effect;
        this.payload = payload;
    }

    public String apiName() {
        return apiName;
    }

    public HttpMethod method() {
        return method;
    }

    public Subject subject() {
        return subject;
    }

    /** The query parameter that tells this operation from others of the same method, if there is one. */
    public Optional<String> subresource() {
        return subresource.isEmpty() ? Optional.empty() : Optional.of(subresource);
    }

    public Effect effect() {
        return effect;
    }

    public Payload payload() {
        return payload;
    }

    /** Whether the header {@code x-amz-copy-source} makes it what it is. */
    public boolean copies() {
        return this == COPY_OBJECT || this == UPLOAD_PART_COPY;
    }
}
