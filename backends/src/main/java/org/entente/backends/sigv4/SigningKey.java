package org.entente.backends.sigv4;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** A key derived from a secret for one day, region and service, and what it signs. */
public final class SigningKey {
    /** The algorithm's name in headers and queries. */
    public static final String ALGORITHM = "AWS4-HMAC-SHA256";

    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private record Ingredients(String secret, CredentialScope scope) {
        @Override
        public String toString() {
            return "Ingredients[" + scope + "]";
        }
    }

    /** Derivation costs more than a signature, and a key is good for a day. */
    private static final LoadingCache<Ingredients, SigningKey> DERIVED =
            Caffeine.newBuilder().maximumSize(10_000).build(SigningKey::derive);

    private final CredentialScope scope;
    private final byte[] key;

    private SigningKey(CredentialScope scope, byte[] key) {
        this.scope = scope;
        this.key = key;
    }

    public static SigningKey of(String secret, CredentialScope scope) {
        return DERIVED.get(new Ingredients(secret, scope));
    }

    private static SigningKey derive(Ingredients from) {
        byte[] start = ("AWS4" + from.secret()).getBytes(StandardCharsets.UTF_8);
        byte[] day = Sha256.hmac(start, from.scope().date());
        byte[] region = Sha256.hmac(day, from.scope().region());
        byte[] service = Sha256.hmac(region, from.scope().service());
        return new SigningKey(from.scope(), Sha256.hmac(service, CredentialScope.TERMINATOR));
    }

    /** How a time is written in {@code x-amz-date}. */
    public static String timestamp(Instant time) {
        return TIMESTAMP.format(time);
    }

    public CredentialScope scope() {
        return scope;
    }

    /**
     * The signature of a request.
     *
     * @param timestamp its {@code x-amz-date}
     */
    public String sign(String timestamp, CanonicalRequest request) {
        return seal(ALGORITHM + "\n" + timestamp + "\n" + scope + "\n" + request.hash());
    }

    /**
     * The signature of one chunk of a streamed payload.
     *
     * @param previous the signature before it: the request's for the first chunk
     * @param dataHash SHA-256 of the chunk's data in hexadecimal
     * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html">Transferring payload in
     *     multiple chunks</a>
     */
    public String signChunk(String timestamp, String previous, String dataHash) {
        return seal("AWS4-HMAC-SHA256-PAYLOAD\n" + timestamp + "\n" + scope + "\n" + previous + "\n" + Sha256.OF_NOTHING
                + "\n" + dataHash);
    }

    /**
     * The signature of the trailer behind a streamed payload.
     *
     * @param previous the last chunk's signature
     * @param trailerHash SHA-256 of the trailing headers, each {@code name:value} and a line feed, in hexadecimal
     * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html">Including trailing
     *     headers</a>
     */
    public String signTrailer(String timestamp, String previous, String trailerHash) {
        return seal("AWS4-HMAC-SHA256-TRAILER\n" + timestamp + "\n" + scope + "\n" + previous + "\n" + trailerHash);
    }

    /**
     * The signature of the policy of an HTML form.
     *
     * @param policy in Base64, as it stands in the form
     * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html">Browser-based uploads</a>
     */
    public String signPolicy(String policy) {
        return seal(policy);
    }

    private String seal(String stringToSign) {
        return Sha256.hex(Sha256.hmac(key, stringToSign));
    }
}
