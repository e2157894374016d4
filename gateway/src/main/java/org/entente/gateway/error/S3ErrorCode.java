package org.entente.gateway.error;

import java.util.Arrays;
import java.util.Optional;

/**
 * The errors that we answer, by S3's own codes.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html">Error responses</a>
 */
public enum S3ErrorCode {
    ACCESS_CONTROL_LIST_NOT_SUPPORTED("AccessControlListNotSupported", 400),
    ACCESS_DENIED("AccessDenied", 403),
    ACCESS_FORBIDDEN("AccessForbidden", 403),
    AUTHORIZATION_HEADER_MALFORMED("AuthorizationHeaderMalformed", 400),
    AUTHORIZATION_QUERY_PARAMETERS_ERROR("AuthorizationQueryParametersError", 400),
    BAD_DIGEST("BadDigest", 400),
    BAD_REQUEST("BadRequest", 400),
    BUCKET_ALREADY_EXISTS("BucketAlreadyExists", 409),
    BUCKET_NOT_EMPTY("BucketNotEmpty", 409),
    ENTITY_TOO_LARGE("EntityTooLarge", 400),
    ENTITY_TOO_SMALL("EntityTooSmall", 400),
    INCOMPLETE_BODY("IncompleteBody", 400),
    INTERNAL_ERROR("InternalError", 500),
    INVALID_ACCESS_KEY_ID("InvalidAccessKeyId", 403),
    INVALID_ARGUMENT("InvalidArgument", 400),
    INVALID_BUCKET_NAME("InvalidBucketName", 400),
    INVALID_BUCKET_STATE("InvalidBucketState", 409),
    INVALID_DIGEST("InvalidDigest", 400),
    INVALID_PART("InvalidPart", 400),
    INVALID_POLICY_DOCUMENT("InvalidPolicyDocument", 400),
    INVALID_RANGE("InvalidRange", 416),
    INVALID_REQUEST("InvalidRequest", 400),
    INVALID_TAG("InvalidTag", 400),
    INVALID_TOKEN("InvalidToken", 400),
    INVALID_URI("InvalidURI", 400),
    KEY_TOO_LONG("KeyTooLongError", 400),
    MALFORMED_POLICY("MalformedPolicy", 400),
    MALFORMED_POST_REQUEST("MalformedPOSTRequest", 400),
    MALFORMED_TRAILER("MalformedTrailerError", 400),
    MALFORMED_XML("MalformedXML", 400),
    METHOD_NOT_ALLOWED("MethodNotAllowed", 405),
    MISSING_CONTENT_LENGTH("MissingContentLength", 411),
    NOT_FOUND("NotFound", 404),
    NOT_IMPLEMENTED("NotImplemented", 501),
    NOT_MODIFIED("NotModified", 304),
    NO_SUCH_BUCKET("NoSuchBucket", 404),
    NO_SUCH_BUCKET_POLICY("NoSuchBucketPolicy", 404),
    NO_SUCH_CORS_CONFIGURATION("NoSuchCORSConfiguration", 404),
    NO_SUCH_ENCRYPTION("ServerSideEncryptionConfigurationNotFoundError", 404),
    NO_SUCH_KEY("NoSuchKey", 404),
    NO_SUCH_LIFECYCLE_CONFIGURATION("NoSuchLifecycleConfiguration", 404),
    NO_SUCH_OBJECT_LOCK_CONFIGURATION("ObjectLockConfigurationNotFoundError", 404),
    NO_SUCH_PUBLIC_ACCESS_BLOCK("NoSuchPublicAccessBlockConfiguration", 404),
    NO_SUCH_TAG_SET("NoSuchTagSet", 404),
    NO_SUCH_UPLOAD("NoSuchUpload", 404),
    NO_SUCH_VERSION("NoSuchVersion", 404),
    PRECONDITION_FAILED("PreconditionFailed", 412),
    REQUEST_TIMEOUT("RequestTimeout", 400),
    REQUEST_TIME_TOO_SKEWED("RequestTimeTooSkewed", 403),
    SERVICE_UNAVAILABLE("ServiceUnavailable", 503),
    SIGNATURE_DOES_NOT_MATCH("SignatureDoesNotMatch", 403),
    SLOW_DOWN("SlowDown", 503),
    X_AMZ_CONTENT_SHA256_MISMATCH("XAmzContentSHA256Mismatch", 400);

    private final String code;
    private final int status;

    S3ErrorCode(String code, int status) {
        this.code = code;
        this.status = status;
    }

    public String code() {
        return code;
    }

    /** The HTTP status that goes with it. */
    public int status() {
        return status;
    }

    /** The code to give when a site said no more than an HTTP status. */
    public static S3ErrorCode ofStatus(int status) {
        return Optional.of(status)
                .flatMap(s -> Arrays.stream(new S3ErrorCode[] {
                            ACCESS_DENIED,
                            NOT_FOUND,
                            METHOD_NOT_ALLOWED,
                            PRECONDITION_FAILED,
                            INVALID_RANGE,
                            NOT_IMPLEMENTED,
                            SERVICE_UNAVAILABLE,
                            MISSING_CONTENT_LENGTH
                        })
                        .filter(code -> code.status == s)
                        .findFirst())
                .orElse(status < 500 ? INVALID_REQUEST : SERVICE_UNAVAILABLE);
    }
}
