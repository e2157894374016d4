package org.entente.gateway.wire.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.entente.backends.uri.Rfc3986;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.wire.RequestHead;
import org.entente.policy.model.Located;
import org.entente.policy.model.Position;
import org.entente.policy.model.Precedence;
import org.entente.policy.model.Principal;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner.AuthLocation;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/** The SDK's own signer is the oracle: what it signs we accept, and with any bit changed we refuse it. */
class SignatureVerifierTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    /** A URL is signed before anybody knows what will be sent to it. */
    private static final ContentStreamProvider PAYLOAD = ContentStreamProvider.fromUtf8String("payload");

    private static final String SECRET = "a secret / with + signs";
    private static final Principal PRINCIPAL = new Principal(
            new Located<>("somebody", new Position("test", 1, 1)),
            new Principal.Spec(Optional.empty(), Optional.empty(), List.of(), List.of(), Precedence.ROUTINE, false));

    private final SignatureVerifier verifier = new SignatureVerifier(Clock.fixed(NOW, ZoneOffset.UTC));

    private static Optional<Identity> identities(String key) {
        return key.equals("AKIDTEST") ? Optional.of(new Identity(PRINCIPAL, SECRET)) : Optional.empty();
    }

    private static SdkHttpRequest sign(
            String method, String key, Map<String, String> query, Map<String, String> headers, AuthLocation where) {
        SdkHttpFullRequest.Builder request = SdkHttpFullRequest.builder()
                .method(SdkHttpMethod.fromValue(method))
                .uri(URI.create("http://s3.example:8080"))
                .encodedPath("/bucket/" + Rfc3986.encodePath(key));
        query.forEach(request::putRawQueryParameter);
        headers.forEach(request::putHeader);
        return AwsV4HttpSigner.create()
                .sign(r -> r.identity(AwsCredentialsIdentity.create("AKIDTEST", SECRET))
                        .request(request.build())
                        .payload(where == AuthLocation.HEADER ? PAYLOAD : null)
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "s3")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, "eu-west-3")
                        .putProperty(AwsV4FamilyHttpSigner.DOUBLE_URL_ENCODE, false)
                        .putProperty(AwsV4FamilyHttpSigner.NORMALIZE_PATH, false)
                        .putProperty(AwsV4FamilyHttpSigner.AUTH_LOCATION, where)
                        .putProperty(AwsV4FamilyHttpSigner.PAYLOAD_SIGNING_ENABLED, where == AuthLocation.HEADER)
                        .putProperty(
                                AwsV4FamilyHttpSigner.EXPIRATION_DURATION,
                                where == AuthLocation.QUERY_STRING ? Duration.ofHours(1) : null)
                        .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(NOW, ZoneOffset.UTC)))
                .request();
    }

    private static HttpHeaders headers(SdkHttpRequest signed) {
        HttpHeaders headers = new DefaultHttpHeaders();
        signed.forEachHeader((name, values) ->
                headers.set(name, values.stream().map(String::strip).toList()));
        return headers;
    }

    private static String target(SdkHttpRequest signed) {
        return signed.encodedPath()
                + signed.encodedQueryParameters().map(q -> "?" + q).orElse("");
    }

    private Authenticated verify(String method, String target, HttpHeaders headers) {
        RequestHead head = RequestHead.of(method, target, headers.getAll("host"), headers);
        return verifier.verify(head, SignatureVerifierTest::identities);
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings()
                .withChars("abcAZ09 -._~/%+&=?#!*'();:@,[]{}|^`\"<>\\äß☃")
                .ofMinLength(1)
                .ofMaxLength(30);
    }

    @Property(tries = 300)
    void whateverTheSdkSignsIsAccepted(
            @ForAll("texts") String key,
            @ForAll("texts") String value,
            @ForAll AuthLocation where,
            @ForAll("methods") String method) {
        SdkHttpRequest signed = sign(
                method,
                key,
                Map.of("prefix", value, "uploads", "", "a", "b"),
                Map.of("x-amz-meta-note", "  two  spaces ", "content-type", "text/plain"),
                where);
        assertThat(verify(method, target(signed), headers(signed)).principal()).isEqualTo(PRINCIPAL);
    }

    @Provide
    Arbitrary<String> methods() {
        return Arbitraries.of("GET", "PUT", "POST", "DELETE", "HEAD");
    }

    @Property(tries = 500)
    void withAnyBitOfTheTargetChangedItIsRefused(
            @ForAll("texts") String key,
            @ForAll AuthLocation where,
            @ForAll @IntRange(min = 0, max = 500) int place,
            @ForAll @IntRange(min = 0, max = 6) int bit) {
        SdkHttpRequest signed = sign("GET", key, Map.of("prefix", "p"), Map.of(), where);
        StringBuilder target = new StringBuilder(target(signed));
        int at = place % target.length();
        target.setCharAt(at, (char) (target.charAt(at) ^ 1 << bit));
        Assume.that(!meaning(target.toString()).equals(meaning(target(signed))));
        if (where == AuthLocation.QUERY_STRING && target.indexOf("?") < 0) {
            // The signature is a part of the path now, and the request is nobody's.
            assertThat(verify("GET", target.toString(), headers(signed)).principal())
                    .isEqualTo(Principal.ANONYMOUS);
            return;
        }
        assertThatThrownBy(() -> verify("GET", target.toString(), headers(signed)))
                .isInstanceOf(S3Refusal.class);
    }

    /** What a target says, however it is written: %7e is ~, and the order of parameters is nobody's business. */
    private static Optional<List<?>> meaning(String target) {
        try {
            int question = target.indexOf('?');
            String path = question < 0 ? target : target.substring(0, question);
            String query = question < 0 ? "" : target.substring(question + 1);
            return Optional.of(List.of(Rfc3986.normalisePath(path), org.entente.backends.uri.Query.parse(query)));
        } catch (IllegalArgumentException broken) {
            return Optional.empty();
        }
    }

    @Property(tries = 500)
    void withAnyBitOfASignedHeaderChangedItIsRefused(
            @ForAll @IntRange(min = 0, max = 500) int place, @ForAll @IntRange(min = 0, max = 6) int bit) {
        SdkHttpRequest signed = sign("PUT", "key", Map.of(), Map.of("x-amz-meta-note", "note"), AuthLocation.HEADER);
        List<String> names = List.of("host", "x-amz-date", "x-amz-content-sha256", "x-amz-meta-note", "authorization");
        String name = names.get(place % names.size());
        HttpHeaders headers = headers(signed);
        StringBuilder value = new StringBuilder(headers.get(name));
        int at = place / names.size() % value.length();
        char changed = (char) (value.charAt(at) ^ 1 << bit);
        Assume.that(changed > ' ' && changed < 0x7F);
        // Between the fields of an authorization, spaces and commas mean nothing.
        Assume.that(!name.equals("authorization") || value.charAt(at) != ' ');
        value.setCharAt(at, changed);
        headers.set(name, value.toString());
        assertThatThrownBy(() -> verify("PUT", target(signed), headers)).isInstanceOf(S3Refusal.class);
    }

    @Test
    void theMethodIsSigned() {
        SdkHttpRequest signed = sign("GET", "key", Map.of(), Map.of(), AuthLocation.HEADER);
        refused(S3ErrorCode.SIGNATURE_DOES_NOT_MATCH, () -> verify("DELETE", target(signed), headers(signed)));
    }

    @Test
    void aHeaderOfAmazonsThatIsNotSignedIsRefused() {
        SdkHttpRequest signed = sign("GET", "key", Map.of(), Map.of(), AuthLocation.QUERY_STRING);
        refused(
                S3ErrorCode.ACCESS_DENIED,
                () -> verify(
                        "GET", target(signed), headers(signed).add("x-amz-website-redirect-location", "/elsewhere")));
    }

    @Test
    void anOldSignatureIsRefusedAndSoIsOneOfTheFuture() {
        SdkHttpRequest signed = sign("GET", "key", Map.of(), Map.of(), AuthLocation.HEADER);
        for (Duration skew : List.of(Duration.ofMinutes(-16), Duration.ofMinutes(16))) {
            SignatureVerifier elsewhen = new SignatureVerifier(Clock.fixed(NOW.plus(skew), ZoneOffset.UTC));
            RequestHead head = RequestHead.of("GET", target(signed), List.of("s3.example:8080"), headers(signed));
            refused(
                    S3ErrorCode.REQUEST_TIME_TOO_SKEWED,
                    () -> elsewhen.verify(head, SignatureVerifierTest::identities));
        }
    }

    @Test
    void aPresignedUrlHoldsUntilItExpires() {
        SdkHttpRequest signed = sign("GET", "key", Map.of(), Map.of(), AuthLocation.QUERY_STRING);
        RequestHead head = RequestHead.of("GET", target(signed), List.of("s3.example:8080"), headers(signed));
        new SignatureVerifier(Clock.fixed(NOW.plus(Duration.ofMinutes(59)), ZoneOffset.UTC))
                .verify(head, SignatureVerifierTest::identities);
        SignatureVerifier late = new SignatureVerifier(Clock.fixed(NOW.plus(Duration.ofMinutes(61)), ZoneOffset.UTC));
        refused(S3ErrorCode.ACCESS_DENIED, () -> late.verify(head, SignatureVerifierTest::identities));
    }

    @Test
    void anUnknownKeyIsNamedAsSuch() {
        SdkHttpRequest signed = sign("GET", "key", Map.of(), Map.of(), AuthLocation.HEADER);
        RequestHead head = RequestHead.of("GET", target(signed), List.of("s3.example:8080"), headers(signed));
        refused(S3ErrorCode.INVALID_ACCESS_KEY_ID, () -> verifier.verify(head, key -> Optional.empty()));
    }

    @Test
    void aSessionTokenIsRefusedAsSuch() {
        SdkHttpRequest signed = sign("GET", "key", Map.of(), Map.of("x-amz-security-token", "t"), AuthLocation.HEADER);
        refused(S3ErrorCode.INVALID_TOKEN, () -> verify("GET", target(signed), headers(signed)));
    }

    private static void refused(S3ErrorCode code, org.assertj.core.api.ThrowableAssert.ThrowingCallable request) {
        assertThatThrownBy(request)
                .isInstanceOfSatisfying(
                        S3Refusal.class, r -> assertThat(r.code()).isEqualTo(code));
    }
}
