package org.entente.gateway.reload;

import java.time.Instant;

/**
 * A set of policies that was put in force.
 *
 * @param number counted from 1
 * @param author an operator's name, or {@code directory}
 * @param directory the digest of the directory's documents at that time
 * @param policies YAML
 * @param summary what it changed, for people
 */
public record Revision(
        long number, Instant applied, String author, Origin origin, String directory, String policies, String summary) {

    /** Where a set of policies came from. */
    public enum Origin {
        /** The directory's documents changed. */
        DIRECTORY,
        /** An operator put it through the API. */
        API,
        /** An operator put an older one in force again. */
        ROLLBACK
    }
}
