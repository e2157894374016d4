package org.entente.backends.sigv4;

import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;

/**
 * The one text that both sides of a signature derive from a request.
 *
 * @param method of HTTP
 * @param path normalised, see {@link Rfc3986#normalisePath}; S3 encodes it once only
 * @param query without the signature itself
 * @param headers those that are signed and perhaps others
 * @param signedHeaders the names in lower case, sorted
 * @param payloadHash what {@code x-amz-content-sha256} says, be it a hash or not
 * @see <a href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html">Create a
 *     signed AWS API request</a>
 */
public record CanonicalRequest(
        String method,
        String path,
        Query query,
        HttpHeaders headers,
        Collection<String> signedHeaders,
        String payloadHash) {
    private static final Pattern SPACES = Pattern.compile(" {2,}");

    /** The names as they stand in a signature: {@code host;x-amz-date}. */
    public String signedHeaderNames() {
        return String.join(";", signedHeaders);
    }

    public String text() {
        StringBuilder text = new StringBuilder(512)
                .append(method)
                .append('\n')
                .append(path)
                .append('\n')
                .append(canonicalQuery())
                .append('\n');
        for (String name : signedHeaders) {
            text.append(name).append(':').append(canonicalValue(name)).append('\n');
        }
        return text.append('\n')
                .append(signedHeaderNames())
                .append('\n')
                .append(payloadHash)
                .toString();
    }

    /** Of the text, in hexadecimal. A header's value is bytes, each a char of its own, and signed as such. */
    String hash() {
        return Sha256.hex(Sha256.digest().digest(text().getBytes(StandardCharsets.ISO_8859_1)));
    }

    private String canonicalQuery() {
        return query.parameters().stream()
                .map(p -> List.of(Rfc3986.encode(p.name()), Rfc3986.encode(p.value())))
                .sorted((a, b) -> {
                    int byName = a.get(0).compareTo(b.get(0));
                    return byName != 0 ? byName : a.get(1).compareTo(b.get(1));
                })
                .map(p -> p.get(0) + "=" + p.get(1))
                .collect(Collectors.joining("&"));
    }

    private String canonicalValue(String name) {
        List<String> values = headers.getAll(name);
        String joined = values.size() == 1
                ? values.getFirst().strip()
                : values.stream().map(String::strip).collect(Collectors.joining(","));
        return joined.contains("  ") ? SPACES.matcher(joined).replaceAll(" ") : joined;
    }
}
