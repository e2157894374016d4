package org.entente.gateway.command;

import java.util.concurrent.Callable;
import org.entente.policy.parse.Schema;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

@Command(
        name = "schema",
        description = {
            "Print the JSON Schema of the documents.",
            "Editors use it when a file begins with: # yaml-language-server: $$schema=entente-v1.schema.json"
        },
        mixinStandardHelpOptions = true)
final class PolicySchema implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        if (spec == null) {
            throw new IllegalStateException("called without its arguments");
        }
        JsonMapper json =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        spec.commandLine().getOut().println(json.writeValueAsString(Schema.ofDocuments()));
        return Exit.OK;
    }
}
