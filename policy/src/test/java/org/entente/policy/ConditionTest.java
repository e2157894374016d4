package org.entente.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import org.entente.policy.condition.Condition;
import org.entente.policy.condition.Facts;
import org.entente.policy.condition.Truth;
import org.entente.policy.model.Levels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What conditions can say, and what becomes of them when something is not known. */
class ConditionTest {
    private static final Facts ALL = new Facts(
            Optional.of(new Facts.Who("fr-logistics", "FR", "restricted")),
            Optional.of("PutObject"),
            Optional.of("fr-plans"),
            Optional.of("a/b"),
            Optional.of(new Facts.What("secret", Map.of("project", "x"))));

    private static Truth truth(String expression, Facts facts) throws Condition.Invalid {
        return Condition.compile(expression, Levels.DEFAULT).of(facts);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiterString = "->", textBlock = """
            principal.nation == 'FR' -> TRUE
            principal.name == 'us-analytics' -> FALSE
            level(principal.clearance) >= level('secret') -> FALSE
            level(label) >= level('confidential') -> TRUE
            operation == 'PutObject' && bucket == 'fr-plans' -> TRUE
            key.startsWith('a/') && key.matches('^.*b$') -> TRUE
            tags['project'] == 'x' -> TRUE
            tags['owner'] == 'x' -> UNKNOWN
            'owner' in tags -> FALSE
            tags.exists(t, tags[t] == 'x') -> TRUE
            level('sekret') > 0 -> UNKNOWN
            """)
    void aConditionIsOverPrincipalBucketKeyOperationTagsAndLabel(String expression, Truth expected)
            throws Condition.Invalid {
        assertThat(truth(expression, ALL)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiterString = "->", textBlock = """
            principal.nation == 'FR' -> UNKNOWN
            level(label) >= level('confidential') -> UNKNOWN
            tags.exists(t, tags[t] == 'x') -> UNKNOWN
            bucket == 'x' || key == 'y' || operation == 'z' -> UNKNOWN
            bucket == 'x' && 1 > 2 -> FALSE
            bucket == 'x' || 1 < 2 -> TRUE
            """)
    void whatIsNotKnownIsNeitherTrueNorFalse(String expression, Truth expected) throws Condition.Invalid {
        assertThat(truth(expression, Facts.NONE)).isEqualTo(expected);
    }

    @Test
    void anObjectWithoutALabelIsAtTheLowestLevel() throws Condition.Invalid {
        Facts plain = new Facts(
                ALL.principal(), ALL.operation(), ALL.bucket(), ALL.key(), Optional.of(new Facts.What("", Map.of())));
        assertThat(truth("level(label) == level('unclassified')", plain)).isEqualTo(Truth.TRUE);
    }

    @Test
    void aTextThatIsNoConditionSaysWhere() {
        assertThatThrownBy(() -> Condition.compile("principal.nashun == 'FR'", Levels.DEFAULT))
                .isInstanceOf(Condition.Invalid.class)
                .hasMessageContaining("character")
                .hasMessageContaining("principal");
        assertThatThrownBy(() -> Condition.compile("(".repeat(2000), Levels.DEFAULT))
                .isInstanceOf(Condition.Invalid.class);
    }
}
