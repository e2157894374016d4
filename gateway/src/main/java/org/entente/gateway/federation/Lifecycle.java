package org.entente.gateway.federation;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlReader.Element;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;

/**
 * What is wrong with a lifecycle configuration whatever site it is for; the rest is found by the sites.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html">the reference</a>
 */
final class Lifecycle {
    private static final int MOST = 1000;
    private static final int LONGEST_ID = 255;
    private static final Pattern RULE = Pattern.compile("<Rule\\s*>");
    private static final Set<String> REMOVING = Set.of("Expiration", "NoncurrentVersionExpiration");
    private static final Set<String> STATES = Set.of("Enabled", "Disabled");

    private Lifecycle() {}

    /** @throws S3Refusal when S3 would not take it */
    static void check(byte[] document) {
        List<Element> rules = rules(document);
        Set<String> ids = new HashSet<>();
        for (Element rule : rules) {
            rule.textOf("ID").filter(id -> !id.isEmpty()).ifPresent(id -> {
                if (id.length() > LONGEST_ID) {
                    throw new S3Refusal(
                            S3ErrorCode.INVALID_ARGUMENT, "ID length should not exceed allowed limit of " + LONGEST_ID);
                }
                if (!ids.add(id)) {
                    throw new S3Refusal(
                            S3ErrorCode.INVALID_ARGUMENT,
                            "Rule ID must be unique. Found same ID for more than one rule");
                }
            });
            if (!STATES.contains(rule.textOf("Status").map(String::strip).orElse(""))) {
                throw Refusals.malformedXml();
            }
            rule.children().forEach(action -> action.textOf("Date").ifPresent(Lifecycle::checkDate));
        }
    }

    /**
     * Where versions are kept at several sites, a rule by which each site removes some by itself would leave nobody who knows
     * which there are.
     *
     * @throws S3Refusal when it has such rules
     */
    static void checkKeepsVersions(byte[] document) {
        try {
            boolean removes = XmlReader.read(document).children("Rule").stream()
                    .anyMatch(rule -> REMOVING.stream()
                            .anyMatch(action -> rule.child(action).isPresent()));
            if (removes) {
                throw new S3Refusal(
                        S3ErrorCode.NOT_IMPLEMENTED,
                        "Rules that remove objects are not there for buckets that keep versions at several sites.");
            }
        } catch (XmlReader.MalformedXml e) {
            throw Refusals.malformedXml();
        }
    }

    private static List<Element> rules(byte[] document) {
        try {
            Element root = XmlReader.read(document);
            List<Element> rules = root.children("Rule");
            if (!root.name().equals("LifecycleConfiguration") || rules.isEmpty() || rules.size() > MOST) {
                throw Refusals.malformedXml();
            }
            return rules;
        } catch (XmlReader.MalformedXml e) {
            throw Refusals.malformedXml();
        }
    }

    /**
     * With a name for each rule that has none, as S3 gives one.
     *
     * @param document one that was {@linkplain #check checked}
     */
    static String named(byte[] document) {
        String text = new String(document, UTF_8);
        List<Element> rules = rules(document);
        if (RULE.matcher(text).results().count() != rules.size()) {
            // Written in a way that we would have to guess at: it does without.
            return text;
        }
        Iterator<Element> next = rules.iterator();
        return RULE.matcher(text)
                .replaceAll(start ->
                        next.next().textOf("ID").filter(id -> !id.isEmpty()).isPresent()
                                ? "$0"
                                : "$0<ID>" + UUID.randomUUID() + "</ID>");
    }

    private static void checkDate(String text) {
        try {
            String date = text.strip();
            Instant at = date.length() == 10
                    ? LocalDate.parse(date).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : OffsetDateTime.parse(date).toInstant();
            if (at.equals(at.truncatedTo(ChronoUnit.DAYS))) {
                return;
            }
        } catch (DateTimeException e) {
            throw Refusals.malformedXml();
        }
        throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "'Date' must be at midnight GMT");
    }
}
