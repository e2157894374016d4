package org.entente.gateway.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlReader.Element;
import org.entente.gateway.sites.SiteDirectory;
import org.entente.policy.decide.Permit;
import reactor.core.publisher.Mono;

/** The versions of one key as one site has them. */
final class SiteVersions {
    private static final int MAX_DOCUMENT = 16 << 20;
    private static final String VERSION = "versionId";

    private SiteVersions() {}

    /**
     * One of them.
     *
     * @param id the site's own
     * @param latest whether it is what the site shows as the object, or as there being none
     */
    record Found(String id, boolean marker, boolean latest) {}

    /** The request about one of a site's versions; about the object as it is where none is given. */
    static S3Request of(S3Request request, Optional<String> id) {
        Query rest = request.query().without(VERSION::equals);
        return request.with(id.map(own -> rest.with(VERSION, own)).orElse(rest));
    }

    /**
     * All of a key, the site's latest first; fails with {@link Fault}.
     *
     * @param permit for the bucket
     */
    static Mono<List<Found>> of(SiteDirectory sites, Permit permit, String key) {
        return from(sites, permit, key, Optional.empty(), List.of());
    }

    private static Mono<List<Found>> from(
            SiteDirectory sites, Permit permit, String key, Optional<String> marker, List<Found> before) {
        Query query = Query.of("versions", "", "encoding-type", "url", "prefix", key);
        if (marker.isPresent()) {
            query = query.with("key-marker", key).with("version-id-marker", marker.get());
        }
        S3Request request =
                S3Request.of(Operation.LIST_OBJECT_VERSIONS, permit.bucket()).with(query);
        return sites.perform(permit, request).flatMap(reply -> {
            if (reply.status() == 404) {
                // No such bucket.
                reply.discard();
                return Mono.just(before);
            }
            if (!reply.succeeded()) {
                reply.discard();
                return Mono.error(new Fault(
                        JointWrite.site(permit),
                        new Fault.Unintelligible(),
                        "answers a listing of versions with " + reply.status()));
            }
            return reply.bytes(MAX_DOCUMENT).flatMap(document -> {
                Element root = read(permit, document);
                List<Found> found = new ArrayList<>(before);
                int own = add(root, key, found);
                boolean more = root.textOf("IsTruncated").filter("true"::equals).isPresent()
                        && own > 0
                        && own == entries(root).size();
                return more
                        ? from(sites, permit, key, Optional.of(found.getLast().id()), found)
                        : Mono.just(List.copyOf(found));
            });
        });
    }

    /**
     * Keys that a site has versions of.
     *
     * @param more whether it may have others behind them
     */
    record Keys(List<String> keys, boolean more) {}

    /** The first ones behind a key; fails with {@link Fault}. */
    static Mono<Keys> keys(SiteDirectory sites, Permit permit, String after) {
        Query query = Query.of("versions", "", "encoding-type", "url");
        S3Request request = S3Request.of(Operation.LIST_OBJECT_VERSIONS, permit.bucket())
                .with(after.isEmpty() ? query : query.with("key-marker", after));
        return sites.perform(permit, request)
                .flatMap(reply -> reply.bytes(MAX_DOCUMENT).map(document -> {
                    if (!reply.succeeded()) {
                        throw new Fault(
                                JointWrite.site(permit),
                                new Fault.Unintelligible(),
                                "answers a listing of versions with " + reply.status());
                    }
                    Element root = read(permit, document);
                    boolean encoded =
                            root.textOf("EncodingType").filter("url"::equals).isPresent();
                    List<String> keys = entries(root).stream()
                            .map(entry -> entry.textOf("Key").orElse(""))
                            .map(key -> encoded ? Rfc3986.decode(key) : key)
                            .filter(key -> Listing.ORDER.compare(key, after) > 0)
                            .distinct()
                            .toList();
                    return new Keys(
                            keys,
                            !keys.isEmpty()
                                    && root.textOf("IsTruncated")
                                            .filter("true"::equals)
                                            .isPresent());
                }));
    }

    private static Element read(Permit permit, byte[] document) {
        try {
            return XmlReader.read(document);
        } catch (XmlReader.MalformedXml e) {
            throw new Fault(JointWrite.site(permit), new Fault.Unintelligible(), e);
        }
    }

    private static List<Element> entries(Element root) {
        return root.children().stream()
                .filter(each -> each.name().equals("Version") || each.name().equals("DeleteMarker"))
                .toList();
    }

    /** How many of a page's entries are the key's own: longer keys begin with it, too. */
    private static int add(Element root, String key, List<Found> found) {
        boolean encoded = root.textOf("EncodingType").filter("url"::equals).isPresent();
        int own = 0;
        for (Element entry : entries(root)) {
            String name = entry.textOf("Key").orElse("");
            if ((encoded ? Rfc3986.decode(name) : name).equals(key)) {
                own++;
                found.add(new Found(
                        entry.textOf("VersionId").orElse("null"),
                        entry.name().equals("DeleteMarker"),
                        entry.textOf("IsLatest").filter("true"::equals).isPresent()));
            }
        }
        return own;
    }
}
