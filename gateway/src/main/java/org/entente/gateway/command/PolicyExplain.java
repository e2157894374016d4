package org.entente.gateway.command;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Explanation;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Question;
import org.entente.policy.model.Action;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Principal;
import org.entente.policy.parse.Suggestion;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
        name = "explain",
        description = {
            "Say what would be decided, and which rule in which line permits or forbids each site.",
            "Exits with 0 when it is permitted somewhere, with 1 when it is refused."
        },
        mixinStandardHelpOptions = true)
final class PolicyExplain implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Directory of *.yaml documents.")
    private Path directory = Path.of(".");

    @Option(names = "--principal", required = true, paramLabel = "NAME", description = "Who asks.")
    private String principal = "";

    @Option(names = "--bucket", required = true, paramLabel = "NAME", description = "For which bucket.")
    private String bucket = "";

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "For which key; without it, the bucket as a whole is meant.")
    private @Nullable String key;

    @Option(
            names = "--action",
            defaultValue = "write",
            paramLabel = "ACTION",
            description = "What for: read, write, list or manage (default: ${DEFAULT-VALUE}).")
    private String action = "";

    @Option(
            names = "--operation",
            paramLabel = "NAME",
            description = "S3's name of the operation, such as PutObject, for conditions that ask for it.")
    private @Nullable String operation;

    @Option(names = "--label", defaultValue = "", paramLabel = "LEVEL", description = "The object's label.")
    private String label = "";

    @Option(names = "--tag", paramLabel = "NAME=VALUE", description = "A tag of the object; may be repeated.")
    private Map<String, String> tags = Map.of();

    @Option(names = "--dark", paramLabel = "SITE", description = "A site that cannot be reached; may be repeated.")
    private List<String> dark = List.of();

    @Mixin
    private Report report = new Report();

    @Override
    public Integer call() {
        Optional<Documents> documents = DocumentsToRead.in(directory, report);
        if (documents.isEmpty()) {
            return Exit.FINDINGS;
        }
        Question question = new Question(
                principal(documents.get()),
                action(),
                Optional.ofNullable(operation),
                bucket,
                Optional.ofNullable(key),
                Optional.of(new Facts.What(label, tags)));
        checkSites(documents.get());
        Explanation explanation =
                Explanation.of(PolicyEngine.compile(documents.get()).decide(question), new HashSet<>(dark));
        if (report.asJson()) {
            report.json(explanation);
        } else {
            print(explanation);
        }
        return explanation.permitted() ? Exit.OK : Exit.FINDINGS;
    }

    private Principal principal(Documents documents) {
        List<String> names =
                documents.principals().stream().map(p -> p.name().value()).toList();
        return documents.principals().stream()
                .filter(p -> p.name().value().equals(principal))
                .findFirst()
                .orElseThrow(() -> unknown("principal", principal, names));
    }

    private void checkSites(Documents documents) {
        List<String> names =
                documents.sites().stream().map(s -> s.name().value()).toList();
        dark.stream().filter(site -> !names.contains(site)).findFirst().ifPresent(site -> {
            throw unknown("site", site, names);
        });
    }

    private Action action() {
        for (Action known : Action.values()) {
            if (known.toString().equals(action)) {
                return known;
            }
        }
        throw unknown("action", action, List.of("read", "write", "list", "manage"));
    }

    private ParameterException unknown(String what, String name, List<String> known) {
        return new ParameterException(
                report.spec().commandLine(), "unknown " + what + " '" + name + "'" + Suggestion.among(known, name));
    }

    private void print(Explanation explanation) {
        String by = explanation
                .policy()
                .map(policy -> "policy " + policy.name() + " (" + policy.at() + ")")
                .orElse("");
        if (explanation.permitted()) {
            report.line(Report.styled("green", "permitted") + ", placed by " + by + ": "
                    + String.join(", then ", explanation.targets()));
        } else {
            report.line(Report.styled("red", "refused") + ": "
                    + explanation.why().orElse("") + (by.isEmpty() ? "" : "; placement would come from " + by));
        }
        explanation.sites().forEach(site -> {
            report.plain("  " + site.site() + (site.permitted() ? " is permitted" : " is forbidden"));
            site.reasons().forEach(reason -> report.plain("    " + reason));
        });
    }
}
