package org.entente.gateway.sites;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlReader;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.policy.condition.Facts;
import org.entente.policy.model.Classification;
import org.entente.policy.model.Level;
import org.entente.policy.model.Levels;

/** Reads what requests and answers say of an object that policies ask for: its label and its tags. */
public record ObjectFacts(Classification.Spec classification) {
    private static final String TAGGING = "x-amz-tagging";

    /** Of a request that stores an object with all that is to be known of it. */
    public Facts.What stored(HttpHeaders headers) {
        Map<String, String> tags = new HashMap<>();
        try {
            Query.parse(headers.get(TAGGING, "")).parameters().forEach(tag -> tags.put(tag.name(), tag.value()));
        } catch (IllegalArgumentException e) {
            throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "The header x-amz-tagging cannot be read.");
        }
        return what(label(headers), tags);
    }

    /** The label that metadata in a request or an answer bear; empty when they bear none. */
    public Optional<String> label(HttpHeaders headers) {
        return Optional.ofNullable(headers.get("x-amz-meta-" + classification.metadata()))
                .map(label -> label.strip().toLowerCase(Locale.ROOT))
                .filter(label -> !label.isEmpty());
    }

    /** @param label that of the metadata; a tag's counts, too, and the higher of the two holds */
    public Facts.What what(Optional<String> label, Map<String, String> tags) {
        Optional<String> tagged =
                Optional.ofNullable(tags.get(classification.tag())).map(word -> word.toLowerCase(Locale.ROOT));
        String higher = label.filter(word -> tagged.isEmpty() || rank(word) >= rank(tagged.get()))
                .or(() -> tagged)
                .orElse("");
        return new Facts.What(higher, tags);
    }

    /** What is no level is above all, so that it is never hidden by one that is. */
    private int rank(String word) {
        Levels levels = classification.order();
        return levels.order().stream()
                .filter(level -> level.word().equals(word))
                .findFirst()
                .map((Level level) -> levels.rank(level))
                .orElse(Integer.MAX_VALUE);
    }

    /** The tags of S3's {@code Tagging} document. */
    public static Map<String, String> tags(byte[] document) {
        try {
            XmlReader.Element root = XmlReader.read(document);
            Map<String, String> tags = new HashMap<>();
            root.child("TagSet")
                    .orElseThrow(Refusals::malformedXml)
                    .children("Tag")
                    .forEach(tag -> tags.put(
                            tag.textOf("Key").orElseThrow(Refusals::malformedXml),
                            tag.textOf("Value").orElse("")));
            return tags;
        } catch (XmlReader.MalformedXml e) {
            throw Refusals.malformedXml();
        }
    }

    /** As the header {@code x-amz-tagging} has them. */
    public static String encoded(Map<String, String> tags) {
        return tags.entrySet().stream()
                .map(tag -> Rfc3986.encode(tag.getKey()) + "=" + Rfc3986.encode(tag.getValue()))
                .collect(Collectors.joining("&"));
    }
}
