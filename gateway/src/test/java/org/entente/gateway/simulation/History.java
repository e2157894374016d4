package org.entente.gateway.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/** What clients did and were told, and what must be true of it. */
final class History {
    /** What reads of no object see. */
    static final String ABSENT = "";

    /** One operation of a client. */
    static final class Operation {
        private final boolean writes;
        private final String key;
        private String value;
        private final long start;
        private long end = Long.MAX_VALUE;
        private boolean succeeded;

        private Operation(boolean writes, String key, String value, long start) {
            this.writes = writes;
            this.key = key;
            this.value = value;
            this.start = start;
        }

        @Override
        public String toString() {
            return (writes ? "write " : "read ") + key + "=" + value + " [" + start + ".." + end + "] "
                    + (succeeded ? "ok" : "failed");
        }
    }

    private final List<Operation> operations = new ArrayList<>();

    Operation write(String key, String value, long now) {
        return begun(new Operation(true, key, value, now));
    }

    Operation read(String key, long now) {
        return begun(new Operation(false, key, ABSENT, now));
    }

    private Operation begun(Operation operation) {
        operations.add(operation);
        return operation;
    }

    void succeeded(Operation operation, String value, long now) {
        operation.value = value;
        operation.succeeded = true;
        operation.end = now;
    }

    /** It failed, or its gateway died: it may have been done, or not. */
    void failed(Operation operation, long now) {
        if (!operation.succeeded) {
            operation.end = Math.min(operation.end, now);
        }
    }

    /** Whether no write of a key is under way, or may still come to be. */
    boolean quiet(String key) {
        List<Operation> writes =
                operations.stream().filter(o -> o.writes && o.key.equals(key)).toList();
        return !writes.isEmpty()
                && writes.getLast().succeeded
                && writes.stream().allMatch(o -> o.end < Long.MAX_VALUE);
    }

    long successes() {
        return operations.stream().filter(o -> o.succeeded).count();
    }

    long size() {
        return operations.size();
    }

    List<Operation> of(String key) {
        return operations.stream().filter(o -> o.key.equals(key)).toList();
    }

    /** No read shows a state older than the last write that was acknowledged before it began. */
    void check() {
        operations.stream().filter(o -> !o.writes && o.succeeded).forEach(this::check);
    }

    private void check(Operation read) {
        boolean justified = read.value.equals(ABSENT) && !supersededBefore(read, -1);
        for (Operation write : operations) {
            if (write.writes
                    && write.key.equals(read.key)
                    && write.value.equals(read.value)
                    && write.start <= read.end
                    && !supersededBefore(read, write.end)) {
                justified = true;
            }
        }
        assertThat(justified)
                .as("%s sees what was overwritten before; history:%n%s", read, of(read.key))
                .isTrue();
    }

    /** Whether a write was acknowledged that began after this time, and had ended before the read began. */
    private boolean supersededBefore(Operation read, long ended) {
        return operations.stream()
                .anyMatch(w -> w.writes
                        && w.succeeded
                        && w.key.equals(read.key)
                        && !w.value.equals(read.value)
                        && w.start > ended
                        && w.end < read.start);
    }
}
