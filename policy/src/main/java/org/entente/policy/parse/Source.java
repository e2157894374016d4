package org.entente.policy.parse;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Position;

/**
 * The text of one file.
 *
 * @param file its name, as findings will show it
 * @param text its content
 */
public record Source(String file, String text) {

    /** All that could be read, and what could not. */
    public record Sources(List<Source> readable, List<Finding> findings) {}

    /** Reads every {@code *.yaml} of a directory, in the order of their names. Never throws for what it finds there. */
    public static Sources in(Path directory) {
        List<Source> sources = new ArrayList<>();
        List<Finding> findings = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(f -> f.getFileName().toString().endsWith(".yaml"))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList()) {
                try {
                    sources.add(new Source(file.toString(), Files.readString(file)));
                } catch (IOException e) {
                    findings.add(unreadable(file, e));
                }
            }
        } catch (IOException e) {
            findings.add(unreadable(directory, e));
        }
        if (sources.isEmpty() && findings.isEmpty()) {
            findings.add(Finding.error(start(directory), "no *.yaml file in this directory"));
        }
        return new Sources(sources, findings);
    }

    private static Finding unreadable(Path path, IOException e) {
        String why = switch (e) {
            case NoSuchFileException missing -> "there is no such file or directory";
            case CharacterCodingException binary -> "not UTF-8 text";
            default -> "cannot be read: " + e.getMessage();
        };
        return Finding.error(start(path), why);
    }

    private static Position start(Path path) {
        return new Position(path.toString(), 1, 1);
    }
}
