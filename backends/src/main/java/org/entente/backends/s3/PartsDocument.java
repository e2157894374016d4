package org.entente.backends.s3;

import java.util.List;
import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlReader.Element;
import org.entente.backends.xml.XmlWriter;

/** The list of parts that completes a multipart upload. */
final class PartsDocument {
    private PartsDocument() {}

    /** The same list, parts named by number and entity tag only; what is no such list comes back as it is. */
    static byte[] withoutChecksums(byte[] document) {
        try {
            XmlWriter written = XmlWriter.s3("CompleteMultipartUpload");
            for (Element part : XmlReader.read(document).children("Part")) {
                List<Element> kept = part.children().stream()
                        .filter(e -> !e.name().startsWith("Checksum"))
                        .toList();
                written.element(new Element(part.name(), "", kept));
            }
            return written.end("CompleteMultipartUpload");
        } catch (XmlReader.MalformedXml e) {
            return document;
        }
    }
}
