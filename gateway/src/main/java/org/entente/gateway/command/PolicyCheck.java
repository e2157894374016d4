package org.entente.gateway.command;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Finding;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "check",
        description = {
            "Print everything that is wrong or doubtful about the documents of a directory, each with its place.",
            "Exits with 1 when there is an error; warnings alone are none."
        },
        mixinStandardHelpOptions = true)
final class PolicyCheck implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Directory of *.yaml documents.")
    private Path directory = Path.of(".");

    @Mixin
    private Report report = new Report();

    private record Found(String severity, String file, int line, int column, String message) {}

    private record Summary(int sites, int policies, int principals, long errors, long warnings, List<Found> findings) {}

    @Override
    public Integer call() {
        ConfigDirectory.Checked checked = new ConfigDirectory(directory).check();
        Documents documents = checked.documents();
        long errors = checked.findings().stream().filter(Finding::isError).count();
        Summary summary = new Summary(
                documents.sites().size(),
                documents.policies().size(),
                documents.principals().size(),
                errors,
                checked.findings().size() - errors,
                checked.findings().stream().map(PolicyCheck::found).toList());
        if (report.asJson()) {
            report.json(summary);
        } else {
            print(checked.findings(), summary);
        }
        return errors == 0 ? Exit.OK : Exit.FINDINGS;
    }

    private static Found found(Finding finding) {
        return new Found(
                finding.severity().toString(),
                finding.at().file(),
                finding.at().line(),
                finding.at().column(),
                finding.message());
    }

    private void print(List<Finding> findings, Summary summary) {
        for (Finding finding : findings) {
            report.line(Report.styled(finding.isError() ? "red" : "yellow", finding.toString()));
            Excerpt.of(finding.at()).ifPresent(report::plain);
        }
        report.plain("%d sites, %d policies, %d principals; %d errors, %d warnings"
                .formatted(
                        summary.sites(),
                        summary.policies(),
                        summary.principals(),
                        summary.errors(),
                        summary.warnings()));
    }
}
