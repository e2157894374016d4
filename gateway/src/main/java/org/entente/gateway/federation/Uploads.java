package org.entente.gateway.federation;

import org.entente.gateway.journal.Database;
import org.entente.policy.condition.Facts;
import reactor.core.publisher.Mono;

/**
 * What multipart uploads under way were said to become: their parts bear neither label nor tags. Each method fails with
 * {@link Database.Unavailable} when that cannot be known at present.
 */
public interface Uploads {
    /** What the upload's object will be; a plain one when nothing else was said. */
    Mono<Facts.What> find(String bucket, String key, String uploadId);

    /** Records durably what the upload's object will be. */
    Mono<Void> add(String bucket, String key, String uploadId, Facts.What object);

    /** Forgets an upload that has come to its end. */
    Mono<Void> remove(String bucket, String key, String uploadId);
}
