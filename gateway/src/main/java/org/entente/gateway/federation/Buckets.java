package org.entente.gateway.federation;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Clock;
import java.time.Duration;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.entente.backends.Bytes;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.capability.Capability;
import org.entente.backends.uri.Query;
import org.entente.backends.xml.ErrorDocument;
import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlWriter;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.catalogue.DocumentKind;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.rehoming.Destination;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.model.Action;
import org.entente.policy.model.Site;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Buckets themselves: answered from the catalogue, made and removed at the sites. */
final class Buckets {
    private static final int MAX_CONFIGURATION = 64 << 10;

    /** In one answer; S3's own limit. */
    private static final int MAX_BUCKETS = 10_000;

    /** What is said of locks in a bucket of which only that was asked. */
    private static final String LOCKABLE = new String(
            XmlWriter.s3("ObjectLockConfiguration")
                    .leaf("ObjectLockEnabled", "Enabled")
                    .end("ObjectLockConfiguration"),
            UTF_8);

    /** How long a deletion waits for what was done just before it to arrive everywhere: two seconds. */
    private static final int SETTLED_ATTEMPTS = 20;

    private static final Duration SETTLED_PAUSE = Duration.ofMillis(100);

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern ADDRESS = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+");

    private final Catalogue catalogue;
    private final Journal journal;
    private final Versions versions;
    private final String region;
    private final Clock clock;

    Buckets(Catalogue catalogue, Journal journal, Versions versions, String region, Clock clock) {
        this.catalogue = catalogue;
        this.journal = journal;
        this.versions = versions;
        this.region = region;
        this.clock = clock;
    }

    /** Those that the principal may list, by name; a page of them where the request says how many. */
    Plan list(Rules rules, S3Request request) {
        int most = most(request.query());
        String prefix = request.query().first("prefix").orElse("");
        String after =
                request.query().first("continuation-token").map(Buckets::name).orElse("");
        return Plan.answered(catalogue.all().map(all -> {
            List<Bucket> seen = all.stream()
                    .filter(bucket -> bucket.name().startsWith(prefix)
                            && bucket.name().compareTo(after) > 0
                            && sees(rules, bucket))
                    .limit(most + 1L)
                    .toList();
            String owner = rules.principal().name().value();
            XmlWriter xml = XmlWriter.s3("ListAllMyBucketsResult")
                    .open("Owner")
                    .leaf("ID", owner)
                    .leaf("DisplayName", owner)
                    .close("Owner")
                    .open("Buckets");
            seen.stream()
                    .limit(most)
                    .forEach(bucket -> xml.open("Bucket")
                            .leaf("Name", bucket.name())
                            .leaf("CreationDate", DateTimeFormatter.ISO_INSTANT.format(bucket.created()))
                            .close("Bucket"));
            xml.close("Buckets");
            if (!prefix.isEmpty()) {
                xml.leaf("Prefix", prefix);
            }
            if (seen.size() > most) {
                xml.leaf("ContinuationToken", token(seen.get(most - 1).name()));
            }
            return S3Reply.xml(200, xml.end("ListAllMyBucketsResult"));
        }));
    }

    private static int most(Query query) {
        String text = query.first("max-buckets").orElse(String.valueOf(MAX_BUCKETS));
        if (text.matches("\\d{1,5}") && Integer.parseInt(text) >= 1 && Integer.parseInt(text) <= MAX_BUCKETS) {
            return Integer.parseInt(text);
        }
        throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "max-buckets must be from 1 to " + MAX_BUCKETS + ".");
    }

    private static String token(String name) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(name.getBytes(UTF_8));
    }

    private static String name(String token) {
        try {
            return new String(Base64.getUrlDecoder().decode(token), UTF_8);
        } catch (IllegalArgumentException e) {
            throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "The continuation token provided is incorrect");
        }
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
        boolean locked = "true".equalsIgnoreCase(request.headers().get("x-amz-bucket-object-lock-enabled"));
        return catalogue
                .find(request.bucket())
                .map(found -> found.map(bucket -> again(rules, bucket))
                        .orElseGet(() -> new Plan(
                                Optional.of(placement),
                                List.of(),
                                body -> constraint(body).flatMap(location -> {
                                    Optional<String> wish = wished(placement, location);
                                    return able(placement, sites, locked)
                                            .flatMap(able -> make(
                                                    rules,
                                                    sites,
                                                    request,
                                                    placement,
                                                    chosen(placement, able, wish),
                                                    locked));
                                }))));
    }

    /** The permitted sites that can be reached and can do what the bucket needs. */
    private static Mono<Set<String>> able(Placement placement, SiteDirectory sites, boolean locked) {
        return Flux.fromIterable(placement.order())
                .map(site -> site.name().value())
                .filter(site -> sites.answers(site) && !sites.isDraining(site))
                .filterWhen(
                        site -> locked ? sites.can(site, Capability.OBJECT_LOCK).onErrorReturn(false) : Mono.just(true))
                .collect(Collectors.toUnmodifiableSet())
                .doOnNext(able -> {
                    if (locked && able.isEmpty()) {
                        throw new S3Refusal(
                                S3ErrorCode.NOT_IMPLEMENTED,
                                "None of the permitted sites that can be reached can lock objects.",
                                "none of "
                                        + placement.order().stream()
                                                .map(Site::name)
                                                .toList() + " can lock objects");
                    }
                });
    }

    /** The members of a bucket to be made. */
    private static List<Permit> chosen(Placement placement, Set<String> able, Optional<String> wish) {
        if (placement.ruling().members().isEmpty()) {
            throw Refusals.fenced(placement);
        }
        return placement
                .ruling()
                .members(able::contains, wish.stream().toList())
                .orElseThrow(Refusals::unavailable)
                .stream()
                .flatMap(site -> placement.storingAt(site.name().value()).stream())
                .toList();
    }

    /** A location that is the name of a site is a wish to live there; any other is the region of the client's mind. */
    private static Optional<String> wished(Placement placement, Optional<String> location) {
        Optional<String> site = location.filter(name -> placement.verdicts().stream()
                .anyMatch(v -> v.site().name().value().equals(name)));
        site.filter(name -> placement.storingAt(name).isEmpty()).ifPresent(name -> {
            throw Refusals.fenced(placement, name);
        });
        return site;
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
            Rules rules,
            SiteDirectory sites,
            S3Request request,
            Placement placement,
            List<Permit> members,
            boolean locked) {
        Bucket bucket = new Bucket(
                request.bucket(),
                rules.principal().name().value(),
                placement.policy().name().value(),
                members.stream().map(permit -> permit.site().name().value()).toList(),
                clock.instant(),
                Destination.ideal(placement),
                // Of one site's bucket the site knows by itself.
                locked && members.size() > 1
                        ? Map.of(
                                DocumentKind.VERSIONING, VersioningDocument.ENABLED, DocumentKind.OBJECT_LOCK, LOCKABLE)
                        : Map.of());
        // The sites first: a bucket that is recorded must be there. Half-done, it is made again and found its owner's.
        S3Request creation =
                S3Request.of(Operation.CREATE_BUCKET, request.bucket()).with(request.headers());
        return atAll(sites, members, creation, "BucketAlreadyOwnedByYou").flatMap(reply -> {
            if (!reply.succeeded()) {
                return Mono.just(reply);
            }
            reply.discard();
            return catalogue
                    .add(bucket)
                    .flatMap(added -> added
                            ? Mono.just(created(bucket.name()))
                            : existing(request)
                                    .flatMap(winner ->
                                            again(rules, winner).perform().apply(S3Body.none())));
        });
    }

    /** Asks one site after the other, until one does not do it. */
    private static Mono<S3Reply> atAll(SiteDirectory sites, List<Permit> permits, S3Request request, String already) {
        return Flux.fromIterable(permits)
                .concatMap(permit -> sites.perform(permit, request).flatMap(reply -> settledBy(reply, already)), 1)
                .takeUntil(reply -> !reply.succeeded())
                .reduce((before, after) -> {
                    before.discard();
                    return after;
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
            List<Permit> members = bucket.everywhere().stream()
                    .flatMap(site -> placement.retrievingFrom(site).stream())
                    .toList();
            return new Plan(
                    Optional.of(placement), members, body -> deleted(sites, placement, request, bucket, members));
        });
    }

    /** Only when it is empty at every member, and none owes anything of it. */
    private Mono<S3Reply> deleted(
            SiteDirectory sites, Placement placement, S3Request request, Bucket bucket, List<Permit> members) {
        Mono<S3Reply> removal = Flux.fromIterable(members)
                .concatMap(permit -> isEmpty(sites, permit), 1)
                .all(empty -> empty)
                .flatMap(empty -> empty
                        ? atAll(sites, members, request, "NoSuchBucket")
                        : Mono.error(new S3Refusal(
                                S3ErrorCode.BUCKET_NOT_EMPTY, "The bucket you tried to delete is not empty")));
        return (bucket.replicated()
                        ? settled(journal, bucket).then(withoutVersions(bucket)).then(removal)
                        : atAll(sites, members, request, "NoSuchBucket"))
                .flatMap(reply -> reply.succeeded()
                        ? forget(reply, bucket).delayUntil(done -> atSpares(sites, placement, request, bucket))
                        : Mono.just(reply));
    }

    /** Once no site owes anything of it; what was just done is waited for. */
    static Mono<Void> settled(Journal journal, Bucket bucket) {
        return journal.speaksOf(bucket.name())
                .filter(owes -> !owes)
                .repeatWhenEmpty(SETTLED_ATTEMPTS, asked -> asked.delayElements(SETTLED_PAUSE))
                .onErrorMap(IllegalStateException.class, late -> Refusals.unavailable())
                .then();
    }

    private Mono<Void> withoutVersions(Bucket bucket) {
        return versions.any(bucket.name())
                .flatMap(any -> any
                        ? Mono.error(
                                new S3Refusal(
                                        S3ErrorCode.BUCKET_NOT_EMPTY,
                                        "The bucket you tried to delete is not empty. You must delete all versions in the bucket."))
                        : Mono.empty());
    }

    private static Mono<Boolean> isEmpty(SiteDirectory sites, Permit permit) {
        return sites.perform(
                        permit,
                        S3Request.of(Operation.LIST_OBJECTS_V2, permit.bucket())
                                .with(Query.parse("list-type=2&max-keys=1")))
                .flatMap(reply -> reply.bytes(MAX_CONFIGURATION).map(document -> {
                    try {
                        return reply.status() == 404
                                || (reply.succeeded()
                                        && XmlReader.read(document)
                                                .children("Contents")
                                                .isEmpty());
                    } catch (XmlReader.MalformedXml e) {
                        return false;
                    }
                }));
    }

    /** Sites that stood in may have the bucket, too; empty, it does no harm should they not be reached. */
    private static Mono<Void> atSpares(SiteDirectory sites, Placement placement, S3Request request, Bucket bucket) {
        return Flux.fromIterable(bucket.replicated() ? placement.order() : List.<Site>of())
                .map(site -> site.name().value())
                .filter(site -> !bucket.everywhere().contains(site))
                .flatMap(site -> Mono.justOrEmpty(placement.retrievingFrom(site)))
                .flatMap(permit -> sites.perform(permit, request)
                        .doOnNext(S3Reply::discard)
                        .onErrorComplete())
                .then();
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
