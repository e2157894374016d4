package org.entente.gateway.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The lengths in bytes of the parts that an object was uploaded in, in their order. */
public record PartSizes(List<Long> sizes) {
    public PartSizes {
        sizes = List.copyOf(sizes);
        if (sizes.isEmpty()) {
            throw new IllegalArgumentException("an upload has a part");
        }
    }

    public long total() {
        return sizes.stream().mapToLong(Long::longValue).sum();
    }

    /** Runs of equal lengths, such as {@code 8388608x12,17}. */
    String text() {
        StringBuilder text = new StringBuilder();
        int from = 0;
        while (from < sizes.size()) {
            long size = sizes.get(from);
            int to = from;
            while (to < sizes.size() && sizes.get(to) == size) {
                to++;
            }
            text.append(text.isEmpty() ? "" : ",").append(size).append(to - from > 1 ? "x" + (to - from) : "");
            from = to;
        }
        return text.toString();
    }

    /** What {@link #text} wrote; empty for an empty text. */
    static Optional<PartSizes> parse(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        List<Long> sizes = new ArrayList<>();
        for (String run : text.split(",", -1)) {
            String[] both = run.split("x", 2);
            long size = Long.parseLong(both[0]);
            for (int i = both.length == 1 ? 1 : Integer.parseInt(both[1]); i > 0; i--) {
                sizes.add(size);
            }
        }
        return Optional.of(new PartSizes(sizes));
    }
}
