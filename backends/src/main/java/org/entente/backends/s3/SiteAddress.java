package org.entente.backends.s3;

import java.net.URI;
import java.util.Optional;
import org.entente.backends.uri.Rfc3986;

/** Where a bucket and key are at a site. */
record SiteAddress(String origin, String host, String path) {

    static SiteAddress of(S3SiteSettings site, String bucket, Optional<String> key) {
        URI endpoint = site.endpoint();
        String authority = endpoint.getPort() < 0 ? endpoint.getHost() : endpoint.getHost() + ":" + endpoint.getPort();
        if (bucket.isEmpty()) {
            // Of all buckets: a prefix alone would name one.
            return new SiteAddress(endpoint.getScheme() + "://" + authority, authority, "/");
        }
        String there = bucketAt(site, bucket);
        String keyPath = "/" + key.map(Rfc3986::encodePath).orElse("");
        if (site.virtualHosts()) {
            String host = there + "." + authority;
            return new SiteAddress(endpoint.getScheme() + "://" + host, host, keyPath);
        }
        // A bucket's own path has no slash behind it: some servers take "/bucket/" for an object without a name.
        String path = "/" + Rfc3986.encode(there) + (key.isPresent() ? keyPath : "");
        return new SiteAddress(endpoint.getScheme() + "://" + authority, authority, path);
    }

    static String bucketAt(S3SiteSettings site, String bucket) {
        return site.bucketPrefix() + bucket;
    }

    String url(String encodedQuery) {
        return origin + path + (encodedQuery.isEmpty() ? "" : "?" + encodedQuery);
    }
}
