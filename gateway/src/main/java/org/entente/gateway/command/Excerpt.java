package org.entente.gateway.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.entente.policy.model.Position;

/** The line that a finding is about, with a mark below the place. */
final class Excerpt {
    private static final int WIDEST = 160;
    private static final String INDENT = "    ";

    private Excerpt() {}

    /** Two lines for people; empty when the file cannot be read or its line is too wide to be of help. */
    static Optional<String> of(Position place) {
        try {
            List<String> lines = Files.readAllLines(Path.of(place.file()));
            if (place.line() > lines.size()) {
                return Optional.empty();
            }
            String line = lines.get(place.line() - 1).replace('\t', ' ');
            return line.isBlank() || line.length() > WIDEST
                    ? Optional.empty()
                    : Optional.of(
                            INDENT + line + System.lineSeparator() + INDENT + " ".repeat(place.column() - 1) + "^");
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
