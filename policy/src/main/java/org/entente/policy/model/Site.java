package org.entente.policy.model;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One S3 region or cluster of a provider, where bytes rest.
 *
 * @param name what policies call it
 * @param spec the rest of the document
 */
@About("One S3 region or cluster of a provider, where bytes rest.")
public record Site(Located<String> name, Spec spec) {
    /** Of the document. */
    public record Spec(
            @About("the organisation that operates it") String provider,

            @About("what kind of store it is") @Default("s3")
            Type type,

            @About("how its S3 differs from Amazon's") @Default("generic")
            Located<String> dialect,

            @About("where it answers: scheme, host and perhaps port")
            Located<Endpoint> endpoint,

            @About("what signatures name as its region") @Default("us-east-1")
            String region,

            @About("where a request to it names the bucket") @Default("path")
            Addressing addressing,

            @About("where bytes rest: an ISO 3166-1 code") Located<Country> country,

            @About("whose law can compel its operator: countries' codes and EU")
            List<Jurisdiction> jurisdictions,

            @About("the highest level it is accredited for; the lowest one when it is not said")
            Optional<Located<Level>> clearance,

            @About("what the names of our buckets begin with there") @Default("")
            BucketPrefix bucketPrefix,

            @About("the key pair with which requests to it are signed")
            Credentials credentials,

            @About("how long it is waited for, and how much is done there at a time")
            Optional<Limits> limits,

            @About("how it proves who it is, and we who we are, when its endpoint is https")
            Optional<Tls> tls) {
        public Spec {
            if (tls.isPresent() && !"https".equals(endpoint.value().uri().getScheme())) {
                throw new IllegalArgumentException("tls: needs an endpoint with https");
            }
        }
    }

    /** Certificates are in files, which are read again when they change. */
    public record Tls(
            @About("a file with the certificates (PEM) of those who vouch for it, instead of all whom Java trusts")
            Optional<String> authorities,

            @About("a file with our certificate (PEM) and those that vouch for it, for a site that asks for one")
            Optional<String> certificate,

            @About("where the certificate's key (PEM, PKCS #8) is kept")
            Optional<SecretSource> keyFrom) {
        public Tls {
            if (certificate.isPresent() != keyFrom.isPresent()) {
                throw new IllegalArgumentException("certificate: and keyFrom: belong together");
            }
        }
    }

    /** Times and numbers that keep one site from holding up the gateway; none limits how long a transfer may take. */
    public record Limits(
            @About("how long a connection may take to come about, or to be free") @Default("2s")
            Wait connect,

            @About(
                    "from the end of a request to the beginning of the answer; to be shorter than clients wait (SDKs: 30 s or"
                            + " more), who else give up before another site is asked")
            @Default("20s")
            Wait firstByte,

            @About("how long it may take none of what we send, or send none of what we ask for") @Default("30s")
            Wait stall,

            @About("connections at a time") @Default("512") int connections,

            @About(
                    "how much may be copied there to make up for what it missed or to move a bucket to it, such as 20MB/s; no"
                            + " limit when it is not said")
            Optional<Rate> copying) {
        public Limits {
            if (connections < 1) {
                throw new IllegalArgumentException("connections must be at least 1");
            }
        }
    }

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
            @About("the key's id itself, for sandboxes") Optional<String> accessKey,
            @About("where the key's id is kept") Optional<SecretSource> accessKeyFrom,
            @About("the secret itself, for sandboxes") Optional<String> secretKey,
            @About("where the secret is kept") Optional<SecretSource> secretKeyFrom) {
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

    /** The values that the site has of a fault domain: one, or several laws. */
    public Set<String> in(FaultDomain domain) {
        return switch (domain) {
            case SITE -> Set.of(name.value());
            case PROVIDER -> Set.of(spec.provider());
            case COUNTRY -> Set.of(spec.country().value().code());
            case JURISDICTION ->
                spec.jurisdictions().stream().map(Jurisdiction::code).collect(Collectors.toSet());
        };
    }
}
