package org.entente.gateway.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Finding;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "check",
        description = "Print everything that is wrong with the documents of a directory, each with its place.",
        mixinStandardHelpOptions = true)
final class PolicyCheck implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Directory of *.yaml documents.")
    private @Nullable Path directory;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        if (directory == null || spec == null) {
            throw new IllegalStateException("called without its arguments");
        }
        PrintWriter out = spec.commandLine().getOut();
        ConfigDirectory.Checked checked = new ConfigDirectory(directory).check();
        for (Finding finding : checked.findings()) {
            out.println(finding);
            Excerpt.of(finding.at()).ifPresent(out::println);
        }
        Documents documents = checked.documents();
        long errors = checked.findings().stream().filter(Finding::isError).count();
        out.printf(
                "%d sites, %d policies, %d principals; %d errors, %d warnings%n",
                documents.sites().size(),
                documents.policies().size(),
                documents.principals().size(),
                errors,
                checked.findings().size() - errors);
        return errors == 0 ? CommandLine.ExitCode.OK : 1;
    }
}
