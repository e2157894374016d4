package org.entente.gateway.error;

import java.util.stream.Collectors;
import org.entente.backends.Fault;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.Reason;
import org.entente.policy.decide.Refusal;

/** What clients are told when the other stages say no. */
public final class Refusals {
    private Refusals() {}

    /** The policy refuses. The client learns that, and no more: the reasons are the operators'. */
    public static S3Refusal of(Refusal refusal) {
        return switch (refusal.cause()) {
            case NO_GRANT, NOT_SHARED, NO_POLICY, NOT_CLEARED ->
                new S3Refusal(S3ErrorCode.ACCESS_DENIED, "Access Denied", refusal.reason());
            case UNKNOWN_LABEL -> new S3Refusal(S3ErrorCode.ACCESS_DENIED, "Access Denied: " + refusal.reason() + ".");
        };
    }

    /** The fence leaves no site that could do this. */
    public static S3Refusal fenced(Placement placement) {
        return new S3Refusal(
                S3ErrorCode.ACCESS_DENIED,
                "Access Denied: the residency rules of policy "
                        + placement.policy().name() + " permit no site where this could be stored.",
                reasons(placement));
    }

    /** The fence forbids the one site that was asked for. */
    public static S3Refusal fenced(Placement placement, String site) {
        return new S3Refusal(
                S3ErrorCode.ACCESS_DENIED,
                "Access Denied: the residency rules of policy "
                        + placement.policy().name() + " do not permit the site " + site + ".",
                reasons(placement));
    }

    /** The rules that forbid sites, each with its place. */
    private static String reasons(Placement placement) {
        return placement.verdicts().stream()
                .filter(verdict -> !verdict.permitted())
                .map(verdict -> verdict.site().name() + ": "
                        + verdict.reasons().stream().map(Reason::toString).collect(Collectors.joining(", ")))
                .collect(Collectors.joining("; "));
    }

    public static S3Refusal noSuchBucket() {
        return new S3Refusal(S3ErrorCode.NO_SUCH_BUCKET, "The specified bucket does not exist");
    }

    /** A document that is not what it should be. */
    public static S3Refusal malformedXml() {
        return new S3Refusal(
                S3ErrorCode.MALFORMED_XML,
                "The XML you provided was not well-formed or did not validate against our published schema.");
    }

    /** A site failed us. */
    public static S3Refusal of(Fault fault) {
        return switch (fault.reason()) {
            case Fault.Declined busy -> new S3Refusal(S3ErrorCode.SLOW_DOWN, "Please reduce your request rate.");
            case Fault.Exhausted full -> new S3Refusal(S3ErrorCode.SLOW_DOWN, "Please reduce your request rate.");
            case Fault.Dark r -> unavailable();
            case Fault.Unreachable r -> unavailable();
            case Fault.Silent r -> unavailable();
            case Fault.Broken r -> unavailable();
            case Fault.Unintelligible r -> unavailable();
            case Fault.CredentialsRefused r -> unavailable();
        };
    }

    /** What cannot be recorded is not done. */
    public static S3Refusal unaudited() {
        return unavailable();
    }

    /** Nothing that could serve this can be reached. */
    public static S3Refusal unavailable() {
        return new S3Refusal(
                S3ErrorCode.SERVICE_UNAVAILABLE,
                "No permitted site that could serve this can be reached. Please retry.");
    }
}
