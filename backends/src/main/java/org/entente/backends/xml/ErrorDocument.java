package org.entente.backends.xml;

import java.util.Optional;

/**
 * What S3 says when it says no.
 *
 * @param code for programs
 * @param message for people
 */
public record ErrorDocument(String code, String message) {

    /** The error in these bytes, unless they are something else. */
    public static Optional<ErrorDocument> read(byte[] document) {
        try {
            XmlReader.Element root = XmlReader.read(document);
            return root.name().equals("Error")
                    ? root.textOf("Code")
                            .map(code -> new ErrorDocument(
                                    code.strip(),
                                    root.textOf("Message").orElse("").strip()))
                    : Optional.empty();
        } catch (XmlReader.MalformedXml e) {
            return Optional.empty();
        }
    }

    /** As a site's reply carries it. */
    public byte[] bytes() {
        return XmlWriter.bare("Error")
                .leaf("Code", code)
                .leaf("Message", message)
                .end("Error");
    }

    /**
     * As a client gets it.
     *
     * @param resource the path that was asked for
     */
    public byte[] bytes(String resource, String requestId) {
        return XmlWriter.bare("Error")
                .leaf("Code", code)
                .leaf("Message", message)
                .leaf("Resource", resource)
                .leaf("RequestId", requestId)
                .end("Error");
    }
}
