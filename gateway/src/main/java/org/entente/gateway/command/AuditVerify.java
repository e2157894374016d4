package org.entente.gateway.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.entente.gateway.audit.Verification;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "verify",
        description = {
            "Find out whether an audit log is as it was written.",
            "Exits with 1 when a line was changed, removed or put in. A last line that was cut off by the death of its",
            "writer is reported, and no fault."
        },
        mixinStandardHelpOptions = true)
final class AuditVerify implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The log.")
    private Path file = Path.of("audit.jsonl");

    @Option(
            names = "--head",
            paramLabel = "HASH",
            description = "A hash noted earlier that must be there: shows that nothing before it was cut off.")
    private @Nullable String head;

    @Mixin
    private Report report = new Report();

    @Override
    public Integer call() {
        Verification found;
        try {
            found = Verification.of(file, Optional.ofNullable(head));
        } catch (IOException e) {
            report.err().println(file + " cannot be read: " + e.getMessage());
            return Exit.USAGE;
        }
        if (report.asJson()) {
            report.json(found);
        } else {
            print(found);
        }
        return found.intact() ? Exit.OK : Exit.FINDINGS;
    }

    private void print(Verification found) {
        found.broken().forEach(problem -> report.line(Report.styled("red", file + ": " + problem)));
        found.torn().forEach(notice -> report.line(Report.styled("yellow", file + ": " + notice)));
        if (!found.containsHead()) {
            report.line(Report.styled("red", file + ": no line has the hash " + head));
        }
        report.plain((found.intact() ? "intact" : "NOT INTACT") + ": " + found.records()
                + " records, the last is number " + found.lastNumber() + " with hash " + found.lastHash());
    }
}
