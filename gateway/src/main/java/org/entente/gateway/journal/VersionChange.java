package org.entente.gateway.journal;

import java.util.Set;

/** What the end of a write does to the versions of its key. */
public sealed interface VersionChange {
    /** Nothing. */
    VersionChange NONE = new None();

    record None() implements VersionChange {}

    /** There is a new latest one, in the place of one of the same id if there is one. */
    record Added(Version version) implements VersionChange {}

    /**
     * One has been removed for good.
     *
     * @param at the sites that do not have it any more
     */
    record Removed(Version version, Set<String> at) implements VersionChange {
        public Removed {
            at = Set.copyOf(at);
        }
    }

    /** It is not known what has become of a change of any of them: what one site knows of each holds, and the others are told. */
    record Doubted(ObjectName name) implements VersionChange {}

    /**
     * What is known of one has changed.
     *
     * @param behind the sites that have not been told
     */
    record Amended(Version version, Set<String> behind) implements VersionChange {
        public Amended {
            behind = Set.copyOf(behind);
        }
    }
}
