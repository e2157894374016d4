package org.entente.gateway.wire.form;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlReader;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;

/**
 * An upload by HTML form, but for its file.
 *
 * @param fields those before the file, by names in which case does not matter
 * @param filename as the browser calls the file
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html">POST forms</a>
 */
public record Form(SortedMap<String, String> fields, String filename) {
    private static final Set<String> HEADERS = Set.of(
            "cache-control",
            "content-disposition",
            "content-encoding",
            "content-language",
            "content-md5",
            "content-type",
            "expires");

    /** Of fields that look like headers, what is about the signature. */
    private static final Set<String> OF_SIGNATURE =
            Set.of("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-security-token");

    public Form {
        SortedMap<String, String> sorted = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        sorted.putAll(fields);
        fields = Collections.unmodifiableSortedMap(sorted);
    }

    public Optional<String> field(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    String required(String name) {
        return field(name)
                .orElseThrow(() -> new S3Refusal(
                        S3ErrorCode.INVALID_ARGUMENT, "Bucket POST must contain a field named '" + name + "'."));
    }

    /** The object's, with the name of the file where it is asked for. */
    public String key() {
        String key = required("key").replace("${filename}", filename);
        if (key.isEmpty()) {
            throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "User key must have a length greater than 0.");
        }
        return key;
    }

    /**
     * As if the object were put by itself.
     *
     * @param length of the file, in bytes
     */
    public HttpHeaders headers(long length) {
        HttpHeaders headers = new DefaultHttpHeaders();
        fields.forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (HEADERS.contains(lower) || (lower.startsWith("x-amz-") && !OF_SIGNATURE.contains(lower))) {
                set(headers, lower, value);
            }
        });
        field("acl").ifPresent(acl -> set(headers, "x-amz-acl", acl));
        field("tagging").ifPresent(tagging -> set(headers, "x-amz-tagging", tags(tagging)));
        return headers.set(HttpHeaderNames.CONTENT_LENGTH, length);
    }

    private static void set(HttpHeaders headers, String name, String value) {
        try {
            // Headers are bytes, each a char of their own.
            byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            headers.set(name, new String(bytes, StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException e) {
            throw new S3Refusal(S3ErrorCode.INVALID_ARGUMENT, "The field " + name + " could be no header.");
        }
    }

    private static String tags(String document) {
        try {
            StringBuilder query = new StringBuilder();
            XmlReader.read(document.getBytes(StandardCharsets.UTF_8))
                    .child("TagSet")
                    .orElseThrow(Refusals::malformedXml)
                    .children("Tag")
                    .forEach(tag -> query.append(query.isEmpty() ? "" : "&")
                            .append(Rfc3986.encode(tag.textOf("Key").orElseThrow(Refusals::malformedXml)))
                            .append('=')
                            .append(Rfc3986.encode(tag.textOf("Value").orElse(""))));
            return query.toString();
        } catch (XmlReader.MalformedXml e) {
            throw Refusals.malformedXml();
        }
    }
}
