package org.entente.gateway.command;

import java.util.concurrent.Callable;
import org.entente.policy.parse.Reference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "reference",
        description = "Print the reference of the documents, in Markdown.",
        mixinStandardHelpOptions = true)
final class PolicyReference implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        if (spec == null) {
            throw new IllegalStateException("called without its arguments");
        }
        spec.commandLine().getOut().print(Reference.markdown());
        spec.commandLine().getOut().flush();
        return Exit.OK;
    }
}
