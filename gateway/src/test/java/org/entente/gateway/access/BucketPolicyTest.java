package org.entente.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.entente.gateway.access.BucketPolicy.Verdict;
import org.entente.policy.model.Country;
import org.entente.policy.model.Located;
import org.entente.policy.model.Position;
import org.entente.policy.model.Precedence;
import org.entente.policy.model.Principal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What policies of buckets say, read as IAM has it. */
class BucketPolicyTest {
    private static final Principal ANNA = principal("anna", "FR");
    private static final Principal BOB = principal("bob", "US");

    private static Principal principal(String name, String nation) {
        return new Principal(
                new Located<>(name, new Position("", 1, 1)),
                new Principal.Spec(
                        Optional.of(Country.parse(nation)),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Precedence.ROUTINE,
                        false));
    }

    private static BucketPolicy read(String statements) {
        try {
            return PolicyReader.read(
                    "b", "{\"Statement\": [" + statements + "]}", Set.of("anna", "bob"), Set.of("FR", "US"));
        } catch (PolicyReader.Malformed e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static String statement(String effect, String principal, String action, String resource, String more) {
        return "{\"Effect\": \"%s\", \"Principal\": %s, \"Action\": \"%s\", \"Resource\": \"%s\"%s}"
                .formatted(effect, principal, action, resource, more);
    }

    private static Verdict judge(
            BucketPolicy policy, Principal principal, String action, String resource, Map<String, List<String>> facts) {
        return policy.judge(new Ask(principal, action, resource, key -> facts.getOrDefault(key, List.of())));
    }

    private static Verdict judge(BucketPolicy policy, Principal principal, String action, String resource) {
        return judge(policy, principal, action, resource, Map.of());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "*"                                          | ALLOWED | ALLOWED | ALLOWED
            {"AWS": "*"}                                 | ALLOWED | ALLOWED | ALLOWED
            {"AWS": "arn:aws:iam:::user/anna"}           | ALLOWED | SILENT  | SILENT
            {"AWS": "arn:aws:iam::FR:user/anna"}         | ALLOWED | SILENT  | SILENT
            {"AWS": "arn:aws:iam::US:user/anna"}         | SILENT  | SILENT  | SILENT
            {"AWS": ["arn:aws:iam::US:root"]}            | SILENT  | ALLOWED | SILENT
            {"AWS": ["FR", "arn:aws:iam:::user/bob"]}    | ALLOWED | ALLOWED | SILENT
            """)
    void principalsAreNamedInManyWays(String principal, Verdict anna, Verdict bob, Verdict anonymous) {
        BucketPolicy policy = read(statement("Allow", principal, "s3:GetObject", "arn:aws:s3:::b/*", ""));
        assertThat(judge(policy, ANNA, "s3:GetObject", "arn:aws:s3:::b/k")).isEqualTo(anna);
        assertThat(judge(policy, BOB, "s3:GetObject", "arn:aws:s3:::b/k")).isEqualTo(bob);
        assertThat(judge(policy, Principal.ANONYMOUS, "s3:GetObject", "arn:aws:s3:::b/k"))
                .isEqualTo(anonymous);
    }

    @ParameterizedTest
    @CsvSource({
        "s3:*, arn:aws:s3:::b/*, s3:GetObject, arn:aws:s3:::b/k, ALLOWED",
        "*, *, s3:GetObject, arn:aws:s3:::b/k, ALLOWED",
        "S3:getobject, arn:aws:s3:::b/*, s3:GetObject, arn:aws:s3:::b/k, ALLOWED",
        "s3:Get*, arn:aws:s3:::b/*, s3:PutObject, arn:aws:s3:::b/k, SILENT",
        "s3:GetObject, arn:aws:s3:::b/*, s3:GetObjectVersion, arn:aws:s3:::b/k, SILENT",
        "s3:GetObject, arn:aws:s3:::b/a/*, s3:GetObject, arn:aws:s3:::b/a/b/c, ALLOWED",
        "s3:GetObject, arn:aws:s3:::b/a/*, s3:GetObject, arn:aws:s3:::b/b, SILENT",
        "s3:GetObject, arn:aws:s3:::b/?, s3:GetObject, arn:aws:s3:::b/kk, SILENT",
        "s3:GetObject, arn:aws:s3:::b/K, s3:GetObject, arn:aws:s3:::b/k, SILENT",
        "s3:ListBucket, arn:aws:s3:::b, s3:ListBucket, arn:aws:s3:::b, ALLOWED",
        "s3:ListBucket, arn:aws:s3:::b/*, s3:ListBucket, arn:aws:s3:::b, SILENT",
    })
    void actionsAndResourcesArePatterns(String action, String resource, String asked, String of, Verdict verdict) {
        BucketPolicy policy = read(statement("Allow", "\"*\"", action, resource, ""));
        assertThat(judge(policy, ANNA, asked, of)).isEqualTo(verdict);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            {"StringEquals": {"s3:prefix": ["a", "b"]}}                   | s3:prefix     | b                    | true
            {"StringEquals": {"s3:prefix": "a"}}                          | s3:prefix     | A                    | false
            {"StringEqualsIgnoreCase": {"s3:prefix": "a"}}                | s3:prefix     | A                    | true
            {"StringEquals": {"s3:prefix": "a"}}                          |               |                      | false
            {"StringEqualsIfExists": {"s3:prefix": "a"}}                  |               |                      | true
            {"StringNotEquals": {"s3:prefix": "a"}}                       |               |                      | true
            {"StringNotEquals": {"s3:prefix": ["a", "b"]}}                | s3:prefix     | b                    | false
            {"StringLike": {"s3:prefix": "a/*"}}                          | s3:prefix     | a/b/c                | true
            {"StringNotLike": {"s3:prefix": "a/*"}}                       | s3:prefix     | a/b/c                | false
            {"Null": {"s3:prefix": "true"}}                               |               |                      | true
            {"Null": {"s3:prefix": "true"}}                               | s3:prefix     | a                    | false
            {"Null": {"s3:prefix": false}}                                | s3:prefix     | a                    | true
            {"Null": {"s3:prefix": false}}                                |               |                      | false
            {"NumericLessThanEquals": {"s3:max-keys": 10}}                | s3:max-keys   | 10                   | true
            {"NumericLessThan": {"s3:max-keys": "10"}}                    | s3:max-keys   | 10                   | false
            {"NumericEquals": {"s3:max-keys": "10"}}                      | s3:max-keys   | ten                  | false
            {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}               | aws:sourceip  | 192.0.2.77           | true
            {"IpAddress": {"aws:SourceIp": "192.0.2.0/25"}}               | aws:sourceip  | 192.0.2.128          | false
            {"IpAddress": {"aws:SourceIp": "192.0.2.1"}}                  | aws:sourceip  | 192.0.2.1            | true
            {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}            | aws:sourceip  | 198.51.100.1         | true
            {"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}              | aws:sourceip  | 2001:db8:1::1        | true
            {"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}              | aws:sourceip  | 192.0.2.1            | false
            {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}                  | aws:sourceip  | 192.0.2.1            | true
            {"Bool": {"aws:SecureTransport": "false"}}                    | aws:securetransport | false          | true
            {"Bool": {"aws:SecureTransport": true}}                       | aws:securetransport | false          | false
            {"DateLessThan": {"aws:CurrentTime": "2030-01-01"}}           | aws:currenttime | 2026-11-24T00:00:00Z | true
            {"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}} | aws:currenttime | 2026-11-24T00:00:00Z | false
            {"DateGreaterThanEquals": {"aws:EpochTime": 1700000000}}      | aws:epochtime | 1700000000           | true
            {"ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["a", "b"]}} | s3:requestobjecttagkeys | a,b | true
            {"ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["a"]}}      | s3:requestobjecttagkeys | a,b | false
            {"ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["a"]}}      |               |            | true
            {"ForAnyValue:StringEquals": {"s3:RequestObjectTagKeys": ["a"]}}       | s3:requestobjecttagkeys | a,b | true
            {"ForAnyValue:StringEquals": {"s3:RequestObjectTagKeys": ["c"]}}       | s3:requestobjecttagkeys | a,b | false
            """)
    void conditionsCompare(String condition, String key, String values, boolean holds) {
        Map<String, List<String>> facts = new HashMap<>();
        if (key != null) {
            facts.put(key, List.of(values.split(",", -1)));
        }
        BucketPolicy policy = read(statement("Allow", "\"*\"", "s3:*", "*", ", \"Condition\": " + condition));
        assertThat(judge(policy, ANNA, "s3:ListBucket", "arn:aws:s3:::b", facts))
                .isEqualTo(holds ? Verdict.ALLOWED : Verdict.SILENT);
    }

    @Test
    void allConditionsMustHold() {
        BucketPolicy policy = read(statement(
                "Allow",
                "\"*\"",
                "s3:*",
                "*",
                ", \"Condition\": {\"StringEquals\": {\"s3:prefix\": \"a\", \"s3:delimiter\": \"/\"}}"));
        Map<String, List<String>> half = Map.of("s3:prefix", List.of("a"));
        Map<String, List<String>> both = Map.of("s3:prefix", List.of("a"), "s3:delimiter", List.of("/"));
        assertThat(judge(policy, ANNA, "s3:ListBucket", "arn:aws:s3:::b", half)).isEqualTo(Verdict.SILENT);
        assertThat(judge(policy, ANNA, "s3:ListBucket", "arn:aws:s3:::b", both)).isEqualTo(Verdict.ALLOWED);
    }

    @Test
    void othersCanBeMeant() {
        BucketPolicy policy = read("""
                {"Effect": "Deny", "NotPrincipal": {"AWS": "FR"}, "NotAction": "s3:GetObject",
                 "NotResource": "arn:aws:s3:::b/open/*"}""");
        assertThat(judge(policy, BOB, "s3:PutObject", "arn:aws:s3:::b/k")).isEqualTo(Verdict.DENIED);
        assertThat(judge(policy, ANNA, "s3:PutObject", "arn:aws:s3:::b/k")).isEqualTo(Verdict.SILENT);
        assertThat(judge(policy, BOB, "s3:GetObject", "arn:aws:s3:::b/k")).isEqualTo(Verdict.SILENT);
        assertThat(judge(policy, BOB, "s3:PutObject", "arn:aws:s3:::b/open/k")).isEqualTo(Verdict.SILENT);
        assertThatThrownBy(() -> read("""
                {"Effect": "Allow", "NotPrincipal": {"AWS": "FR"}, "Action": "*", "Resource": "*"}""")).hasRootCauseInstanceOf(PolicyReader.Malformed.class);
    }

    /** Whatever else a policy says, a denial that speaks of a request decides. */
    @Property(tries = 200)
    void aDenialIsNeverOverruled(@ForAll boolean first, @ForAll boolean anna, @ForAll boolean narrow) {
        String denial = statement("Deny", "{\"AWS\": \"FR\"}", "s3:DeleteObject", "arn:aws:s3:::b/*", "");
        String allowance = statement(
                "Allow",
                anna ? "{\"AWS\": \"arn:aws:iam:::user/anna\"}" : "\"*\"",
                "s3:*",
                narrow ? "arn:aws:s3:::b/k" : "*",
                "");
        BucketPolicy policy = read(first ? denial + "," + allowance : allowance + "," + denial);
        assertThat(judge(policy, ANNA, "s3:DeleteObject", "arn:aws:s3:::b/k")).isEqualTo(Verdict.DENIED);
        assertThat(judge(policy, ANNA, "s3:GetObject", "arn:aws:s3:::b/k")).isEqualTo(Verdict.ALLOWED);
    }

    @Test
    void whatIsPublicIsKnown() {
        assertThat(read(statement("Allow", "\"*\"", "s3:GetObject", "*", "")).isPublic())
                .isTrue();
        assertThat(read(statement("Deny", "\"*\"", "s3:GetObject", "*", "")).isPublic())
                .isFalse();
        assertThat(read(statement("Allow", "{\"AWS\": \"FR\"}", "s3:GetObject", "*", ""))
                        .isPublic())
                .isFalse();
        assertThat(read(statement(
                                "Allow",
                                "\"*\"",
                                "s3:GetObject",
                                "*",
                                ", \"Condition\": {\"IpAddress\": {\"aws:SourceIp\": \"192.0.2.0/24\"}}"))
                        .isPublic())
                .isFalse();
    }
}
