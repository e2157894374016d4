package org.entente.gateway.federation;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlReader.Element;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;

/**
 * Which pages of other origins may use a bucket.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html">CORS configuration</a>
 */
record CorsRules(List<Rule> rules) {
    private static final int MOST = 100;
    private static final Set<String> METHODS = Set.of("GET", "PUT", "HEAD", "POST", "DELETE");

    /** @param maxAge in seconds, as it was written */
    record Rule(
            List<String> origins,
            List<String> methods,
            List<String> headers,
            List<String> exposed,
            Optional<String> maxAge) {

        boolean permits(String origin, String method, List<String> asked) {
            return origins.stream().anyMatch(pattern -> fits(pattern, origin))
                    && methods.contains(method)
                    && asked.stream()
                            .allMatch(header ->
                                    headers.stream().anyMatch(pattern -> fits(lower(pattern), lower(header))));
        }

        /** Whether it says so of every origin. */
        boolean isForAll() {
            return origins.contains("*");
        }

        /** With one asterisk at most. */
        private static boolean fits(String pattern, String text) {
            int star = pattern.indexOf('*');
            if (star < 0) {
                return pattern.equals(text);
            }
            return text.length() >= pattern.length() - 1
                    && text.startsWith(pattern.substring(0, star))
                    && text.endsWith(pattern.substring(star + 1));
        }

        private static String lower(String text) {
            return text.toLowerCase(Locale.ROOT);
        }
    }

    /** Of S3's document, or an {@link S3Refusal} when it would not be taken. */
    static CorsRules read(byte[] document) {
        try {
            Element root = XmlReader.read(document);
            List<Element> rules = root.children("CORSRule");
            if (!root.name().equals("CORSConfiguration") || rules.isEmpty() || rules.size() > MOST) {
                throw Refusals.malformedXml();
            }
            return new CorsRules(rules.stream().map(CorsRules::rule).toList());
        } catch (XmlReader.MalformedXml e) {
            throw Refusals.malformedXml();
        }
    }

    private static Rule rule(Element element) {
        Rule rule = new Rule(
                texts(element, "AllowedOrigin"),
                texts(element, "AllowedMethod"),
                texts(element, "AllowedHeader"),
                texts(element, "ExposeHeader"),
                element.textOf("MaxAgeSeconds").map(String::strip));
        if (rule.origins().isEmpty() || rule.methods().isEmpty()) {
            throw Refusals.malformedXml();
        }
        rule.methods().stream()
                .filter(method -> !METHODS.contains(method))
                .findFirst()
                .ifPresent(method -> {
                    throw new S3Refusal(
                            S3ErrorCode.INVALID_REQUEST,
                            "Found unsupported HTTP method in CORS config. Unsupported method is " + method);
                });
        checkAsterisks("AllowedOrigin", rule.origins());
        checkAsterisks("AllowedHeader", rule.headers());
        if (rule.maxAge().filter(age -> !age.matches("\\d{1,9}")).isPresent()) {
            throw Refusals.malformedXml();
        }
        return rule;
    }

    private static void checkAsterisks(String what, List<String> patterns) {
        for (String pattern : patterns) {
            if (pattern.indexOf('*') != pattern.lastIndexOf('*')) {
                throw new S3Refusal(
                        S3ErrorCode.INVALID_REQUEST,
                        what + " \"" + pattern + "\" can not have more than one wildcard.");
            }
        }
    }

    private static List<String> texts(Element rule, String name) {
        return rule.children(name).stream()
                .map(element -> element.text().strip())
                .toList();
    }

    /** The first rule that lets a page do this, if one does. */
    Optional<Rule> permitting(String origin, String method, List<String> headers) {
        return rules.stream()
                .filter(rule -> rule.permits(origin, method, headers))
                .findFirst();
    }
}
