package org.entente.gateway.wire;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;

/** What of a client's headers is the operation's, and goes on to a site. */
public final class ForwardedHeaders {
    private static final Set<String> KEPT = Set.of(
            "cache-control",
            "content-disposition",
            "content-encoding",
            "content-language",
            "content-type",
            "expires",
            "if-match",
            "if-modified-since",
            "if-none-match",
            "if-unmodified-since",
            "range");

    /** Of {@code x-amz-*}, what is about this signature, this connection or accounts that sites do not know. */
    private static final Set<String> OURS = Set.of(
            "x-amz-acl",
            "x-amz-content-sha256",
            "x-amz-date",
            "x-amz-decoded-content-length",
            "x-amz-expected-bucket-owner",
            "x-amz-request-payer",
            "x-amz-security-token",
            "x-amz-source-expected-bucket-owner",
            "x-amz-trailer",
            "x-amz-user-agent");

    private static final String RESERVED = "x-amz-meta-entente-";

    private ForwardedHeaders() {}

    /** @throws S3Refusal when a header asks for what would be wrong to do and wrong to leave out */
    public static HttpHeaders of(HttpHeaders received) {
        HttpHeaders forwarded =
                DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
        received.forEach(header -> {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            check(name);
            if (KEPT.contains(name)
                    || (name.startsWith("x-amz-") && !OURS.contains(name) && !name.startsWith("x-amz-grant-"))) {
                forwarded.add(header.getKey(), header.getValue());
            }
        });
        withoutFraming(forwarded);
        return forwarded;
    }

    private static void check(String name) {
        if (name.startsWith(RESERVED)) {
            throw new S3Refusal(
                    S3ErrorCode.INVALID_ARGUMENT, "Metadata that begins with " + RESERVED + " is reserved.");
        }
    }

    private static void withoutFraming(HttpHeaders headers) {
        String coding = headers.get(HttpHeaderNames.CONTENT_ENCODING);
        if (coding == null) {
            return;
        }
        String own = Arrays.stream(coding.split(",", -1))
                .map(String::strip)
                .filter(c -> !c.isEmpty() && !c.equalsIgnoreCase("aws-chunked"))
                .collect(Collectors.joining(","));
        if (own.isEmpty()) {
            headers.remove(HttpHeaderNames.CONTENT_ENCODING);
        } else {
            headers.set(HttpHeaderNames.CONTENT_ENCODING, own);
        }
    }
}
