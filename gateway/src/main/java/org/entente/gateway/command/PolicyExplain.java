package org.entente.gateway.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.policy.decide.Decision;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Question;
import org.entente.policy.decide.Refusal;
import org.entente.policy.decide.Verdict;
import org.entente.policy.model.Action;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Principal;
import org.entente.policy.parse.Suggestion;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "explain",
        description = {
            "Say what would be decided, and which rule in which line permits or forbids each site.",
            "Exits with 0 when it is permitted somewhere, with 1 when it is refused."
        },
        mixinStandardHelpOptions = true)
final class PolicyExplain implements Callable<Integer> {
    private static final int REFUSED = 1;

    @Parameters(paramLabel = "DIR", description = "Directory of *.yaml documents.")
    private @Nullable Path directory;

    @Option(names = "--principal", required = true, description = "Who asks.")
    private String principal = "";

    @Option(names = "--bucket", required = true, description = "For which bucket.")
    private String bucket = "";

    @Option(names = "--key", description = "For which key; without it, the bucket as a whole is meant.")
    private @Nullable String key;

    @Option(
            names = "--action",
            defaultValue = "write",
            description = "What for: read, write, list or manage (default: ${DEFAULT-VALUE}).")
    private String action = "";

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        if (directory == null || spec == null) {
            throw new IllegalStateException("called without its arguments");
        }
        CommandLine command = spec.commandLine();
        ConfigDirectory.Checked checked = new ConfigDirectory(directory).check();
        if (!checked.usable()) {
            checked.findings().stream().filter(Finding::isError).forEach(command.getErr()::println);
            return REFUSED;
        }
        Question question =
                new Question(principal(command, checked), action(command), bucket, Optional.ofNullable(key));
        Decision decision = new PolicyEngine(checked.documents()).decide(question);
        return print(decision, command.getOut());
    }

    private Principal principal(CommandLine command, ConfigDirectory.Checked checked) {
        List<Principal> principals = checked.documents().principals();
        List<String> names = principals.stream().map(p -> p.name().value()).toList();
        return principals.stream()
                .filter(p -> p.name().value().equals(principal))
                .findFirst()
                .orElseThrow(() -> new CommandLine.ParameterException(
                        command, "unknown principal '" + principal + "'" + Suggestion.among(names, principal)));
    }

    private Action action(CommandLine command) {
        for (Action known : Action.values()) {
            if (known.toString().equals(action)) {
                return known;
            }
        }
        throw new CommandLine.ParameterException(
                command, "unknown action '" + action + "'; known: read, write, list, manage");
    }

    private static int print(Decision decision, PrintWriter out) {
        return switch (decision) {
            case Refusal refusal -> {
                out.println("refused: " + refusal.reason());
                yield REFUSED;
            }
            case Placement placement -> {
                printPlacement(placement, out);
                yield placement.order().isEmpty() ? REFUSED : CommandLine.ExitCode.OK;
            }
        };
    }

    private static void printPlacement(Placement placement, PrintWriter out) {
        String policy =
                placement.policy().name() + " (" + placement.policy().name().at() + ")";
        if (placement.order().isEmpty()) {
            out.println("refused: no site is permitted; placement would come from policy " + policy);
        } else {
            List<String> order =
                    placement.order().stream().map(v -> v.site().name().value()).toList();
            out.println("permitted, placed by policy " + policy + ": " + String.join(", then ", order));
        }
        for (Verdict verdict : placement.verdicts()) {
            out.println("  " + verdict.site().name() + (verdict.permitted() ? " is permitted" : " is forbidden"));
            verdict.reasons().forEach(reason -> out.println("    " + reason));
        }
    }
}
