package org.entente.backends.s3;

import io.netty.handler.codec.http.HttpHeaders;
import java.time.Clock;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import org.entente.backends.sigv4.CanonicalRequest;
import org.entente.backends.sigv4.CredentialScope;
import org.entente.backends.sigv4.SigningKey;
import org.entente.backends.uri.Query;

/** Signs with our key pair what goes out to a site. */
final class RequestSigner {
    private final S3SiteSettings.Credentials credentials;
    private final String region;
    private final Clock clock;

    RequestSigner(S3SiteSettings.Credentials credentials, String region, Clock clock) {
        this.credentials = credentials;
        this.region = region;
        this.clock = clock;
    }

    /**
     * Adds date and signature. Signed are the host and all that begins with {@code x-amz-}: the rest may be rewritten
     * by proxies on the way.
     *
     * @param headers with the host and {@code x-amz-content-sha256}
     */
    void sign(String method, String path, Query query, HttpHeaders headers) {
        String timestamp = SigningKey.timestamp(clock.instant());
        headers.set("x-amz-date", timestamp);
        CredentialScope scope = new CredentialScope(timestamp.substring(0, 8), region, "s3");
        SortedSet<String> signed = new TreeSet<>();
        for (String header : headers.names()) {
            String name = header.toLowerCase(Locale.ROOT);
            if (name.equals("host") || name.startsWith("x-amz-")) {
                signed.add(name);
            }
        }
        CanonicalRequest request =
                new CanonicalRequest(method, path, query, headers, signed, headers.get("x-amz-content-sha256"));
        String signature = SigningKey.of(credentials.secretKey(), scope).sign(timestamp, request);
        headers.set(
                "authorization",
                SigningKey.ALGORITHM + " Credential=" + credentials.accessKey() + "/" + scope + ",SignedHeaders="
                        + request.signedHeaderNames() + ",Signature=" + signature);
    }
}
