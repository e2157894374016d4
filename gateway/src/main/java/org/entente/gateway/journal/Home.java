package org.entente.gateway.journal;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where a bucket's objects are and should be.
 *
 * @param holding the sites that all have the same where the journal says nothing; the preferred one first
 * @param wanted the sites that a write should reach
 */
public record Home(List<String> holding, List<String> wanted) {

    /** How far a bucket has come on its way to other sites. */
    public enum Phase {
        /** All gateways are learning of it. */
        PREPARING,
        /** Writes go to the members and to those to come, which are given all other objects one by one. */
        GATHERING,
        /** All have everything; the gateways are learning to read at those to come. */
        SWITCHING;

        static Phase of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Home {
        holding = List.copyOf(holding);
        wanted = List.copyOf(wanted);
    }

    /** Of a bucket that stays where it is. */
    public static Home at(List<String> members) {
        return new Home(members, members);
    }

    /** Of a bucket on its way. */
    public static Home between(List<String> members, List<String> coming, Phase phase) {
        Set<String> both = new LinkedHashSet<>(members);
        both.addAll(coming);
        return new Home(phase == Phase.SWITCHING ? coming : members, List.copyOf(both));
    }

    /** As a bucket's record has it. */
    static Home of(String members, String coming, String phase) {
        return phase.isEmpty() ? at(names(members)) : between(names(members), names(coming), Phase.of(phase));
    }

    /** Names of sites, separated by commas. */
    public static List<String> names(String list) {
        return list.isEmpty() ? List.of() : Arrays.asList(list.split(",", -1));
    }

    /** All that may hold something of it. */
    public Set<String> sites() {
        Set<String> all = new TreeSet<>(holding);
        all.addAll(wanted);
        return all;
    }
}
