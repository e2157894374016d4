package org.entente.backends.uri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class Rfc3986Test {
    /** All of Unicode but lone surrogates, which are no text. */
    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.integers()
                .between(0, Character.MAX_CODE_POINT)
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .list()
                .ofMaxSize(20)
                .map(points -> points.stream()
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString());
    }

    @Property
    void whatIsEncodedCanBeDecoded(@ForAll("texts") String text) {
        assertThat(Rfc3986.decode(Rfc3986.encode(text))).isEqualTo(text);
        assertThat(Rfc3986.decode(Rfc3986.encodePath(text))).isEqualTo(text);
    }

    @Property
    void anEncodedPathIsNormalAlready(@ForAll("texts") String text) {
        String encoded = Rfc3986.encodePath(text);
        assertThat(encoded).matches("[A-Za-z0-9._~/%-]*");
        assertThat(Rfc3986.normalisePath(encoded)).isEqualTo(encoded);
    }

    @Property
    void aQueryKeepsItsParameters(@ForAll("texts") String name, @ForAll("texts") String value) {
        Query query = Query.of("a" + name, value, "b", "");
        assertThat(Query.parse(query.encoded())).isEqualTo(query);
    }

    @Test
    void anEncodedSlashStaysOne() {
        assertThat(Rfc3986.normalisePath("/a%2fb/c")).isEqualTo("/a%2Fb/c");
        assertThat(Rfc3986.normalisePath("/%41(")).isEqualTo("/A%28");
    }

    @Test
    void brokenEncodingIsRefused() {
        for (String broken : List.of("%", "%4", "%zz", "%ff", "%C3%28")) {
            assertThatThrownBy(() -> Rfc3986.decode(broken)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
