package org.entente.backends.s3;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * What must be known of a site to speak to it.
 *
 * @param name what faults call it
 * @param endpoint scheme, host and perhaps port
 * @param region what signatures name
 * @param virtualHosts whether the bucket is named in the host instead of the path
 * @param bucketPrefix what our buckets' names begin with there; may be empty
 * @param tls empty where Java's own authorities vouch for the site, and it does not ask who we are
 */
public record S3SiteSettings(
        String name,
        URI endpoint,
        String region,
        boolean virtualHosts,
        String bucketPrefix,
        Dialect dialect,
        Credentials credentials,
        Limits limits,
        Optional<SiteTls> tls) {

    /** The same with other limits. */
    public S3SiteSettings with(Limits other) {
        return new S3SiteSettings(name, endpoint, region, virtualHosts, bucketPrefix, dialect, credentials, other, tls);
    }

    /** A key pair. */
    public record Credentials(String accessKey, String secretKey) {
        @Override
        public String toString() {
            return "Credentials[" + accessKey + "]";
        }
    }

    /**
     * Times and numbers that keep one site from holding up the gateway. None limits how long a transfer may take.
     *
     * @param connect how long a connection may take to come about, or to be free
     * @param firstByte from the end of the request to the answer's head
     * @param stall how long the site may take none of what we send it, or send none of what we ask for
     * @param connections at a time
     */
    public record Limits(Duration connect, Duration firstByte, Duration stall, int connections) {
        public static final Limits DEFAULT =
                new Limits(Duration.ofSeconds(2), Duration.ofSeconds(20), Duration.ofSeconds(30), 512);

        /** The same for so many connections. */
        public Limits withConnections(int others) {
            return new Limits(connect, firstByte, stall, others);
        }
    }
}
