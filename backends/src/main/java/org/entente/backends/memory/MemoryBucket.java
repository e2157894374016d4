package org.entente.backends.memory;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What one bucket holds, the versions of its objects included where it keeps them. */
final class MemoryBucket {
    /** What S3 calls the version that was made while none were kept. */
    static final String NULL = "null";

    /** Whether versions are kept. */
    enum Versioning {
        NEVER,
        ENABLED,
        SUSPENDED
    }

    /** @param object none where it marks a deletion */
    record Version(String id, Optional<StoredObject> object) {}

    record Upload(String key, HttpHeaders headers, SortedMap<Integer, StoredObject> parts) {}

    private final NavigableMap<String, StoredObject> objects = new TreeMap<>(StoredObject.KEY_ORDER);

    /** The latest first. */
    private final NavigableMap<String, List<Version>> versions = new TreeMap<>(StoredObject.KEY_ORDER);

    private final Map<String, Upload> uploads = new LinkedHashMap<>();
    private Versioning versioning = Versioning.NEVER;
    private int made;

    NavigableMap<String, StoredObject> objects() {
        return objects;
    }

    Map<String, Upload> uploads() {
        return uploads;
    }

    Versioning versioning() {
        return versioning;
    }

    void become(Versioning next) {
        if (versioning == Versioning.NEVER) {
            objects.forEach((key, object) ->
                    versions.put(key, new ArrayList<>(List.of(new Version(NULL, Optional.of(object))))));
        }
        versioning = next;
    }

    boolean isEmpty() {
        return objects.isEmpty() && versions.isEmpty();
    }

    /** Stores an object; says what its version is called, where there are any. */
    Optional<String> put(String key, StoredObject object) {
        objects.put(key, object);
        return added(key, Optional.of(object));
    }

    /** Leaves no object; says what the marker is called, where there are versions. */
    Optional<String> delete(String key) {
        objects.remove(key);
        return added(key, Optional.empty());
    }

    private Optional<String> added(String key, Optional<StoredObject> object) {
        if (versioning == Versioning.NEVER) {
            return Optional.empty();
        }
        String id = versioning == Versioning.ENABLED ? "own-" + ++made : NULL;
        List<Version> all = versions.computeIfAbsent(key, none -> new ArrayList<>());
        all.removeIf(version -> version.id().equals(id));
        all.addFirst(new Version(id, object));
        return Optional.of(id);
    }

    /** The versions of a key, the latest first. */
    List<Version> versions(String key) {
        return versions.getOrDefault(key, List.of());
    }

    NavigableMap<String, List<Version>> versions() {
        return Collections.unmodifiableNavigableMap(versions);
    }

    Optional<Version> version(String key, String id) {
        return versions(key).stream().filter(version -> version.id().equals(id)).findFirst();
    }

    /** Removes a version for good: the one before it is the object again. */
    void purge(String key, String id) {
        List<Version> all = versions.get(key);
        if (all == null) {
            return;
        }
        all.removeIf(version -> version.id().equals(id));
        if (all.isEmpty()) {
            versions.remove(key);
        }
        objects.remove(key);
        versions(key).stream().findFirst().flatMap(Version::object).ifPresent(object -> objects.put(key, object));
    }
}
