package org.entente.gateway.error;

/** A request that gets an S3 error for an answer. It is a signal within a request's flow, and has no stack. */
public final class S3Refusal extends RuntimeException {
    private final S3ErrorCode code;
    private final String reason;

    /** @param message for the client's people; never names a site's host or key */
    public S3Refusal(S3ErrorCode code, String message) {
        this(code, message, message);
    }

    /** @param reason for the operators' people: the rules that decided, and where they are written */
    public S3Refusal(S3ErrorCode code, String message, String reason) {
        super(message, null, false, false);
        this.code = code;
        this.reason = reason;
    }

    /** What the audit log says of it. */
    public String reason() {
        return reason;
    }

    public S3ErrorCode code() {
        return code;
    }

    public String explanation() {
        return String.valueOf(getMessage());
    }
}
