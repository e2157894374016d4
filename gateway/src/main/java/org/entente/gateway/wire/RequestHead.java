package org.entente.gateway.wire;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;

/**
 * What stands before a request's body, exactly as the client sent it.
 *
 * @param method of HTTP
 * @param path raw, as it was in the request line, beginning with a slash
 * @param query decoded
 * @param headers all of them
 * @param host the one {@code Host} header's value
 */
public record RequestHead(String method, String path, Query query, HttpHeaders headers, String host) {
    private static final Set<String> OF_SIGNATURE = Set.of(
            "x-amz-algorithm",
            "x-amz-content-sha256",
            "x-amz-credential",
            "x-amz-date",
            "x-amz-expires",
            "x-amz-security-token",
            "x-amz-signature",
            "x-amz-signedheaders");

    /**
     * Reads a request line's target: origin form, or absolute form as proxies send it.
     *
     * @throws S3Refusal when it is neither, or there is not exactly one host
     */
    public static RequestHead of(String method, String target, List<String> hosts, HttpHeaders headers) {
        if (hosts.size() != 1 || hosts.getFirst().isBlank()) {
            throw new S3Refusal(S3ErrorCode.INVALID_REQUEST, "A request has exactly one Host header.");
        }
        String origin = originForm(target);
        int question = origin.indexOf('?');
        String path = question < 0 ? origin : origin.substring(0, question);
        String rawQuery = question < 0 ? "" : origin.substring(question + 1);
        try {
            Rfc3986.decode(path);
            return new RequestHead(method, path, Query.parse(rawQuery), headers, hosts.getFirst());
        } catch (IllegalArgumentException e) {
            throw new S3Refusal(S3ErrorCode.INVALID_URI, "The request target is not percent-encoded UTF-8.");
        }
    }

    private static String originForm(String target) {
        if (target.startsWith("/")) {
            return target;
        }
        int authority = target.indexOf("://");
        if (authority < 0) {
            throw new S3Refusal(S3ErrorCode.INVALID_URI, "The request target must begin with a slash.");
        }
        int path = target.indexOf('/', authority + 3);
        return path < 0 ? "/" : target.substring(path);
    }

    /**
     * The same request as if it had not been presigned: headers that stood in the query, as presigners put them there,
     * are headers, and the signature is gone.
     *
     * @throws S3Refusal when one of them could not have been a header
     */
    public RequestHead withoutPresigning() {
        // Validated, unlike a query: what it holds must not become a second header, or a second request, at a site.
        HttpHeaders all = new DefaultHttpHeaders().add(headers);
        for (Query.Parameter parameter : query.parameters()) {
            if (isAmazons(parameter.name()) && !OF_SIGNATURE.contains(lower(parameter.name()))) {
                hoist(parameter, all);
            }
        }
        return new RequestHead(method, path, query.without(RequestHead::isAmazons), all, host);
    }

    private static void hoist(Query.Parameter parameter, HttpHeaders headers) {
        try {
            headers.set(parameter.name(), parameter.value());
        } catch (IllegalArgumentException e) {
            throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "A header in the query is no header.");
        }
    }

    private static boolean isAmazons(String parameter) {
        return lower(parameter).startsWith("x-amz-");
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }
}
