package org.entente.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.entente.policy.model.Glob;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class GlobTest {
    @Test
    void oneStarStopsAtASlashAndTwoDoNot() {
        assertThat(Glob.parse("fr-*").matches("fr-plans")).isTrue();
        assertThat(Glob.parse("a/*").matches("a/b/c")).isFalse();
        assertThat(Glob.parse("a/**").matches("a/b/c")).isTrue();
        assertThat(Glob.parse("a/?").matches("a/b")).isTrue();
        assertThat(Glob.parse("a?b").matches("a/b")).isFalse();
        assertThat(Glob.parse("**").matchesEverything()).isTrue();
    }

    @Test
    void aHostilePatternTakesNoLongerThanAnyOther() {
        Glob hostile = Glob.parse("*a".repeat(500));
        String text = "a".repeat(1000) + "b";
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> assertThat(hostile.matches(text)).isFalse());
    }

    @Provide
    Arbitrary<String> patterns() {
        return Arbitraries.strings().withChars("ab/*?").ofMinLength(1).ofMaxLength(8);
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withChars("ab/").ofMaxLength(8);
    }

    @Property
    void matchingIsWhatTheSameRegularExpressionSays(@ForAll("patterns") String pattern, @ForAll("texts") String text) {
        String regex = pattern.replaceAll("\\*{2,}", "#")
                .replace("*", "[^/]*")
                .replace("?", "[^/]")
                .replace("#", ".*");
        assertThat(Glob.parse(pattern).matches(text)).isEqualTo(Pattern.matches(regex, text));
    }

    @Property
    void patternsThatShareATextOverlap(
            @ForAll("patterns") String a, @ForAll("patterns") String b, @ForAll("texts") String text) {
        Glob one = Glob.parse(a);
        Glob other = Glob.parse(b);
        if (one.matches(text) && other.matches(text)) {
            assertThat(one.overlaps(other)).isTrue();
        }
        assertThat(one.overlaps(other)).isEqualTo(other.overlaps(one));
    }

    @Test
    void patternsThatShareNoTextDoNotOverlap() {
        assertThat(Glob.parse("fr-*").overlaps(Glob.parse("de-*"))).isFalse();
        assertThat(Glob.parse("a*").overlaps(Glob.parse("*b"))).isTrue();
        assertThat(Glob.parse("a/*").overlaps(Glob.parse("a/b/c"))).isFalse();
        assertThat(Glob.parse("a?").overlaps(Glob.parse("a"))).isFalse();
    }
}
