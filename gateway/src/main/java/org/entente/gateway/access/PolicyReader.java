package org.entente.gateway.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.entente.gateway.access.Operator.Test;
import org.entente.gateway.access.Principals.Named;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the policy of a bucket. What could not be kept as it is meant is an error: it must never be weaker than it reads. */
public final class PolicyReader {
    private static final int LONGEST = 20 << 10;
    private static final Set<String> VERSIONS = Set.of("2008-10-17", "2012-10-17");
    private static final Set<String> PARTS = Set.of("Version", "Id", "Statement");
    private static final Set<String> PARTS_OF_STATEMENT = Set.of(
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition");
    private static final Pattern ARN = Pattern.compile("arn:aws:iam::([A-Za-z0-9-]*):(root|user/(.+))");
    private static final String RESOURCE = "arn:aws:s3:::";

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** A policy that cannot be kept; the message says why. */
    public static final class Malformed extends Exception {
        Malformed(String message) {
            super(message, null, false, false);
        }
    }

    private final String bucket;
    private final Predicate<Named> known;

    private PolicyReader(String bucket, Predicate<Named> known) {
        this.bucket = bucket;
        this.known = known;
    }

    /** Reads one that was found good when it was put. */
    public static BucketPolicy kept(String bucket, String text) {
        try {
            return new PolicyReader(bucket, named -> true).read(text);
        } catch (Malformed e) {
            throw new IllegalStateException("the policy of bucket " + bucket + " cannot be read", e);
        }
    }

    /**
     * Reads one that somebody wants to put.
     *
     * @param people names of principals
     * @param nations codes of those that have some
     */
    public static BucketPolicy read(String bucket, String text, Set<String> people, Set<String> nations)
            throws Malformed {
        return new PolicyReader(bucket, named -> switch (named) {
                    case Named.Everybody everybody -> true;
                    case Named.Nation nation -> nations.contains(nation.code());
                    case Named.One one -> people.contains(one.name());
                })
                .read(text);
    }

    private BucketPolicy read(String text) throws Malformed {
        if (text.length() > LONGEST) {
            throw new Malformed("Policies must be no longer than 20 KiB");
        }
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JacksonException e) {
            throw new Malformed("This policy contains invalid Json");
        }
        only(root, PARTS);
        JsonNode version = root.get("Version");
        if (version != null && !VERSIONS.contains(version.asString(""))) {
            throw new Malformed("The policy's Version must be one of "
                    + VERSIONS.stream().sorted().toList());
        }
        List<Statement> statements = new ArrayList<>();
        for (JsonNode statement : list(root.get("Statement"))) {
            statements.add(statement(statement));
        }
        if (statements.isEmpty()) {
            throw new Malformed("Missing required field Statement");
        }
        return new BucketPolicy(statements);
    }

    private Statement statement(JsonNode node) throws Malformed {
        only(node, PARTS_OF_STATEMENT);
        String effect = Optional.ofNullable(node.get("Effect"))
                .map(word -> word.asString(""))
                .orElse("");
        if (!effect.equals("Allow") && !effect.equals("Deny")) {
            throw new Malformed("Invalid effect: '" + effect + "'");
        }
        boolean allows = effect.equals("Allow");
        if (allows && node.has("NotPrincipal")) {
            throw new Malformed("NotPrincipal is for Deny only");
        }
        return new Statement(
                allows,
                principals(either(node, "Principal")),
                actions(either(node, "Action")),
                resources(either(node, "Resource")),
                conditions(node.get("Condition")));
    }

    /** @param but whether all others are meant */
    private record Either(JsonNode value, boolean but) {}

    /** A part that a statement has, or the denial of it. */
    private static Either either(JsonNode statement, String name) throws Malformed {
        JsonNode these = statement.get(name);
        JsonNode others = statement.get("Not" + name);
        if (these != null && others == null) {
            return new Either(these, false);
        }
        if (others != null && these == null) {
            return new Either(others, true);
        }
        throw new Malformed("A statement has " + name + " or Not" + name);
    }

    private Principals principals(Either either) throws Malformed {
        JsonNode node = either.value();
        List<String> written;
        if (node.isObject()) {
            only(node, Set.of("AWS"));
            written = texts(node.get("AWS"));
        } else {
            written = texts(node);
            if (!written.equals(List.of("*"))) {
                throw new Malformed("Invalid principal in policy");
            }
        }
        List<Named> named = new ArrayList<>();
        for (String one : written) {
            named.add(named(one));
        }
        Principals principals = new Principals(named, either.but());
        if (named.isEmpty() || !principals.unknown(known).isEmpty()) {
            throw new Malformed("Invalid principal in policy: nobody knows " + principals.unknown(known));
        }
        return principals;
    }

    private static Named named(String text) throws Malformed {
        if (text.equals("*")) {
            return new Named.Everybody();
        }
        Matcher arn = ARN.matcher(text);
        if (arn.matches()) {
            String user = arn.group(3);
            return user == null ? new Named.Nation(arn.group(1)) : new Named.One(arn.group(1), user);
        }
        if (text.matches("[A-Z]{2}")) {
            return new Named.Nation(text);
        }
        throw new Malformed("Invalid principal in policy: " + text);
    }

    private static Statement.Patterns actions(Either either) throws Malformed {
        List<String> texts = texts(either.value());
        for (String text : texts) {
            if (!text.equals("*") && !text.toLowerCase(Locale.ROOT).startsWith("s3:")) {
                throw new Malformed("Policy has invalid action: " + text);
            }
        }
        return patterns(texts, either.but(), false);
    }

    private Statement.Patterns resources(Either either) throws Malformed {
        List<String> texts = texts(either.value());
        for (String text : texts) {
            String path = text.startsWith(RESOURCE) ? text.substring(RESOURCE.length()) : "";
            int slash = path.indexOf('/');
            if (!text.equals("*")
                    && !Wildcard.of(slash < 0 ? path : path.substring(0, slash), true)
                            .matches(bucket)) {
                throw new Malformed("Policy has invalid resource: " + text);
            }
        }
        return patterns(texts, either.but(), true);
    }

    private static Statement.Patterns patterns(List<String> texts, boolean but, boolean caseMatters) throws Malformed {
        if (texts.isEmpty()) {
            throw new Malformed("A statement needs an action and a resource");
        }
        return new Statement.Patterns(
                texts.stream().map(text -> Wildcard.of(text, caseMatters)).toList(), but);
    }

    private static List<Condition> conditions(@Nullable JsonNode node) throws Malformed {
        List<Condition> conditions = new ArrayList<>();
        if (node == null) {
            return conditions;
        }
        if (!node.isObject()) {
            throw new Malformed("Condition must be an object");
        }
        for (var operator : node.properties()) {
            if (!operator.getValue().isObject()) {
                throw new Malformed("The condition " + operator.getKey() + " must be an object");
            }
            for (var key : operator.getValue().properties()) {
                conditions.add(condition(operator.getKey(), key.getKey(), texts(key.getValue())));
            }
        }
        return conditions;
    }

    private static Condition condition(String written, String key, List<String> values) throws Malformed {
        Condition.Quantifier quantifier = written.startsWith("ForAllValues:")
                ? Condition.Quantifier.ALL
                : written.startsWith("ForAnyValue:") ? Condition.Quantifier.ANY : Condition.Quantifier.NONE;
        String name = written.substring(written.indexOf(':') + 1);
        boolean ifExists = name.endsWith("IfExists");
        String bare = ifExists ? name.substring(0, name.length() - "IfExists".length()) : name;
        Operator operator =
                Operator.named(bare).orElseThrow(() -> new Malformed("Invalid Condition type : " + written));
        if (!ConditionKeys.contain(key.toLowerCase(Locale.ROOT))) {
            throw new Malformed("Policy has an invalid condition key: " + key);
        }
        List<Test> tests = new ArrayList<>();
        for (String value : values) {
            try {
                tests.add(operator.test().apply(value));
            } catch (IllegalArgumentException e) {
                throw new Malformed("Invalid value in the condition " + written + ": " + value);
            }
        }
        return new Condition(key.toLowerCase(Locale.ROOT), quantifier, operator.negated(), ifExists, tests);
    }

    private static void only(@Nullable JsonNode node, Set<String> names) throws Malformed {
        if (node == null || !node.isObject()) {
            throw new Malformed("Policies must be valid JSON objects");
        }
        String others = node.propertyStream()
                .map(property -> property.getKey())
                .filter(name -> !names.contains(name))
                .collect(Collectors.joining(", "));
        if (!others.isEmpty()) {
            throw new Malformed("Unknown field " + others);
        }
    }

    private static List<JsonNode> list(@Nullable JsonNode node) {
        if (node == null) {
            return List.of();
        }
        return node.isArray() ? List.copyOf(node.values()) : List.of(node);
    }

    private static List<String> texts(@Nullable JsonNode node) throws Malformed {
        List<String> texts = new ArrayList<>();
        for (JsonNode one : list(node)) {
            if (one.isObject() || one.isArray() || one.isNull()) {
                throw new Malformed("A text, or a list of them, is wanted");
            }
            if (one.asString().contains("${")) {
                throw new Malformed("Variables are not there: " + one.asString());
            }
            texts.add(one.asString());
        }
        return Stream.of(texts).flatMap(List::stream).toList();
    }
}
