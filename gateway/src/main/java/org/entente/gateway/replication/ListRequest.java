package org.entente.gateway.replication;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import java.util.Optional;
import org.entente.backends.Operation;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;

/**
 * What a client asks of a listing.
 *
 * @param v2 whether it is the second form of the operation
 * @param most items of a page
 * @param after only greater names
 * @param encoded whether names are to be percent-encoded in the answer
 */
record ListRequest(
        boolean v2, Listing listing, int most, String after, boolean encoded, boolean withOwner, Query query) {
    private static final int PAGE = 1000;

    /** What our tokens begin with before they are encoded: a key or a common prefix follows. */
    private static final char OF_KEY = 'k';

    private static final char OF_PREFIX = 'p';

    /** @throws S3Refusal when it cannot be understood */
    static ListRequest of(S3Request request) {
        Query query = request.query();
        boolean v2 = request.operation() == Operation.LIST_OBJECTS_V2;
        String delimiter = query.first("delimiter").orElse("");
        Optional<String> encoding = query.first("encoding-type");
        if (encoding.filter(type -> !type.equals("url")).isPresent()) {
            throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "Invalid Encoding Method specified in Request");
        }
        return new ListRequest(
                v2,
                new Listing(query.first("prefix").orElse(""), delimiter),
                most(query),
                v2 ? afterV2(query) : afterV1(query, delimiter),
                encoding.isPresent(),
                !v2 || query.first("fetch-owner").filter("true"::equals).isPresent(),
                query);
    }

    /** The same from behind a name on, whatever the client's marker was. */
    ListRequest behind(String name) {
        String from = Listing.behind(name, !listing.delimiter().isEmpty() && name.endsWith(listing.delimiter()));
        return new ListRequest(v2, listing, most, from, encoded, withOwner, query);
    }

    /** Of a listing of versions, whose marker is another parameter. */
    static ListRequest ofVersions(S3Request request) {
        ListRequest plain = of(request);
        ListRequest all =
                new ListRequest(false, plain.listing(), plain.most(), "", plain.encoded(), true, plain.query());
        return request.query().first("key-marker").map(all::behind).orElse(all);
    }

    private static int most(Query query) {
        try {
            int most = query.first("max-keys")
                    .filter(text -> !text.isEmpty())
                    .map(Integer::parseInt)
                    .orElse(PAGE);
            if (most >= 0) {
                return Math.min(most, PAGE);
            }
        } catch (NumberFormatException e) {
            // Refused below.
        }
        throw new S3Refusal(
                S3ErrorCode.INVALID_ARGUMENT, "Argument maxKeys must be an integer between 0 and 2147483647");
    }

    private static String afterV1(Query query, String delimiter) {
        String marker = query.first("marker").orElse("");
        return Listing.behind(marker, !delimiter.isEmpty() && marker.endsWith(delimiter));
    }

    private static String afterV2(Query query) {
        Optional<String> token = query.first("continuation-token").filter(given -> !given.isEmpty());
        if (token.isEmpty()) {
            return query.first("start-after").orElse("");
        }
        try {
            String text = new String(Base64.getUrlDecoder().decode(token.get()), UTF_8);
            if (!text.isEmpty() && (text.charAt(0) == OF_KEY || text.charAt(0) == OF_PREFIX)) {
                return Listing.behind(text.substring(1), text.charAt(0) == OF_PREFIX);
            }
        } catch (IllegalArgumentException e) {
            // Refused below.
        }
        throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "The continuation token provided is incorrect");
    }

    /** The token by which a client goes on behind an item, at whatever site. */
    static String token(String name, boolean isPrefix) {
        String text = (isPrefix ? OF_PREFIX : OF_KEY) + name;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }
}
