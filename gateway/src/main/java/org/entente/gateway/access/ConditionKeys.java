package org.entente.gateway.access;

import java.util.Set;

/** What conditions may ask for. A key that is not known here is refused, since it could never be known to hold. */
final class ConditionKeys {
    static final String EXISTING_TAG = "s3:existingobjecttag/";
    static final String REQUEST_TAG = "s3:requestobjecttag/";

    /** Headers of requests that conditions may ask for, after {@code s3:}. */
    static final Set<String> HEADERS = Set.of(
            "x-amz-acl",
            "x-amz-content-sha256",
            "x-amz-copy-source",
            "x-amz-grant-full-control",
            "x-amz-grant-read",
            "x-amz-grant-read-acp",
            "x-amz-grant-write",
            "x-amz-grant-write-acp",
            "x-amz-metadata-directive",
            "x-amz-server-side-encryption",
            "x-amz-server-side-encryption-aws-kms-key-id",
            "x-amz-storage-class",
            "x-amz-website-redirect-location");

    /** Parameters of listings, after {@code s3:}. */
    static final Set<String> PARAMETERS = Set.of("delimiter", "max-keys", "prefix", "versionid");

    private static final Set<String> GLOBAL = Set.of(
            "aws:currenttime",
            "aws:epochtime",
            "aws:principalarn",
            "aws:referer",
            "aws:securetransport",
            "aws:sourceip",
            "aws:useragent",
            "aws:username",
            "s3:requestobjecttagkeys");

    private ConditionKeys() {}

    /** @param key in lower case */
    static boolean contain(String key) {
        if (key.startsWith(EXISTING_TAG) || key.startsWith(REQUEST_TAG) || GLOBAL.contains(key)) {
            return true;
        }
        String name = key.startsWith("s3:") ? key.substring(3) : "";
        return HEADERS.contains(name) || PARAMETERS.contains(name);
    }
}
