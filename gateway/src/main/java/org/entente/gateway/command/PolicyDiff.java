package org.entente.gateway.command;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.entente.gateway.reload.ChangeReport;
import org.entente.policy.foresight.Change;
import org.entente.policy.model.Documents;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "diff",
        description = {
            "Say what new documents change: whose fence is widened or narrowed, and which data would have to move.",
            "Exits with 1 when a fence is widened, so that somebody looks at it."
        },
        mixinStandardHelpOptions = true)
final class PolicyDiff implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "OLD", description = "Directory of the documents in force.")
    private Path old = Path.of(".");

    @Parameters(index = "1", paramLabel = "NEW", description = "Directory of the documents to come.")
    private Path young = Path.of(".");

    @Mixin
    private Report report = new Report();

    @Override
    public Integer call() {
        Optional<Documents> before = DocumentsToRead.in(old, report);
        Optional<Documents> after = DocumentsToRead.in(young, report);
        if (before.isEmpty() || after.isEmpty()) {
            return Exit.FINDINGS;
        }
        Change change = Change.of(before.get(), after.get());
        if (report.asJson()) {
            report.json(change);
        } else {
            ChangeReport.lines(change)
                    .forEach(line -> report.line(line.contains("WIDENED") ? Report.styled("bold,red", line) : line));
        }
        return change.widens() ? Exit.FINDINGS : Exit.OK;
    }
}
