package org.entente.gateway.federation;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Optional;
import org.entente.backends.Operation;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Rfc3986;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.Question;
import reactor.core.publisher.Mono;

/** CopyObject and UploadPartCopy, where source and target share a site. The source's fence binds the copy, too. */
record Copy(Rules rules, SiteDirectory sites, Catalogue catalogue) {
    private static final String SOURCE = "x-amz-copy-source";

    /** @param suffix {@code ?versionId=...} as it came, or nothing */
    private record Source(String bucket, String key, String suffix) {
        static Source parse(String header) {
            String text = header.startsWith("/") ? header.substring(1) : header;
            int question = text.indexOf("?versionId=");
            String path = question < 0 ? text : text.substring(0, question);
            int slash = path.indexOf('/');
            try {
                if (slash > 0 && slash < path.length() - 1) {
                    return new Source(
                            Rfc3986.decode(path.substring(0, slash)),
                            Rfc3986.decode(path.substring(slash + 1)),
                            question < 0 ? "" : text.substring(question));
                }
            } catch (IllegalArgumentException e) {
                // Refused below, like a source without a key.
            }
            throw new S3Refusal(
                    S3ErrorCode.INVALID_ARGUMENT,
                    "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
        }

        String header() {
            return "/" + Rfc3986.encode(bucket) + "/" + Rfc3986.encodePath(key) + suffix;
        }
    }

    Mono<Plan> plan(S3Request request, Mono<Bucket> target, Optional<Facts.What> becoming) {
        Source source = Source.parse(request.headers().get(SOURCE));
        // Decided first as far as it can be: who has no grant does not learn which buckets there are.
        Placement read = rules.place(
                Operation.GET_OBJECT, source.bucket(), Optional.of(source.key()), Optional.of(Question.PLAIN));
        rules.place(
                request.operation(), request.bucket(), request.key(), becoming.or(() -> Optional.of(Question.PLAIN)));
        HttpHeaders headers = new DefaultHttpHeaders().add(request.headers()).set(SOURCE, source.header());
        S3Request copy = request.with(headers);
        return Mono.zip(target, catalogue.find(source.bucket())).flatMap(both -> {
            Bucket origin = both.getT2().orElseThrow(Refusals::noSuchBucket);
            Permit looking = Rules.permit(read, Operation.HEAD_OBJECT, origin);
            return new Inquiry(sites, rules.objectFacts())
                    .about(looking)
                    .map(found ->
                            plan(copy, both.getT1(), origin, read.question().knowing(found), becoming));
        });
    }

    private Plan plan(S3Request copy, Bucket target, Bucket origin, Question source, Optional<Facts.What> becoming) {
        Facts.What found = source.object().orElseThrow();
        Placement read = rules.placed(source);
        Placement write = rules.place(copy.operation(), copy.bucket(), copy.key(), Optional.of(becoming.orElse(found)));
        Permit permit = Rules.permit(write, copy.operation(), target);
        checkSource(read, origin, permit.site().name().value());
        return new Plan(Optional.of(write), Optional.of(permit), body -> sites.perform(permit, copy.with(body)));
    }

    /** The source must lie at the copy's site, and must be permitted to. */
    private static void checkSource(Placement read, Bucket origin, String site) {
        if (read.storingAt(site).isEmpty()) {
            throw new S3Refusal(
                    S3ErrorCode.ACCESS_DENIED,
                    "Access Denied: the residency rules of policy "
                            + read.policy().name() + " do not permit the source's data where the copy would lie.");
        }
        if (!origin.members().contains(site)) {
            throw new S3Refusal(
                    S3ErrorCode.NOT_IMPLEMENTED, "Copies between buckets that lie at different sites are not there.");
        }
    }
}
