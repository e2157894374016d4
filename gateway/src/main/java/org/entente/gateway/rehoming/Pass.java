package org.entente.gateway.rehoming;

import java.time.Instant;

/**
 * One walk through all keys of a bucket.
 *
 * @param cursor up to this key all is done
 * @param objects how many are done
 * @param bytes of those
 * @param totalObjects how many there were at the beginning; 0 while that is not known
 * @param unlike how many were left where they are, since the copy of them is not the same
 * @param owner the gateway that walks
 * @param waitsFor why it does not go on; empty while it does
 */
public record Pass(
        String bucket,
        String cursor,
        long objects,
        long bytes,
        long totalObjects,
        long totalBytes,
        long unlike,
        Instant started,
        String owner,
        String waitsFor) {

    Pass to(String key, long moreObjects, long moreBytes, long moreUnlike) {
        return new Pass(
                bucket,
                key,
                objects + moreObjects,
                bytes + moreBytes,
                totalObjects,
                totalBytes,
                unlike + moreUnlike,
                started,
                owner,
                "");
    }
}
