package org.entente.backends.memory;

import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeSet;
import org.entente.backends.Operation;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlWriter;

/** One page of a listing, in the order of the keys. */
final class MemoryListing {
    private static final int LARGEST_PAGE = 1000;

    private final S3Request request;
    private final boolean second;
    private final String prefix;
    private final String delimiter;
    private final int size;
    private final String after;
    private final List<Map.Entry<String, StoredObject>> objects = new ArrayList<>();
    private final TreeSet<String> prefixes = new TreeSet<>(StoredObject.KEY_ORDER);
    private String last = "";
    private boolean truncated;

    private MemoryListing(S3Request request) {
        this.request = request;
        this.second = request.operation() == Operation.LIST_OBJECTS_V2;
        this.prefix = parameter("prefix");
        this.delimiter = parameter("delimiter");
        this.size = Math.min(
                LARGEST_PAGE,
                request.query().first("max-keys").map(Integer::valueOf).orElse(LARGEST_PAGE));
        this.after = second
                ? request.query().first("continuation-token").orElse(parameter("start-after"))
                : parameter("marker");
    }

    static byte[] of(S3Request request, NavigableMap<String, StoredObject> all) {
        MemoryListing listing = new MemoryListing(request);
        listing.collect(all);
        return listing.write();
    }

    private String parameter(String name) {
        return request.query().first(name).orElse("");
    }

    private void collect(NavigableMap<String, StoredObject> all) {
        for (Map.Entry<String, StoredObject> entry : all.tailMap(prefix, true).entrySet()) {
            String key = entry.getKey();
            if (!key.startsWith(prefix)) {
                break;
            }
            Optional<String> group = group(key);
            boolean seen = notAfter(key) || group.filter(this::notAfter).isPresent();
            if (seen || group.filter(prefixes::contains).isPresent()) {
                continue;
            }
            if (objects.size() + prefixes.size() == size) {
                truncated = size > 0;
                return;
            }
            last = group.orElse(key);
            group.ifPresentOrElse(prefixes::add, () -> objects.add(entry));
        }
    }

    private boolean notAfter(String text) {
        return StoredObject.KEY_ORDER.compare(text, after) <= 0;
    }

    private Optional<String> group(String key) {
        int end = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
        return end < 0 ? Optional.empty() : Optional.of(key.substring(0, end + delimiter.length()));
    }

    private byte[] write() {
        XmlWriter xml = XmlWriter.s3("ListBucketResult")
                .leaf("Name", request.bucket())
                .leaf("Prefix", written(prefix))
                .leaf("MaxKeys", String.valueOf(size))
                .leaf("Delimiter", written(delimiter))
                .leaf("IsTruncated", String.valueOf(truncated));
        request.query().first("encoding-type").ifPresent(type -> xml.leaf("EncodingType", type));
        if (second) {
            xml.leaf("KeyCount", String.valueOf(objects.size() + prefixes.size()));
        }
        if (truncated) {
            xml.leaf(second ? "NextContinuationToken" : "NextMarker", second ? last : written(last));
        }
        for (Map.Entry<String, StoredObject> object : objects) {
            xml.open("Contents")
                    .leaf("Key", written(object.getKey()))
                    .leaf(
                            "LastModified",
                            DateTimeFormatter.ISO_INSTANT.format(
                                    object.getValue().modified()))
                    .leaf("ETag", object.getValue().etag())
                    .leaf("Size", String.valueOf(object.getValue().bytes().length))
                    .leaf("StorageClass", "STANDARD")
                    .close("Contents");
        }
        for (String common : prefixes) {
            xml.open("CommonPrefixes").leaf("Prefix", written(common)).close("CommonPrefixes");
        }
        return xml.end("ListBucketResult");
    }

    private String written(String text) {
        return request.query().first("encoding-type").isPresent() ? Rfc3986.encodePath(text) : text;
    }
}
