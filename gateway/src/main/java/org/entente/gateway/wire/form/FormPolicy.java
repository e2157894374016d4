package org.entente.gateway.wire.form;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.gateway.wire.body.BodyReader;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What may be posted, as who signed the form has it.
 *
 * @param expiration until when
 * @param conditions what must hold of the fields; every field must have one
 * @param range how many bytes the file may have
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html">the reference</a>
 */
record FormPolicy(Instant expiration, List<Condition> conditions, Range range) {
    private static final Set<String> FREE = Set.of("x-amz-signature", "file", "policy", "awsaccesskeyid", "signature");
    private static final String IGNORED = "x-ignore-";

    /** Of a field. */
    record Condition(String field, String text, boolean prefix) {
        boolean accepts(String value) {
            return prefix ? value.startsWith(text) : value.equals(text);
        }
    }

    /** In bytes, both included. */
    record Range(long least, long most) {
        static final Range ANY = new Range(0, BodyReader.LARGEST);
    }

    /** Of the field {@code policy}, in Base64. */
    static FormPolicy read(String encoded) {
        try {
            byte[] text = Base64.getMimeDecoder().decode(encoded);
            JsonNode root = JsonMapper.shared().readTree(new String(text, StandardCharsets.UTF_8));
            JsonNode conditions = root.path("conditions");
            if (!root.isObject() || !root.path("expiration").isString() || !conditions.isArray()) {
                throw malformed("it needs an expiration and conditions");
            }
            return read(instant(root.path("expiration").asString()), conditions);
        } catch (IllegalArgumentException | JacksonException e) {
            throw malformed("it is no JSON in Base64");
        }
    }

    private static FormPolicy read(Instant expiration, JsonNode conditions) {
        List<Condition> fields = new ArrayList<>();
        Range range = Range.ANY;
        for (JsonNode condition : conditions) {
            if (condition.isObject()) {
                if (condition.isEmpty()) {
                    throw malformed("a condition says nothing");
                }
                condition
                        .properties()
                        .forEach(property -> fields.add(new Condition(
                                property.getKey().toLowerCase(Locale.ROOT), text(property.getValue()), false)));
            } else if (condition.isArray() && condition.size() == 3) {
                String operator = text(condition.get(0)).toLowerCase(Locale.ROOT);
                if (operator.equals("content-length-range")) {
                    range = new Range(number(condition.get(1)), number(condition.get(2)));
                } else {
                    fields.add(compared(operator, text(condition.get(1)), text(condition.get(2))));
                }
            } else {
                throw malformed("a condition is neither an object nor a list of three");
            }
        }
        return new FormPolicy(expiration, List.copyOf(fields), range);
    }

    private static Condition compared(String operator, String field, String value) {
        if (!field.startsWith("$") || !Set.of("eq", "starts-with").contains(operator)) {
            throw malformed("a condition must be eq, starts-with or content-length-range");
        }
        return new Condition(field.substring(1).toLowerCase(Locale.ROOT), value, operator.equals("starts-with"));
    }

    private static String text(JsonNode node) {
        if (!node.isString()) {
            throw malformed("a text is wanted");
        }
        return node.asString();
    }

    private static long number(JsonNode node) {
        try {
            return new BigDecimal(node.asString("")).longValueExact();
        } catch (ArithmeticException | NumberFormatException e) {
            throw malformed("a number is wanted");
        }
    }

    private static Instant instant(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw malformed("its expiration is no date");
        }
    }

    private static S3Refusal malformed(String why) {
        return new S3Refusal(S3ErrorCode.INVALID_POLICY_DOCUMENT, "Invalid Policy: " + why + ".");
    }

    /** @throws S3Refusal when the fields are not what the policy says */
    void check(Form form, String bucket, Instant now) {
        if (now.isAfter(expiration)) {
            throw invalid("Policy expired.");
        }
        Set<String> spokenOf = new HashSet<>();
        for (Condition condition : conditions) {
            spokenOf.add(condition.field());
            String value = switch (condition.field()) {
                case "bucket" -> bucket;
                // What will be stored is compared, not what stands for it.
                case "key" -> form.key();
                default -> form.field(condition.field()).orElse("");
            };
            if (!condition.accepts(value)) {
                throw invalid("Policy Condition failed: " + condition.field());
            }
        }
        if (!spokenOf.contains("bucket")) {
            throw invalid("Extra input fields: bucket");
        }
        form.fields().keySet().stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .filter(name -> !spokenOf.contains(name) && !FREE.contains(name) && !name.startsWith(IGNORED))
                .findFirst()
                .ifPresent(name -> {
                    throw invalid("Extra input fields: " + name);
                });
    }

    private static S3Refusal invalid(String why) {
        return new S3Refusal(S3ErrorCode.ACCESS_DENIED, "Invalid according to Policy: " + why);
    }
}
