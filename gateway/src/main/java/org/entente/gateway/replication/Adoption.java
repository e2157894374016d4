package org.entente.gateway.replication;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.entente.backends.Operation;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlReader;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.replication.JointUpload.Part;
import org.entente.gateway.replication.Replication.Task;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Permit;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Takes over uploads that were begun at a site while the bucket lay there alone; they keep the site's id. */
record Adoption(JointUploads uploads, Clock clock) {
    private static final int MAX_DOCUMENT = 4 << 20;

    /**
     * What the one site knows of an upload; empty when it knows nothing.
     *
     * @param task something that is asked of the upload
     * @param object what its object will be
     */
    Mono<JointUpload> of(Task task, Facts.What object) {
        // Where the bucket was first: some stores say of an upload that they have never heard of that it has no parts.
        return Flux.fromIterable(task.bucket().leaving())
                .concatWith(Flux.fromIterable(task.bucket().members()))
                .flatMap(site -> Mono.justOrEmpty(task.placement().retrievingFrom(site)))
                .concatMap(permit -> adopt(task, object, permit), 1)
                .next();
    }

    private Mono<JointUpload> adopt(Task task, Facts.What object, Permit permit) {
        String site = JointWrite.site(permit);
        String id = task.request().query().first("uploadId").orElse("");
        JointUpload upload = new JointUpload(
                id,
                task.name(),
                Generation.NONE,
                task.principal(),
                object,
                Map.of(site, id),
                clock.instant(),
                Optional.empty());
        return partsAt(task, permit, id, 0)
                .expand(page -> page.next().isPresent()
                        ? partsAt(task, permit, id, page.next().get())
                        : Mono.empty())
                .concatMapIterable(PartsPage::parts)
                .collectList()
                .flatMap(parts -> uploads.add(upload)
                        .thenMany(Flux.fromIterable(parts))
                        .concatMap(part -> uploads.add(upload, part))
                        .then(Mono.just(upload)))
                .onErrorResume(UnknownThere.class, unknown -> Mono.empty());
    }

    /** A site knows nothing of an upload. */
    private static final class UnknownThere extends RuntimeException {
        UnknownThere() {
            super("no such upload", null, false, false);
        }
    }

    /** @param next the part number to go on behind; empty when there is nothing more */
    private record PartsPage(List<Part> parts, Optional<Integer> next) {}

    private Mono<PartsPage> partsAt(Task task, Permit permit, String id, int after) {
        Query query = Query.parse("uploadId=" + Rfc3986.encode(id) + "&part-number-marker=" + after);
        return task.terms()
                .sites()
                .perform(
                        permit,
                        S3Request.of(
                                        Operation.LIST_PARTS,
                                        permit.bucket(),
                                        task.name().key())
                                .with(query))
                .flatMap(reply -> {
                    if (!reply.succeeded()) {
                        reply.discard();
                        return Mono.error(reply.status() == 404 ? new UnknownThere() : Refusals.unavailable());
                    }
                    return reply.bytes(MAX_DOCUMENT).map(this::partsPage);
                });
    }

    private PartsPage partsPage(byte[] document) {
        try {
            XmlReader.Element root = XmlReader.read(document);
            List<Part> parts = new ArrayList<>();
            for (XmlReader.Element part : root.children("Part")) {
                parts.add(new Part(
                        Integer.parseInt(part.textOf("PartNumber").orElse("0")),
                        Long.parseLong(part.textOf("Size").orElse("0")),
                        part.textOf("ETag").orElse(""),
                        clock.instant()));
            }
            boolean more = root.textOf("IsTruncated").filter("true"::equals).isPresent() && !parts.isEmpty();
            return new PartsPage(parts, more ? Optional.of(parts.getLast().number()) : Optional.empty());
        } catch (XmlReader.MalformedXml | NumberFormatException e) {
            throw Refusals.unavailable();
        }
    }
}
