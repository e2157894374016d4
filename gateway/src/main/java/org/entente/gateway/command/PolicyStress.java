package org.entente.gateway.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.entente.policy.foresight.Loss;
import org.entente.policy.foresight.Stress;
import org.entente.policy.model.Documents;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "stress",
        description = {
            "Lose each provider, country and jurisdiction in turn, and say which objects stay readable and writable.",
            "Exits with 1 when a policy's 'require: {survive: [...]}' does not hold."
        },
        mixinStandardHelpOptions = true)
final class PolicyStress implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Directory of *.yaml documents.")
    private Path directory = Path.of(".");

    @Option(names = "--pairs", description = "Lose any two of them at once, too.")
    private boolean pairs;

    @Mixin
    private Report report = new Report();

    @Override
    public Integer call() {
        Optional<Documents> documents = DocumentsToRead.in(directory, report);
        if (documents.isEmpty()) {
            return Exit.FINDINGS;
        }
        Stress stress = Stress.of(documents.get(), pairs);
        if (report.asJson()) {
            report.json(stress);
        } else {
            print(stress);
        }
        return stress.broken().isEmpty() ? Exit.OK : Exit.FINDINGS;
    }

    private void print(Stress stress) {
        Table members = new Table(List.of("objects", "policy", "held by", "a write needs"));
        stress.rows()
                .forEach(row -> members.add(List.of(
                        row.name(),
                        row.policy(),
                        String.join(", ", row.members()),
                        row.acknowledge() + (row.acknowledge() == 1 ? " site" : " sites"))));
        members.lines().forEach(report::plain);
        report.plain("");
        Table outcomes = new Table(List.of("losing", "takes away", "objects", "which are then"));
        for (int i = 0; i < stress.losses().size(); i++) {
            Loss loss = stress.losses().get(i);
            String cause = loss.toString();
            String sites = String.join(", ", loss.sites());
            for (Stress.Row row : stress.rows()) {
                Stress.Outcome outcome = row.outcomes().get(i);
                outcomes.add(List.of(cause, sites, row.name(), word(outcome)));
                cause = "";
                sites = "";
            }
        }
        outcomes.lines().forEach(line -> report.line(coloured(line)));
        if (!stress.complete()) {
            report.plain("The policies tell more kinds of objects apart than could be looked at; some are missing.");
        }
        stress.broken().forEach(finding -> report.line(Report.styled("red", finding.toString())));
    }

    private static String word(Stress.Outcome outcome) {
        String word = Stress.word(outcome);
        return outcome == Stress.Outcome.SURVIVES ? word : word.toUpperCase(Locale.ROOT);
    }

    private static String coloured(String line) {
        boolean lost = line.endsWith("LOST") || line.endsWith("LOST, NEW OBJECTS ONLY");
        return lost ? Report.styled("red", line) : line;
    }

    /** Columns as wide as their widest entry. */
    record Table(List<String> heads, List<List<String>> rows) {
        Table(List<String> heads) {
            this(heads, new ArrayList<>());
        }

        void add(List<String> row) {
            rows.add(row);
        }

        List<String> lines() {
            List<String> lines = new ArrayList<>();
            lines.add(line(heads));
            rows.forEach(row -> lines.add(line(row)));
            return lines;
        }

        private String line(List<String> row) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                int column = i;
                int width = rows.stream()
                        .mapToInt(r -> r.get(column).length())
                        .max()
                        .orElse(0);
                width = Math.max(width, heads.get(i).length());
                line.append(row.get(i)).repeat(" ", width - row.get(i).length() + 2);
            }
            return line.toString().stripTrailing();
        }
    }
}
