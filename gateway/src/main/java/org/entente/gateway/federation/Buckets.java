package org.entente.gateway.federation;

import java.time.Clock;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.entente.backends.Bytes;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.xml.ErrorDocument;
import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlWriter;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.model.Action;
import reactor.core.publisher.Mono;

/** Buckets themselves: answered from the catalogue, made and removed at the sites. */
final class Buckets {
    private static final int MAX_CONFIGURATION = 64 << 10;
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern ADDRESS = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+");

    private final Catalogue catalogue;
    private final String region;
    private final Clock clock;

    Buckets(Catalogue catalogue, String region, Clock clock) {
        this.catalogue = catalogue;
        this.region = region;
        this.clock = clock;
    }

    Plan list(Rules rules) {
        return Plan.answered(catalogue.all().map(all -> {
            String owner = rules.principal().name().value();
            XmlWriter xml = XmlWriter.s3("ListAllMyBucketsResult")
                    .open("Owner")
                    .leaf("ID", owner)
                    .leaf("DisplayName", owner)
                    .close("Owner")
                    .open("Buckets");
            all.stream()
                    .filter(b -> sees(rules, b))
                    .forEach(bucket -> xml.open("Bucket")
                            .leaf("Name", bucket.name())
                            .leaf("CreationDate", DateTimeFormatter.ISO_INSTANT.format(bucket.created()))
                            .close("Bucket"));
            return S3Reply.xml(200, xml.close("Buckets").end("ListAllMyBucketsResult"));
        }));
    }

    private static boolean sees(Rules rules, Bucket bucket) {
        return rules.principal().may(Action.LIST, bucket.name());
    }

    Mono<Plan> head(Rules rules, S3Request request) {
        rules.place(request.operation(), request.bucket());
        return existing(request).map(bucket -> {
            S3Reply reply = S3Reply.empty(200);
            reply.headers().set("x-amz-bucket-region", region);
            return Plan.answered(Mono.just(reply));
        });
    }

    Mono<Plan> location(Rules rules, S3Request request) {
        rules.place(request.operation(), request.bucket());
        return existing(request).map(bucket -> {
            XmlWriter xml = XmlWriter.s3("LocationConstraint");
            // S3 names its oldest region by saying nothing.
            byte[] document = region.equals("us-east-1")
                    ? xml.end("LocationConstraint")
                    : xml.text(region).end("LocationConstraint");
            return Plan.answered(Mono.just(S3Reply.xml(200, document)));
        });
    }

    Mono<Plan> create(Rules rules, SiteDirectory sites, S3Request request) {
        checkName(request.bucket());
        Placement placement = rules.place(request.operation(), request.bucket());
        List<String> members = placement.ruling().members().orElseThrow(() -> Refusals.fenced(placement)).stream()
                .map(site -> site.name().value())
                .toList();
        return catalogue
                .find(request.bucket())
                .map(found -> found.map(bucket -> again(rules, bucket))
                        .orElseGet(() -> new Plan(
                                Optional.of(placement),
                                Optional.empty(),
                                body -> constraint(body).flatMap(wish -> {
                                    Permit permit = wish.flatMap(site -> wished(placement, site))
                                            .orElseGet(() -> placement
                                                    .storingAt(members.getFirst())
                                                    .orElseThrow());
                                    return make(rules, sites, request, placement, permit);
                                }))));
    }

    /** A location that is the name of a site is a wish to live there; any other is the region of the client's mind. */
    private static Optional<Permit> wished(Placement placement, String location) {
        boolean isSite = placement.verdicts().stream()
                .anyMatch(v -> v.site().name().value().equals(location));
        if (isSite && placement.storingAt(location).isEmpty()) {
            throw Refusals.fenced(placement, location);
        }
        return placement.storingAt(location);
    }

    private static Plan again(Rules rules, Bucket bucket) {
        if (!bucket.owner().equals(rules.principal().name().value())) {
            throw new S3Refusal(
                    S3ErrorCode.BUCKET_ALREADY_EXISTS,
                    "The requested bucket name is not available. Select a different name and try again.");
        }
        return Plan.answered(Mono.just(created(bucket.name())));
    }

    private Mono<S3Reply> make(
            Rules rules, SiteDirectory sites, S3Request request, Placement placement, Permit permit) {
        Bucket bucket = new Bucket(
                request.bucket(),
                rules.principal().name().value(),
                placement.policy().name().value(),
                List.of(permit.site().name().value()),
                clock.instant());
        // The site first: a bucket that is recorded must be there. Half-done, it is made again and found its owner's.
        return sites.perform(
                        permit,
                        S3Request.of(Operation.CREATE_BUCKET, request.bucket()).with(request.headers()))
                .flatMap(reply -> settledBy(reply, "BucketAlreadyOwnedByYou"))
                .flatMap(reply -> {
                    if (!reply.succeeded()) {
                        return Mono.just(reply);
                    }
                    reply.discard();
                    return catalogue
                            .add(bucket)
                            .flatMap(added -> added
                                    ? Mono.just(created(bucket.name()))
                                    : existing(request)
                                            .flatMap(winner -> again(rules, winner)
                                                    .perform()
                                                    .apply(S3Body.none())));
                });
    }

    /** A success also where the site's error says that what was asked for is so already. */
    private static Mono<S3Reply> settledBy(S3Reply reply, String code) {
        if (reply.succeeded()) {
            return Mono.just(reply);
        }
        return reply.bytes(MAX_CONFIGURATION).map(document -> {
            boolean already = ErrorDocument.read(document)
                    .filter(error -> error.code().equals(code))
                    .isPresent();
            return already ? S3Reply.empty(200) : S3Reply.xml(reply.status(), document);
        });
    }

    private static S3Reply created(String bucket) {
        S3Reply reply = S3Reply.empty(200);
        reply.headers().set("location", "/" + bucket);
        return reply;
    }

    Mono<Plan> delete(Rules rules, SiteDirectory sites, S3Request request) {
        Placement placement = rules.place(request.operation(), request.bucket());
        return existing(request).map(bucket -> {
            Permit permit = Rules.permit(placement, request.operation(), bucket);
            return new Plan(
                    Optional.of(placement),
                    Optional.of(permit),
                    body -> sites.perform(permit, request)
                            .flatMap(reply -> settledBy(reply, "NoSuchBucket"))
                            .flatMap(reply -> reply.succeeded() ? forget(reply, bucket) : Mono.just(reply)));
        });
    }

    private Mono<S3Reply> forget(S3Reply reply, Bucket bucket) {
        reply.discard();
        return catalogue.remove(bucket.name()).thenReturn(S3Reply.empty(204));
    }

    private Mono<Bucket> existing(S3Request request) {
        return catalogue.find(request.bucket()).map(found -> found.orElseThrow(Refusals::noSuchBucket));
    }

    private static void checkName(String name) {
        boolean well = NAME.matcher(name).matches()
                && !name.contains("..")
                && !ADDRESS.matcher(name).matches();
        if (!well) {
            throw new S3Refusal(S3ErrorCode.INVALID_BUCKET_NAME, "The specified bucket is not valid.");
        }
    }

    private static Mono<Optional<String>> constraint(S3Body body) {
        return Bytes.collect(body.content(), MAX_CONFIGURATION)
                .switchIfEmpty(Mono.error(Refusals::malformedXml))
                .map(document -> {
                    if (document.length == 0) {
                        return Optional.empty();
                    }
                    try {
                        XmlReader.Element root = XmlReader.read(document);
                        if (!root.name().equals("CreateBucketConfiguration")) {
                            throw Refusals.malformedXml();
                        }
                        return root.textOf("LocationConstraint").map(String::strip);
                    } catch (XmlReader.MalformedXml e) {
                        throw Refusals.malformedXml();
                    }
                });
    }
}
