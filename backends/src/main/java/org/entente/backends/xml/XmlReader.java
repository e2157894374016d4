package org.entente.backends.xml;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads a document into elements. Namespaces are not looked at, as S3's servers and clients disagree about them. */
public final class XmlReader {
    private static final int MAX_DEPTH = 32;
    private static final XMLInputFactory FACTORY = factory();

    private XmlReader() {}

    /**
     * An element.
     *
     * @param text all character data directly in it
     */
    public record Element(String name, String text, List<Element> children) {
        public Optional<Element> child(String called) {
            return children.stream().filter(c -> c.name().equals(called)).findFirst();
        }

        public List<Element> children(String called) {
            return children.stream().filter(c -> c.name().equals(called)).toList();
        }

        public Optional<String> textOf(String child) {
            return child(child).map(Element::text);
        }
    }

    /** A document that is not well-formed, or makes use of what S3 documents never use. */
    public static final class MalformedXml extends Exception {
        MalformedXml(String message) {
            super(message, null, false, false);
        }
    }

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        return factory;
    }

    /** The root of the document that these bytes are. */
    public static Element read(byte[] document) throws MalformedXml {
        try {
            XMLStreamReader reader = FACTORY.createXMLStreamReader(new ByteArrayInputStream(document));
            while (reader.next() != XMLStreamConstants.START_ELEMENT) {
                if (reader.getEventType() == XMLStreamConstants.DTD) {
                    throw new MalformedXml("document type definitions are not allowed");
                }
            }
            Element root = element(reader, 1);
            while (reader.hasNext()) {
                reader.next();
            }
            return root;
        } catch (XMLStreamException | RuntimeException e) {
            // The JDK's reader throws unchecked exceptions for some broken input, too.
            throw new MalformedXml(String.valueOf(e.getMessage()));
        }
    }

    private static Element element(XMLStreamReader reader, int depth) throws XMLStreamException, MalformedXml {
        if (depth > MAX_DEPTH) {
            throw new MalformedXml("nested too deeply");
        }
        String name = reader.getLocalName();
        StringBuilder text = new StringBuilder();
        List<Element> children = new ArrayList<>();
        while (true) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> children.add(element(reader, depth + 1));
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text.append(reader.getText());
                case XMLStreamConstants.ENTITY_REFERENCE -> throw new MalformedXml("entities are not allowed");
                case XMLStreamConstants.END_ELEMENT -> {
                    return new Element(name, text.toString(), List.copyOf(children));
                }
                default -> {
                    // Comments and processing instructions say nothing to us.
                }
            }
        }
    }
}
