package org.entente.gateway.wire.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.entente.backends.sigv4.CanonicalRequest;
import org.entente.backends.sigv4.SigningKey;
import org.entente.backends.uri.Rfc3986;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.wire.RequestHead;
import org.entente.policy.model.Principal;

/**
 * Verifies AWS Signature Version 4, in a header or in a presigned URL.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html">Authenticating
 *     requests</a>
 */
public final class SignatureVerifier {
    private static final Duration SKEW = Duration.ofMinutes(15);
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT);

    /** An unknown key is verified against this, so that it takes as long as a wrong signature. */
    private static final String NO_SECRET = "nobody has this secret";

    private final Clock clock;

    public SignatureVerifier(Clock clock) {
        this.clock = clock;
    }

    /**
     * Who signed this.
     *
     * @param identities by access key
     * @return {@link Principal#ANONYMOUS} when nobody did
     * @throws S3Refusal when something about the signature is not in order
     */
    public Authenticated verify(RequestHead head, Function<String, Optional<Identity>> identities) {
        if (SignatureClaim.isAbsent(head)) {
            return new Authenticated(Principal.ANONYMOUS, unsigned(head));
        }
        SignatureClaim claim = SignatureClaim.of(head);
        checkTime(claim);
        checkSignedHeaders(head, claim.signedHeaders());
        Optional<Identity> identity = identities.apply(claim.accessKey());
        SigningKey key = SigningKey.of(identity.map(Identity::secret).orElse(NO_SECRET), claim.scope());
        CanonicalRequest request = new CanonicalRequest(
                head.method(),
                Rfc3986.normalisePath(head.path()),
                claim.signedQuery(),
                head.headers(),
                claim.signedHeaders(),
                claim.payloadHash());
        boolean right = same(key.sign(claim.timestamp(), request), claim.signature());
        if (identity.isEmpty()) {
            throw new S3Refusal(
                    S3ErrorCode.INVALID_ACCESS_KEY_ID, "The access key that you provided does not exist here.");
        }
        if (!right) {
            throw new S3Refusal(
                    S3ErrorCode.SIGNATURE_DOES_NOT_MATCH,
                    "The request signature that we calculated does not match the signature that you provided.");
        }
        return new Authenticated(identity.get().principal(), payload(claim, key));
    }

    private void checkTime(SignatureClaim claim) {
        Instant signed = signedAt(claim);
        Instant now = clock.instant();
        if (claim.expires().isPresent()) {
            if (now.isAfter(signed.plus(claim.expires().get()))) {
                throw new S3Refusal(S3ErrorCode.ACCESS_DENIED, "Request has expired.");
            }
            if (signed.isAfter(now.plus(SKEW))) {
                throw new S3Refusal(S3ErrorCode.ACCESS_DENIED, "Request is not valid yet.");
            }
        } else if (Duration.between(signed, now).abs().compareTo(SKEW) > 0) {
            throw new S3Refusal(
                    S3ErrorCode.REQUEST_TIME_TOO_SKEWED,
                    "The difference between the request time and the current time is too large.");
        }
    }

    private static Instant signedAt(SignatureClaim claim) {
        try {
            Instant signed = LocalDateTime.parse(claim.timestamp(), TIMESTAMP).toInstant(ZoneOffset.UTC);
            if (claim.timestamp().startsWith(claim.scope().date())) {
                return signed;
            }
        } catch (DateTimeException e) {
            // Refused below, like a date that is not the scope's.
        }
        throw new S3Refusal(
                S3ErrorCode.ACCESS_DENIED, "The request's date must be yyyyMMdd'T'HHmmss'Z', on its credential's day.");
    }

    /** What is not signed could have been added by anybody, and a re-signer would vouch for it. */
    private static void checkSignedHeaders(RequestHead head, List<String> signed) {
        if (!signed.contains("host")) {
            throw new S3Refusal(S3ErrorCode.ACCESS_DENIED, "The host header must be signed.");
        }
        for (String name : head.headers().names()) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.startsWith("x-amz-") && !signed.contains(lower)) {
                throw new S3Refusal(
                        S3ErrorCode.ACCESS_DENIED,
                        "There were headers present in the request which were not signed: " + lower);
            }
        }
    }

    private static boolean same(String a, String b) {
        return MessageDigest.isEqual(a.getBytes(StandardCharsets.US_ASCII), b.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Nobody vouches for the body, but what is said of it should hold. */
    private static Payload unsigned(RequestHead head) {
        String said = head.header("x-amz-content-sha256").orElse("UNSIGNED-PAYLOAD");
        return switch (said) {
            case "UNSIGNED-PAYLOAD" -> new Payload.Unsigned();
            case "STREAMING-UNSIGNED-PAYLOAD-TRAILER" -> new Payload.UnsignedChunks();
            default -> hashed(said);
        };
    }

    private static Payload payload(SignatureClaim claim, SigningKey key) {
        return switch (claim.payloadHash()) {
            case "UNSIGNED-PAYLOAD" -> new Payload.Unsigned();
            case "STREAMING-UNSIGNED-PAYLOAD-TRAILER" -> new Payload.UnsignedChunks();
            case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" ->
                new Payload.SignedChunks(key, claim.timestamp(), claim.signature(), false);
            case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" ->
                new Payload.SignedChunks(key, claim.timestamp(), claim.signature(), true);
            default -> hashed(claim.payloadHash());
        };
    }

    private static Payload hashed(String hash) {
        if (hash.startsWith("STREAMING-")) {
            throw new S3Refusal(S3ErrorCode.NOT_IMPLEMENTED, "This way of signing a payload is not there: " + hash);
        }
        if (!HASH.matcher(hash).matches()) {
            throw new S3Refusal(
                    S3ErrorCode.INVALID_ARGUMENT,
                    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING-... value, or a SHA-256 in hexadecimal.");
        }
        return new Payload.Hashed(hash);
    }
}
