package org.entente.gateway.access;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.entente.backends.Operation;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.gateway.access.BucketPolicy.Verdict;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.DocumentKind;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.policy.decide.Question.Authority;

/**
 * What the owners of the buckets that a request names say of it. They can let in who has no grant, and forbid what a grant
 * permits; what operators require holds in any case.
 */
public final class Admission {
    private static final String RESOURCE = "arn:aws:s3:::";

    /** @param tags the object's that the request names, where the policy asks for them */
    record Said(Bucket bucket, Optional<BucketPolicy> policy, Map<String, String> tags) {}

    private final Requester requester;
    private final S3Request request;
    private final Instant now;
    private final List<Said> said;

    Admission(Requester requester, S3Request request, Instant now, List<Said> said) {
        this.requester = requester;
        this.request = request;
        this.now = now;
        this.said = said;
    }

    /** Of a request about which no owner of a bucket has a say. */
    public static Admission none(Requester requester) {
        return new Admission(requester, S3Request.of(Operation.LIST_BUCKETS, ""), Instant.EPOCH, List.of());
    }

    /** The same, of what the request itself names. */
    public Authority authority(Operation operation, String bucket, Optional<String> key) {
        boolean source =
                operation == Operation.GET_OBJECT && request.operation().copies();
        boolean version = source
                ? request.headers().get("x-amz-copy-source", "").contains("?versionId=")
                : request.query().has("versionId");
        return authority(operation, bucket, key, version);
    }

    /**
     * By what the request may do this, if it may.
     *
     * @param version whether it names a version
     * @throws S3Refusal when the bucket's owner forbids it
     */
    public Authority authority(Operation operation, String bucket, Optional<String> key, boolean version) {
        return said.stream()
                .filter(one -> one.bucket().name().equals(bucket))
                .findFirst()
                .map(one -> authority(one, operation, key, version))
                .orElse(Authority.GRANT);
    }

    private Authority authority(Said one, Operation operation, Optional<String> key, boolean version) {
        if (one.policy().isEmpty() || isOwnersCare(one.bucket(), operation)) {
            return Authority.GRANT;
        }
        if (operation == Operation.DELETE_OBJECTS && key.isEmpty()) {
            // Each key is decided by itself.
            return Authority.BUCKET_POLICY;
        }
        BucketPolicy policy = one.policy().get();
        String resource = RESOURCE + one.bucket().name() + key.map(k -> "/" + k).orElse("");
        List<Verdict> verdicts = Actions.of(operation, requester.headers(), version).stream()
                .map(action -> policy.judge(
                        new Ask(requester.principal(), action, resource, asked -> circumstance(one, asked))))
                .toList();
        if (verdicts.contains(Verdict.DENIED)) {
            throw new S3Refusal(
                    S3ErrorCode.ACCESS_DENIED,
                    "Access Denied",
                    "the policy of bucket " + one.bucket().name() + " denies "
                            + requester.principal().name() + " " + operation.apiName());
        }
        boolean allowed = verdicts.stream().allMatch(Verdict.ALLOWED::equals);
        return allowed && !isRestricted(one.bucket(), policy) ? Authority.BUCKET_POLICY : Authority.GRANT;
    }

    /** A policy that shuts out everybody can be replaced by who owns the bucket. */
    private boolean isOwnersCare(Bucket bucket, Operation operation) {
        return DocumentKind.of(operation).equals(Optional.of(DocumentKind.POLICY))
                && bucket.owner().equals(requester.principal().name().value());
    }

    private static boolean isRestricted(Bucket bucket, BucketPolicy policy) {
        return policy.isPublic() && PublicAccessBlock.of(bucket).restrictsPublicBuckets();
    }

    private List<String> circumstance(Said one, String key) {
        if (key.startsWith(ConditionKeys.EXISTING_TAG)) {
            return tag(one.tags(), key.substring(ConditionKeys.EXISTING_TAG.length()));
        }
        if (key.startsWith(ConditionKeys.REQUEST_TAG)) {
            return tag(requestTags(), key.substring(ConditionKeys.REQUEST_TAG.length()));
        }
        String name = key.substring(key.indexOf(':') + 1);
        if (ConditionKeys.HEADERS.contains(name)) {
            return requester.headers().getAll(name);
        }
        if (ConditionKeys.PARAMETERS.contains(name)) {
            return request.query().parameters().stream()
                    .filter(parameter -> parameter.name().equalsIgnoreCase(name))
                    .map(Query.Parameter::value)
                    .toList();
        }
        return switch (key) {
            case "aws:sourceip" ->
                requester
                        .address()
                        .map(address -> List.of(address.getHostAddress()))
                        .orElse(List.of());
            case "aws:securetransport" -> List.of("false");
            case "aws:useragent" -> requester.headers().getAll("user-agent");
            case "aws:referer" -> requester.headers().getAll("referer");
            case "aws:currenttime" -> List.of(now.toString());
            case "aws:epochtime" -> List.of(Long.toString(now.getEpochSecond()));
            case "aws:username" -> requester.isAnonymous() ? List.of() : List.of(name());
            case "aws:principalarn" -> requester.isAnonymous() ? List.of() : List.of(arn());
            case "s3:requestobjecttagkeys" -> List.copyOf(requestTags().keySet());
            default -> List.of();
        };
    }

    private String name() {
        return requester.principal().name().value();
    }

    private String arn() {
        String nation =
                requester.principal().spec().nation().map(Object::toString).orElse("");
        return "arn:aws:iam::" + nation + ":user/" + name();
    }

    /** Keys of conditions have lost their case. */
    private static List<String> tag(Map<String, String> tags, String key) {
        return tags.entrySet().stream()
                .filter(tag -> tag.getKey().toLowerCase(Locale.ROOT).equals(key))
                .map(Map.Entry::getValue)
                .toList();
    }

    private Map<String, String> requestTags() {
        try {
            return Query.parse(requester.headers().get("x-amz-tagging", "")).parameters().stream()
                    .collect(
                            Collectors.toMap(Query.Parameter::name, Query.Parameter::value, (first, second) -> second));
        } catch (IllegalArgumentException e) {
            throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "The header x-amz-tagging cannot be read.");
        }
    }
}
