package org.entente.gateway.replication;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.Intent;
import org.entente.gateway.journal.Standing.Summary;
import org.entente.gateway.journal.Version;
import org.entente.gateway.journal.VersionChange;

/**
 * The version that a write has made, as the sites call it. What the sites did tells whether there is one, and not what is said of
 * the bucket: that may just be changing.
 *
 * @param id what clients call it; empty where there is none
 * @param ids what the sites call it
 * @param unnamed the sites that have taken the write and do not say what they call it
 */
record NewVersion(Optional<String> id, Map<String, String> ids, Set<String> unnamed) {
    static final NewVersion NONE = new NewVersion(Optional.empty(), Map.of(), Set.of());

    /** What a site calls a version, and clients are told in its place what we call it. */
    static final String HEADER = "x-amz-version-id";

    /** On answers about a version that marks a deletion. */
    static final String MARKER = "x-amz-delete-marker";

    static NewVersion of(JointWrite write, Map<String, Outcome> outcomes) {
        if (write.kind() != Intent.Kind.PUT && write.kind() != Intent.Kind.DELETE) {
            return NONE;
        }
        Map<String, String> said = new TreeMap<>();
        outcomes.forEach((site, outcome) -> {
            if (outcome instanceof Outcome.Applied applied) {
                said.put(site, applied.reply().headers().get(HEADER, ""));
            }
        });
        Map<String, String> kept = new TreeMap<>(said);
        kept.values().removeIf(id -> id.isEmpty() || id.equals(Version.NULL));
        if (!kept.isEmpty()) {
            Set<String> unnamed = new TreeSet<>(said.keySet());
            unnamed.removeAll(kept.keySet());
            boolean suspended = write.bucket().versioned() && !write.bucket().keepsVersions();
            return new NewVersion(
                    Optional.of(suspended ? Version.NULL : write.generation().text()), kept, unnamed);
        }
        return NONE;
    }

    /** What it is to be remembered as. */
    VersionChange change(JointWrite write, Summary what) {
        return id.<VersionChange>map(known -> new VersionChange.Added(new Version(
                        write.name(),
                        known,
                        write.shown().isNone() ? new Generation(what.etag()) : write.shown(),
                        write.kind() == Intent.Kind.DELETE,
                        what,
                        write.principal(),
                        ids)))
                .orElse(VersionChange.NONE);
    }

    /** Tells a client. */
    void tell(JointWrite write, HttpHeaders answer) {
        answer.remove(HEADER);
        answer.remove(MARKER);
        boolean marks = write.kind() == Intent.Kind.DELETE;
        // What is stored while versions are suspended is not called anything.
        id.filter(known -> marks || !known.equals(Version.NULL)).ifPresent(known -> {
            answer.set(HEADER, known);
            if (marks) {
                answer.set(MARKER, "true");
            }
        });
    }
}
