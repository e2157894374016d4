package org.entente.gateway.wire.auth;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.entente.backends.sigv4.CredentialScope;
import org.entente.backends.sigv4.Sha256;
import org.entente.backends.sigv4.SigningKey;
import org.entente.backends.uri.Query;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.wire.RequestHead;

/**
 * What a request claims of its signature, before anybody has looked whether it is true.
 *
 * @param timestamp as it stands in {@code x-amz-date}
 * @param signedHeaders in lower case
 * @param payloadHash what the signer says of the body
 * @param signedQuery the query that the signature covers
 * @param expires how long it holds from its time on; empty for a signature in a header
 */
record SignatureClaim(
        String accessKey,
        CredentialScope scope,
        String timestamp,
        List<String> signedHeaders,
        String signature,
        String payloadHash,
        Query signedQuery,
        Optional<Duration> expires) {
    private static final String UNSIGNED = "UNSIGNED-PAYLOAD";
    private static final Duration LONGEST = Duration.ofDays(7);

    /** Whether a request does not even try to be signed. */
    static boolean isAbsent(RequestHead head) {
        return !head.headers().contains("authorization")
                && head.query().parameters().stream()
                        .noneMatch(parameter -> parameter.name().startsWith("X-Amz-")
                                || parameter.name().equals("AWSAccessKeyId"));
    }

    /** @throws S3Refusal when there is no claim that can be understood */
    static SignatureClaim of(RequestHead head) {
        Optional<String> header = head.header("authorization");
        boolean presigned = head.query().has("X-Amz-Algorithm");
        if (header.isPresent() && presigned) {
            throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "Only one way of authentication is allowed.");
        }
        if (head.headers().contains("x-amz-security-token") || head.query().has("X-Amz-Security-Token")) {
            throw new S3Refusal(S3ErrorCode.INVALID_TOKEN, "Session tokens are not known here.");
        }
        if (presigned) {
            return ofQuery(head);
        }
        if (head.query().has("AWSAccessKeyId")
                || header.filter(h -> h.startsWith("AWS ")).isPresent()) {
            throw new S3Refusal(
                    S3ErrorCode.INVALID_REQUEST, "Signature Version 2 is not supported; use AWS4-HMAC-SHA256.");
        }
        return ofHeader(head, header.orElseThrow(() -> malformedQuery("The query is signed in part only.")));
    }

    private static SignatureClaim ofHeader(RequestHead head, String header) {
        if (!header.startsWith(SigningKey.ALGORITHM + " ")) {
            throw malformedHeader("The authorization must begin with " + SigningKey.ALGORITHM + ".");
        }
        Map<String, String> fields = new HashMap<>();
        for (String field : header.substring(SigningKey.ALGORITHM.length() + 1).split(",", -1)) {
            int equals = field.indexOf('=');
            if (equals < 0
                    || fields.put(
                                    field.substring(0, equals).strip(),
                                    field.substring(equals + 1).strip())
                            != null) {
                throw malformedHeader("The authorization must be Credential, SignedHeaders and Signature.");
            }
        }
        if (!fields.keySet().equals(java.util.Set.of("Credential", "SignedHeaders", "Signature"))) {
            throw malformedHeader("The authorization must be Credential, SignedHeaders and Signature.");
        }
        String credential = fields.getOrDefault("Credential", "");
        CredentialScope scope = CredentialScope.ofCredential(credential)
                .orElseThrow(() -> malformedHeader("The credential must be KEY/yyyyMMdd/REGION/s3/aws4_request."));
        return new SignatureClaim(
                accessKey(credential),
                scope,
                head.header("x-amz-date")
                        .orElseThrow(() -> new S3Refusal(
                                S3ErrorCode.ACCESS_DENIED, "A signed request needs an x-amz-date header.")),
                Arrays.asList(fields.getOrDefault("SignedHeaders", "").split(";", -1)),
                fields.getOrDefault("Signature", ""),
                payloadHash(head),
                head.query(),
                Optional.empty());
    }

    private static SignatureClaim ofQuery(RequestHead head) {
        Query query = head.query();
        if (!required(query, "X-Amz-Algorithm").equals(SigningKey.ALGORITHM)) {
            throw malformedQuery("X-Amz-Algorithm must be " + SigningKey.ALGORITHM + ".");
        }
        String credential = required(query, "X-Amz-Credential");
        return new SignatureClaim(
                accessKey(credential),
                CredentialScope.ofCredential(credential)
                        .orElseThrow(
                                () -> malformedQuery("X-Amz-Credential must be KEY/yyyyMMdd/REGION/s3/aws4_request.")),
                required(query, "X-Amz-Date"),
                Arrays.asList(required(query, "X-Amz-SignedHeaders").split(";", -1)),
                required(query, "X-Amz-Signature"),
                query.first("X-Amz-Content-Sha256")
                        .or(() -> head.header("x-amz-content-sha256"))
                        .orElse(UNSIGNED),
                query.without("X-Amz-Signature"::equals),
                Optional.of(expires(required(query, "X-Amz-Expires"))));
    }

    /** Left out, it can only be that of no body: for any other, the signature says what we cannot know yet. */
    private static String payloadHash(RequestHead head) {
        boolean hasBody = head.headers().contains("transfer-encoding")
                || head.header("content-length").filter(l -> !l.equals("0")).isPresent();
        return head.header("x-amz-content-sha256").orElseGet(() -> {
            if (hasBody) {
                throw new S3Refusal(S3ErrorCode.INVALID_REQUEST, "Missing required header: x-amz-content-sha256.");
            }
            return Sha256.OF_NOTHING;
        });
    }

    private static String required(Query query, String name) {
        List<String> values = query.parameters().stream()
                .filter(p -> p.name().equals(name))
                .map(Query.Parameter::value)
                .toList();
        if (values.size() != 1 || values.getFirst().isEmpty()) {
            throw malformedQuery("Query authentication needs " + name + " exactly once.");
        }
        return values.getFirst();
    }

    private static Duration expires(String text) {
        try {
            Duration expires = Duration.ofSeconds(Integer.parseInt(text));
            if (expires.isPositive() && expires.compareTo(LONGEST) <= 0) {
                return expires;
            }
        } catch (NumberFormatException e) {
            // Refused below, like a number out of range.
        }
        throw malformedQuery("X-Amz-Expires must be a number of seconds from 1 to " + LONGEST.toSeconds() + ".");
    }

    private static String accessKey(String credential) {
        return credential.substring(0, Math.max(0, credential.indexOf('/')));
    }

    private static S3Refusal malformedHeader(String message) {
        return new S3Refusal(S3ErrorCode.AUTHORIZATION_HEADER_MALFORMED, message);
    }

    private static S3Refusal malformedQuery(String message) {
        return new S3Refusal(S3ErrorCode.AUTHORIZATION_QUERY_PARAMETERS_ERROR, message);
    }
}
