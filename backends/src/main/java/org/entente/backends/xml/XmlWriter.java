package org.entente.backends.xml;

import java.nio.charset.StandardCharsets;

/** Writes a document, element by element. */
public final class XmlWriter {
    private final StringBuilder text = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");

    /** Begins a document of S3's namespace. */
    public static XmlWriter s3(String root) {
        XmlWriter writer = new XmlWriter();
        writer.text.append('<').append(root).append(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        return writer;
    }

    /** Begins a document without a namespace, as S3's errors are. */
    public static XmlWriter bare(String root) {
        return new XmlWriter().open(root);
    }

    public XmlWriter open(String name) {
        text.append('<').append(name).append('>');
        return this;
    }

    public XmlWriter close(String name) {
        text.append("</").append(name).append('>');
        return this;
    }

    public XmlWriter leaf(String name, String value) {
        return open(name).text(value).close(name);
    }

    public XmlWriter text(String value) {
        value.codePoints().forEach(this::escape);
        return this;
    }

    /** Adds what is a document's part already. */
    public XmlWriter element(XmlReader.Element element) {
        open(element.name()).text(element.text());
        element.children().forEach(this::element);
        return close(element.name());
    }

    private void escape(int c) {
        switch (c) {
            case '<' -> text.append("&lt;");
            case '>' -> text.append("&gt;");
            case '&' -> text.append("&amp;");
            case '"' -> text.append("&quot;");
            case '\t', '\n' -> text.appendCodePoint(c);
            default -> {
                // A key may hold characters that XML cannot; S3 writes a reference all the same.
                if (c < 0x20 || c == 0xFFFE || c == 0xFFFF) {
                    text.append("&#x").append(Integer.toHexString(c)).append(';');
                } else {
                    text.appendCodePoint(c);
                }
            }
        }
    }

    /** Ends the document. */
    public byte[] end(String root) {
        close(root);
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
