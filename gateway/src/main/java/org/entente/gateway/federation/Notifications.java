package org.entente.gateway.federation;

import org.entente.backends.Bytes;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlWriter;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import reactor.core.publisher.Mono;

/** Nobody is notified of anything here; it can be said that nobody should be. */
final class Notifications {
    private static final int LONGEST = 64 << 10;
    private static final String ROOT = "NotificationConfiguration";

    private Notifications() {}

    static Plan plan(S3Request request) {
        return request.operation() == Operation.PUT_BUCKET_NOTIFICATION
                ? Plan.computed(Notifications::put)
                : Plan.answered(Mono.just(S3Reply.xml(200, XmlWriter.s3(ROOT).end(ROOT))));
    }

    private static Mono<S3Reply> put(S3Body body) {
        return Bytes.collect(body.content(), LONGEST)
                .switchIfEmpty(Mono.error(Refusals::malformedXml))
                .map(document -> {
                    try {
                        if (!XmlReader.read(document).children().isEmpty()) {
                            throw new S3Refusal(
                                    S3ErrorCode.NOT_IMPLEMENTED,
                                    "Notifications are a part of S3 that this endpoint does not have.");
                        }
                        return S3Reply.empty(200);
                    } catch (XmlReader.MalformedXml e) {
                        throw Refusals.malformedXml();
                    }
                });
    }
}
