package org.entente.backends.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.entente.backends.xml.XmlReader;
import org.junit.jupiter.api.Test;

class PartsDocumentTest {
    @Test
    void partsAreNamedByNumberAndTagAlone() throws XmlReader.MalformedXml {
        String parts =
                "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><PartNumber>1</PartNumber>"
                        + "<ETag>\"a\"</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part></CompleteMultipartUpload>";
        XmlReader.Element part = XmlReader.read(PartsDocument.withoutChecksums(parts.getBytes(UTF_8)))
                .child("Part")
                .orElseThrow();
        assertThat(part.children()).extracting(XmlReader.Element::name).containsExactly("PartNumber", "ETag");
        assertThat(part.textOf("ETag")).contains("\"a\"");
    }

    @Test
    void whatIsNoListOfPartsIsLeftToTheSite() {
        byte[] other = "<".getBytes(UTF_8);
        assertThat(PartsDocument.withoutChecksums(other)).isEqualTo(other);
    }
}
