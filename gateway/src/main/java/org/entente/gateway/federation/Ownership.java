package org.entente.gateway.federation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.entente.backends.Bytes;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlReader.Element;
import org.entente.backends.xml.XmlWriter;
import org.entente.gateway.access.PublicAccessBlock;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import reactor.core.publisher.Mono;

/**
 * Every object is the bucket owner's, and no ACL says otherwise: what S3 calls {@code BucketOwnerEnforced}, which is the only
 * way here.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html">Object ownership</a>
 */
record Ownership(Bucket bucket) {
    private static final int LONGEST = 64 << 10;
    private static final int LONGEST_LISTING = 16 << 20;
    private static final String CANNED = "x-amz-acl";
    private static final Pattern OWNER = Pattern.compile("(?s)<(Owner|Initiator)>.*?</\\1>");
    private static final String ENFORCED = "BucketOwnerEnforced";
    private static final String INSTANCE = "http://www.w3.org/2001/XMLSchema-instance";
    private static final Set<String> CLOSED = Set.of("private", "bucket-owner-full-control");

    /** Of a request about the ACL of the bucket or of something in it. */
    Plan acl(S3Request request, HttpHeaders headers) {
        return switch (request.operation()) {
            case PUT_BUCKET_ACL, PUT_OBJECT_ACL -> Plan.computed(body -> put(headers, body));
            default -> Plan.answered(Mono.just(acl()));
        };
    }

    /** Of a request about who owns what is put into the bucket. */
    Plan controls(S3Request request) {
        return switch (request.operation()) {
            case PUT_BUCKET_OWNERSHIP_CONTROLS -> Plan.computed(Ownership::putControls);
            case DELETE_BUCKET_OWNERSHIP_CONTROLS -> Plan.answered(Mono.just(S3Reply.empty(204)));
            default -> Plan.answered(Mono.just(controls()));
        };
    }

    /** The ACL of the bucket, and of everything in it. */
    private S3Reply acl() {
        String document = """
                <?xml version="1.0" encoding="UTF-8"?>
                <AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner>%1$s</Owner><AccessControlList>\
                <Grant><Grantee xmlns:xsi="%2$s" xsi:type="CanonicalUser">%1$s</Grantee>\
                <Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>""".formatted(
                        "<ID>" + bucket.owner() + "</ID><DisplayName>" + bucket.owner() + "</DisplayName>", INSTANCE);
        return S3Reply.xml(200, document.getBytes(UTF_8));
    }

    /**
     * What would leave everything as it is, is done.
     */
    private Mono<S3Reply> put(HttpHeaders headers, S3Body body) {
        if (opens(headers)) {
            return Mono.error(refused());
        }
        if (headers.contains(CANNED)) {
            return Mono.just(S3Reply.empty(200));
        }
        return Bytes.collect(body.content(), LONGEST)
                .switchIfEmpty(Mono.error(Refusals::malformedXml))
                .map(document -> {
                    if (!leavesAll(parsed(document, "AccessControlPolicy"))) {
                        throw refused();
                    }
                    return S3Reply.empty(200);
                });
    }

    private boolean leavesAll(Element policy) {
        List<Element> grants = policy.child("AccessControlList")
                .orElseThrow(Refusals::malformedXml)
                .children("Grant");
        return !grants.isEmpty()
                && grants.stream()
                        .allMatch(grant -> grant.textOf("Permission")
                                        .filter("FULL_CONTROL"::equals)
                                        .isPresent()
                                && grant.child("Grantee")
                                        .flatMap(grantee -> grantee.textOf("ID"))
                                        .filter(bucket.owner()::equals)
                                        .isPresent());
    }

    /**
     * Of a request that stores or makes something.
     *
     * @throws S3Refusal when its headers ask for an ACL that would let anybody in
     */
    static void refuseAcls(S3Request request, HttpHeaders headers) {
        boolean about =
                request.operation() == Operation.PUT_BUCKET_ACL || request.operation() == Operation.PUT_OBJECT_ACL;
        if (!about && opens(headers)) {
            throw notSupported();
        }
    }

    private static boolean opens(HttpHeaders headers) {
        return (headers.contains(CANNED) && !CLOSED.contains(headers.get(CANNED)))
                || headers.names().stream()
                        .anyMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("x-amz-grant-"));
    }

    private S3Refusal refused() {
        return PublicAccessBlock.of(bucket).blocksAcls()
                ? new S3Refusal(
                        S3ErrorCode.ACCESS_DENIED, "Access Denied: the bucket's public access block forbids it.")
                : notSupported();
    }

    private static S3Refusal notSupported() {
        return new S3Refusal(
                S3ErrorCode.ACCESS_CONTROL_LIST_NOT_SUPPORTED,
                "The bucket does not allow ACLs: access is granted by policy only.");
    }

    /** A site's listing says whose account there is; what is listed is the bucket owner's. */
    Mono<S3Reply> named(S3Reply listing) {
        if (!listing.succeeded()) {
            return Mono.just(listing);
        }
        return listing.bytes(LONGEST_LISTING).map(document -> {
            String ours = "<$1><ID>" + bucket.owner() + "</ID><DisplayName>" + bucket.owner() + "</DisplayName></$1>";
            // Char by char, since sites list keys that are no XML; a key that reads like a tag is escaped there.
            String text = OWNER.matcher(new String(document, ISO_8859_1)).replaceAll(ours);
            byte[] changed = text.getBytes(ISO_8859_1);
            HttpHeaders headers = listing.headers().set(HttpHeaderNames.CONTENT_LENGTH, changed.length);
            return new S3Reply(
                    listing.status(), headers, S3Reply.xml(200, changed).body());
        });
    }

    private static S3Reply controls() {
        return S3Reply.xml(
                200,
                XmlWriter.s3("OwnershipControls")
                        .open("Rule")
                        .leaf("ObjectOwnership", ENFORCED)
                        .close("Rule")
                        .end("OwnershipControls"));
    }

    private static Mono<S3Reply> putControls(S3Body body) {
        return Bytes.collect(body.content(), LONGEST)
                .switchIfEmpty(Mono.error(Refusals::malformedXml))
                .map(document -> {
                    boolean enforced = parsed(document, "OwnershipControls")
                            .child("Rule")
                            .flatMap(rule -> rule.textOf("ObjectOwnership"))
                            .filter(ENFORCED::equals)
                            .isPresent();
                    if (!enforced) {
                        throw new S3Refusal(
                                S3ErrorCode.INVALID_REQUEST, "Buckets are " + ENFORCED + " here, and nothing else.");
                    }
                    return S3Reply.empty(200);
                });
    }

    private static Element parsed(byte[] document, String root) {
        try {
            Element element = XmlReader.read(document);
            if (!element.name().equals(root)) {
                throw Refusals.malformedXml();
            }
            return element;
        } catch (XmlReader.MalformedXml e) {
            throw Refusals.malformedXml();
        }
    }
}
