package org.entente.gateway.replication;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.entente.gateway.catalogue.Bucket;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.error.Refusals;
import org.entente.gateway.journal.Claim;
import org.entente.gateway.journal.Generation;
import org.entente.gateway.journal.Standing.Known;
import org.entente.gateway.journal.Standing.Summary;
import org.entente.gateway.journal.Version;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.replication.Replication.Task;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Before a key's first version is made, the object that is there already becomes one: the version called null.
 */
record FirstVersion(Versions versions, Catalogue catalogue) {
    /**
     * To be asked while the key is claimed, before anything is done at a site.
     *
     * @return the sites that lack a version, and still will when they have one more
     */
    Mono<Set<String>> prepared(Task task, Claim claim) {
        // Since the task was planned, its bucket may have begun to keep versions.
        return catalogue
                .find(task.bucket().name())
                .flatMap(found -> found.filter(Bucket::versioned)
                        .map(bucket -> readied(task, bucket, claim))
                        .orElseGet(() -> Mono.just(Set.of())));
    }

    private Mono<Set<String>> readied(Task task, Bucket bucket, Claim claim) {
        Set<String> lacking = new TreeSet<>(claim.before() instanceof Known known ? known.owed() : Set.of());
        return versions.of(task.name()).flatMap(all -> {
            if (all.isEmpty()) {
                return begun(task, claim, lacking)
                        .map(sites -> bucket.keepsVersions()
                                ? sites
                                : Set.copyOf(task.home().wanted()));
            }
            lacking.addAll(Versions.lacking(all, task.home().wanted()));
            if (!bucket.keepsVersions()) {
                // The version called null is about to be replaced, and lies at the sites still.
                all.stream()
                        .filter(version -> version.id().equals(Version.NULL))
                        .forEach(version -> lacking.addAll(version.ids().keySet()));
            }
            return Mono.just(lacking);
        });
    }

    private Mono<Set<String>> begun(Task task, Claim claim, Set<String> owed) {
        if (claim.before() instanceof Known known && !known.exists()) {
            return Mono.just(owed);
        }
        Set<String> holders =
                claim.before() instanceof Known known && !known.holders().isEmpty()
                        ? known.holders()
                        : new TreeSet<>(task.home().holding());
        return Flux.fromIterable(holders)
                .flatMap(site -> Mono.justOrEmpty(task.placement().retrievingFrom(site)))
                .flatMap(permit ->
                        Look.at(task.terms().sites(), permit).map(look -> Map.entry(JointWrite.site(permit), look)))
                .collectMap(Map.Entry::getKey, Map.Entry::getValue)
                .flatMap(looks -> {
                    List<Look.Holds> shown = looks.values().stream()
                            .filter(Look.Holds.class::isInstance)
                            .map(Look.Holds.class::cast)
                            .toList();
                    if (shown.isEmpty()) {
                        return looks.values().stream().anyMatch(Look.Absent.class::isInstance)
                                ? Mono.just(owed)
                                : Mono.error(Refusals.unavailable());
                    }
                    Generation generation = Look.shown(shown.getFirst().head());
                    Map<String, String> ids = new TreeMap<>();
                    looks.forEach((site, look) -> {
                        if (look instanceof Look.Holds holds
                                && Look.shown(holds.head()).equals(generation)) {
                            ids.put(site, holds.head().get(NewVersion.HEADER, Version.NULL));
                        }
                    });
                    Set<String> lacking = new TreeSet<>(task.home().wanted());
                    lacking.removeAll(ids.keySet());
                    lacking.addAll(owed);
                    Summary what = Summaries.of(
                            shown.getFirst().head(),
                            claim.before() instanceof Known known ? known.what().parts() : Optional.empty());
                    return versions.begin(new Version(
                                    task.name(),
                                    Version.NULL,
                                    generation,
                                    false,
                                    what,
                                    task.bucket().owner(),
                                    ids))
                            .thenReturn(lacking);
                });
    }
}
