package org.entente.backends.sigv4;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a signing key is good for.
 *
 * @param date {@code yyyyMMdd} in UTC
 */
public record CredentialScope(String date, String region, String service) {
    static final String TERMINATOR = "aws4_request";

    private static final Pattern DAY = Pattern.compile("\\d{8}");

    @Override
    public String toString() {
        return date + "/" + region + "/" + service + "/" + TERMINATOR;
    }

    /** Of a credential such as {@code KEY/20261124/us-east-1/s3/aws4_request}; empty when it is none for S3. */
    public static Optional<CredentialScope> ofCredential(String credential) {
        String[] parts = credential.split("/", -1);
        boolean whole = parts.length == 5
                && DAY.matcher(parts[1]).matches()
                && !parts[2].isEmpty()
                && parts[3].equals("s3")
                && parts[4].equals(TERMINATOR);
        return whole ? Optional.of(new CredentialScope(parts[1], parts[2], parts[3])) : Optional.empty();
    }
}
