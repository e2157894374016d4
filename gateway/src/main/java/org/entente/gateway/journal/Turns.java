package org.entente.gateway.journal;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Who may go on with a key, in the order of asking. */
final class Turns {
    /** One who asked. */
    final class Turn {
        private final ObjectName name;
        private final Sinks.Empty<Void> ready = Sinks.empty();

        private Turn(ObjectName name) {
            this.name = name;
        }

        /** Completes when it is this one's turn. */
        Mono<Void> ready() {
            return ready.asMono();
        }

        /** Lets the next one go on, or ceases to wait. */
        void give() {
            Turn next = next(this);
            if (next != null) {
                next.ready.tryEmitEmpty();
            }
        }
    }

    /** Who goes on first, and those behind it. */
    private final Map<ObjectName, Queue<Turn>> lines = new HashMap<>();

    /** Asks for a turn, which must be given back. */
    Turn ask(ObjectName name) {
        Turn turn = new Turn(name);
        if (isFirst(turn)) {
            turn.ready.tryEmitEmpty();
        }
        return turn;
    }

    /** The turn of one who does not wait. */
    Turn none() {
        return new Turn(new ObjectName("", ""));
    }

    private synchronized boolean isFirst(Turn turn) {
        Queue<Turn> line = lines.computeIfAbsent(turn.name, name -> new ArrayDeque<>());
        line.add(turn);
        return line.size() == 1;
    }

    private synchronized @Nullable Turn next(Turn ended) {
        Queue<Turn> line = lines.get(ended.name);
        if (line == null) {
            return null;
        }
        Turn first = line.peek();
        if (!line.remove(ended)) {
            return null;
        }
        if (line.isEmpty()) {
            lines.remove(ended.name);
        }
        Turn now = line.peek();
        return now != null && !now.equals(first) ? now : null;
    }
}
