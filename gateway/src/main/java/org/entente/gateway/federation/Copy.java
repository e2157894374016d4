package org.entente.gateway.federation;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Optional;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.replication.Replication;
import org.entente.gateway.replication.Terms;
import org.entente.gateway.sites.Inquiry;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.Question;
import reactor.core.publisher.Mono;

/** CopyObject and UploadPartCopy: done by the site where one site holds both, streamed through us otherwise. The source's fence binds the copy, too. */
record Copy(Rules rules, Terms terms, Catalogue catalogue, Replication replication, JointRequests joint) {
    Mono<Plan> plan(S3Request request, Mono<Bucket> target, Optional<Facts.What> becoming) {
        CopySource source = CopySource.of(request.headers()).orElseThrow();
        // Decided first as far as it can be: who has no grant does not learn which buckets there are.
        Placement read = rules.place(
                Operation.GET_OBJECT, source.bucket(), Optional.of(source.key()), Optional.of(Question.PLAIN));
        rules.place(
                request.operation(), request.bucket(), request.key(), becoming.or(() -> Optional.of(Question.PLAIN)));
        HttpHeaders headers = new DefaultHttpHeaders().add(request.headers()).set(CopySource.HEADER, source.header());
        S3Request copy = request.with(headers);
        return Mono.zip(target, catalogue.find(source.bucket())).flatMap(both -> {
            Bucket origin = both.getT2().orElseThrow(Refusals::noSuchBucket);
            return new Inquiry(rules.objectFacts())
                    .about(origin.name(), source.key(), source.version(), joint.witness(read, origin))
                    .map(found -> plan(
                            copy, source, both.getT1(), origin, read.question().knowing(found), becoming));
        });
    }

    private Plan plan(
            S3Request copy,
            CopySource source,
            Bucket target,
            Bucket origin,
            Question asked,
            Optional<Facts.What> becoming) {
        Facts.What found = asked.object().orElseThrow();
        Placement read = rules.placed(asked);
        Placement write = rules.place(copy.operation(), copy.bucket(), copy.key(), Optional.of(becoming.orElse(found)));
        if (target.replicated()) {
            target.home().wanted().forEach(site -> checkSource(read, site));
            return streamed(copy, source, target, origin, read, write, List.of());
        }
        Permit permit = rules.permit(write, copy.operation(), target);
        checkSource(read, permit.site().name().value());
        boolean sameSite = !origin.replicated()
                && origin.members().contains(permit.site().name().value());
        return sameSite
                ? new Plan(
                        Optional.of(write),
                        List.of(permit),
                        body -> terms.sites().performAlone(permit, copy.with(body)))
                : streamed(copy, source, target, origin, read, write, List.of(permit));
    }

    private Plan streamed(
            S3Request copy,
            CopySource source,
            Bucket target,
            Bucket origin,
            Placement read,
            Placement write,
            List<Permit> permits) {
        StreamedCopy streamed = new StreamedCopy(rules, terms, replication, origin, read, source);
        return new Plan(
                Optional.of(write),
                permits,
                body -> streamed.perform(
                        copy,
                        (request, content) -> permits.isEmpty()
                                ? joint(target, write, read, request, content)
                                : terms.sites().performAlone(permits.getFirst(), request.with(content))));
    }

    private Mono<S3Reply> joint(Bucket target, Placement write, Placement read, S3Request request, S3Body content) {
        Replication.Task task = new Replication.Task(terms, target, write, request, Optional.of(read));
        return request.operation() == Operation.UPLOAD_PART
                ? replication.upload(request).flatMap(upload -> replication.part(task, upload, content))
                : replication.put(task, content);
    }

    /** The source's data must be permitted to lie where the copy would. */
    private static void checkSource(Placement read, String site) {
        if (read.storingAt(site).isEmpty()) {
            throw new S3Refusal(
                    S3ErrorCode.ACCESS_DENIED,
                    "Access Denied: the residency rules of policy "
                            + read.policy().name() + " do not permit the source's data where the copy would lie.");
        }
    }
}
