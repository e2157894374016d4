package org.entente.backends.sigv4;

/**
 * What a signing key is good for.
 *
 * @param date {@code yyyyMMdd} in UTC
 */
public record CredentialScope(String date, String region, String service) {
    static final String TERMINATOR = "aws4_request";

    @Override
    public String toString() {
        return date + "/" + region + "/" + service + "/" + TERMINATOR;
    }
}
