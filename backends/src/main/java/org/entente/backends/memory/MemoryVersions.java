package org.entente.backends.memory;

import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.NavigableMap;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlWriter;

/** All versions of a bucket in one page. */
final class MemoryVersions {
    private MemoryVersions() {}

    static byte[] of(S3Request request, NavigableMap<String, List<MemoryBucket.Version>> all) {
        String prefix = request.query().first("prefix").orElse("");
        boolean encoded = request.query().has("encoding-type");
        XmlWriter xml = XmlWriter.s3("ListVersionsResult")
                .leaf("Name", request.bucket())
                .leaf("Prefix", prefix)
                .leaf("IsTruncated", "false");
        if (encoded) {
            xml.leaf("EncodingType", "url");
        }
        all.tailMap(prefix, true).forEach((key, versions) -> {
            for (int i = 0; i < versions.size() && key.startsWith(prefix); i++) {
                write(xml, encoded ? Rfc3986.encodePath(key) : key, versions.get(i), i == 0);
            }
        });
        return xml.end("ListVersionsResult");
    }

    private static void write(XmlWriter xml, String key, MemoryBucket.Version version, boolean latest) {
        String name = version.object().isPresent() ? "Version" : "DeleteMarker";
        xml.open(name).leaf("Key", key).leaf("VersionId", version.id()).leaf("IsLatest", String.valueOf(latest));
        version.object()
                .ifPresent(object -> xml.leaf("LastModified", DateTimeFormatter.ISO_INSTANT.format(object.modified()))
                        .leaf("ETag", object.etag())
                        .leaf("Size", String.valueOf(object.bytes().length)));
        xml.close(name);
    }
}
