package org.entente.gateway.wire.form;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.entente.backends.sigv4.CredentialScope;
import org.entente.backends.sigv4.SigningKey;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.wire.auth.Identity;
import org.entente.policy.model.Principal;

/** Who let a form be posted: whoever signed its policy, with Signature Version 4, or as forms were signed before. */
public final class FormSignature {
    /** An unknown key is verified against this, so that it takes as long as a wrong signature. */
    private static final String NO_SECRET = "nobody has this secret";

    private FormSignature() {}

    /**
     * Verifies the signature, and that the form is what was signed.
     *
     * @param identities by access key
     * @return that of {@link Principal#ANONYMOUS} when nobody signed it
     * @throws S3Refusal when something is not in order
     */
    public static Permission verify(
            Form form, String bucket, Instant now, Function<String, Optional<Identity>> identities) {
        boolean old = form.field("AWSAccessKeyId").isPresent();
        boolean signed = form.field("x-amz-signature").isPresent()
                || form.field("signature").isPresent()
                || old
                || form.field("policy").isPresent();
        if (!signed) {
            return Permission.of(Principal.ANONYMOUS, FormPolicy.Range.ANY);
        }
        if (form.field("x-amz-security-token").isPresent()) {
            throw new S3Refusal(S3ErrorCode.INVALID_TOKEN, "Session tokens are not known here.");
        }
        String policy = form.required("policy");
        Signed claim = old ? before(form) : version4(form);
        Optional<Identity> identity = identities.apply(claim.accessKey());
        String right = claim.sign().apply(identity.map(Identity::secret).orElse(NO_SECRET));
        boolean same = MessageDigest.isEqual(
                right.getBytes(StandardCharsets.US_ASCII), claim.signature().getBytes(StandardCharsets.ISO_8859_1));
        if (identity.isEmpty()) {
            throw new S3Refusal(
                    S3ErrorCode.INVALID_ACCESS_KEY_ID, "The access key that you provided does not exist here.");
        }
        if (!same) {
            throw new S3Refusal(
                    S3ErrorCode.SIGNATURE_DOES_NOT_MATCH,
                    "The request signature that we calculated does not match the signature that you provided.");
        }
        FormPolicy said = FormPolicy.read(policy);
        said.check(form, bucket, now);
        return Permission.of(identity.get().principal(), said.range());
    }

    /** @param sign makes the right signature of a secret */
    private record Signed(String accessKey, String signature, Function<String, String> sign) {}

    private static Signed version4(Form form) {
        String signature = form.required("x-amz-signature");
        if (!form.required("x-amz-algorithm").equals(SigningKey.ALGORITHM)) {
            throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "x-amz-algorithm must be " + SigningKey.ALGORITHM + ".");
        }
        form.required("x-amz-date");
        String credential = form.required("x-amz-credential");
        CredentialScope scope = CredentialScope.ofCredential(credential)
                .orElseThrow(() -> new S3Refusal(
                        S3ErrorCode.INVALID_ARGUMENT, "x-amz-credential must be KEY/yyyyMMdd/REGION/s3/aws4_request."));
        String policy = form.required("policy");
        return new Signed(
                credential.substring(0, credential.indexOf('/')),
                signature,
                secret -> SigningKey.of(secret, scope).signPolicy(policy));
    }

    private static Signed before(Form form) {
        String policy = form.required("policy");
        return new Signed(
                form.required("AWSAccessKeyId"), form.required("signature"), secret -> hmacSha1(secret, policy));
    }

    private static String hmacSha1(String secret, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
