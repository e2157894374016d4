package org.entente.backends.s3;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * By what a site and we know each other.
 *
 * @param authorities certificates (PEM) of those who vouch for the site; empty for all whom Java trusts
 * @param own what we show; empty where the site does not ask
 */
public record SiteTls(Optional<String> authorities, Optional<Own> own) {
    /**
     * Our certificate and what proves that it is ours.
     *
     * @param certificate with those that vouch for it, in PEM
     * @param key in PEM, PKCS #8
     */
    public record Own(String certificate, String key) {
        @Override
        public String toString() {
            return "Own[hidden]";
        }
    }

    /** @throws IllegalArgumentException when a text is not what it should be; the message says which, and shows nothing of it */
    public SslContext context() {
        SslContextBuilder builder = SslContextBuilder.forClient();
        if (authorities.isPresent()) {
            try {
                builder.trustManager(stream(authorities.get()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("the authorities are no certificates in PEM", e);
            }
        }
        if (own.isPresent()) {
            try {
                builder.keyManager(
                        stream(own.get().certificate()), stream(own.get().key()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "the certificate and its key are not in PEM, or the key is not PKCS #8", e);
            }
        }
        try {
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new IllegalArgumentException("the certificates cannot be used: " + e.getMessage(), e);
        }
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    }
}
