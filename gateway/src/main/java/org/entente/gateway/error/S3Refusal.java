package org.entente.gateway.error;

/** A request that gets an S3 error for an answer. It is a signal within a request's flow, and has no stack. */
public final class S3Refusal extends RuntimeException {
    private final S3ErrorCode code;

    /** @param message for the client's people; never names a site's host or key */
    public S3Refusal(S3ErrorCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    public S3ErrorCode code() {
        return code;
    }

    public String explanation() {
        return String.valueOf(getMessage());
    }
}
