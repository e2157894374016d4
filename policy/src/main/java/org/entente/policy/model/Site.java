package org.entente.policy.model;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * One S3 region or cluster of a provider, where bytes rest.
 *
 * @param name what policies call it
 * @param spec the rest of the document
 */
public record Site(Located<String> name, Spec spec) {
    /**
     * @param provider the organisation that operates it
     * @param dialect how its S3 differs from Amazon's; the names are those that the backends know
     * @param endpoint where it answers
     * @param region what signatures name as its region
     * @param country where bytes rest
     * @param jurisdictions whose law can compel its operator
     * @param clearance the highest classification it is accredited for
     * @param bucketPrefix what the names of our buckets begin with there
     */
    public record Spec(
            String provider,
            @Default("s3") Type type,
            @Default("generic") Located<String> dialect,
            Located<Endpoint> endpoint,
            @Default("us-east-1") String region,
            @Default("path") Addressing addressing,
            Located<Country> country,
            List<Jurisdiction> jurisdictions,
            @Default("unclassified") Clearance clearance,
            @Default("") BucketPrefix bucketPrefix,
            Credentials credentials) {}

    /** What kind of store it is. */
    public enum Type {
        S3
    }

    /** Where a request to it names the bucket. */
    public enum Addressing {
        PATH,
        VIRTUAL
    }

    /** @param uri scheme, host and perhaps port of an HTTP server, without a path */
    public record Endpoint(URI uri) {
        /** @throws IllegalArgumentException when the text is no such address */
        public static Endpoint parse(String text) {
            URI uri = URI.create(text);
            boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            String path = Optional.ofNullable(uri.getRawPath()).orElse("");
            if (!http
                    || uri.getHost() == null
                    || uri.getRawUserInfo() != null
                    || uri.getRawQuery() != null
                    || !(path.isEmpty() || path.equals("/"))) {
                throw new IllegalArgumentException(
                        "'" + text + "' is no endpoint; write scheme, host and port only, such as https://s3.example");
            }
            return new Endpoint(uri);
        }

        @Override
        public String toString() {
            return uri.toString();
        }
    }

    /** @param text lower-case letters, digits and hyphens, or empty */
    public record BucketPrefix(String text) {
        /** @throws IllegalArgumentException when no bucket's name may begin so */
        public static BucketPrefix parse(String text) {
            if (!text.matches("[a-z0-9][a-z0-9-]{0,30}|")) {
                throw new IllegalArgumentException("'" + text
                        + "' cannot begin a bucket's name; write up to 31 lower-case letters, digits and hyphens");
            }
            return new BucketPrefix(text);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** The key pair with which we sign what we send; each half inline, for sandboxes, or from where it is kept. */
    public record Credentials(
            Optional<String> accessKey,
            Optional<SecretSource> accessKeyFrom,
            Optional<String> secretKey,
            Optional<SecretSource> secretKeyFrom) {
        public Credentials {
            if (accessKey.isPresent() == accessKeyFrom.isPresent()) {
                throw new IllegalArgumentException("write either accessKey: or accessKeyFrom:");
            }
            if (secretKey.isPresent() == secretKeyFrom.isPresent()) {
                throw new IllegalArgumentException("write either secretKey: or secretKeyFrom:");
            }
        }

        @Override
        public String toString() {
            return "Credentials[hidden]";
        }
    }
}
