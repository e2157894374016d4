package org.entente.gateway.reload;

import java.util.ArrayList;
import java.util.List;
import org.entente.policy.foresight.Change;

/** Says what new policies change, the same way in the command, in the API and in the history. */
public final class ChangeReport {
    private ChangeReport() {}

    /** For people, a line each. */
    public static List<String> lines(Change change) {
        if (change.rows().isEmpty()) {
            return List.of("No object may be sent, or has to move, anywhere else than before.");
        }
        return change.rows().stream().flatMap(row -> row(row).stream()).toList();
    }

    private static List<String> row(Change.Row row) {
        List<String> lines = new ArrayList<>(List.of(row.name()));
        switch (row.ruled()) {
            case NEWLY -> lines.add("  NEWLY RULED: requests for these were refused before");
            case NO_MORE -> lines.add("  no policy speaks of these any more: requests for them are refused");
            case STILL -> {}
        }
        add(lines, "FENCE WIDENED: may be sent to ", row.widened());
        add(lines, "fence narrowed: may not be sent to ", row.narrowed());
        if (!row.before().equals(row.after())) {
            lines.add("  held by " + list(row.after()) + " instead of " + list(row.before()));
        }
        add(lines, "data to bring to ", row.movedTo());
        add(lines, "data to remove from ", row.movedFrom());
        return lines;
    }

    private static void add(List<String> lines, String what, List<String> sites) {
        if (!sites.isEmpty()) {
            lines.add("  " + what + list(sites));
        }
    }

    private static String list(List<String> sites) {
        return sites.isEmpty() ? "nobody" : String.join(", ", sites);
    }
}
