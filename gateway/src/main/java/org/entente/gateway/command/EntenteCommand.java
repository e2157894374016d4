package org.entente.gateway.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code entente}: what there is to type. Exit codes: 0 all well, 1 findings or failure, 2 wrong words or bad configuration. */
@Command(
        name = "entente",
        description = "One S3 endpoint for an alliance's clouds.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            Serve.class,
            RoundTrip.class,
            EntenteCommand.Policy.class,
            EntenteCommand.Audit.class,
            EntenteCommand.Journal.class
        })
public final class EntenteCommand {

    @Command(
            name = "policy",
            description = "Look at policies without running anything.",
            mixinStandardHelpOptions = true,
            synopsisSubcommandLabel = "COMMAND",
            subcommands = {
                PolicyCheck.class,
                PolicyTest.class,
                PolicyExplain.class,
                PolicyDiff.class,
                PolicyStress.class,
                PolicySchema.class,
                PolicyReference.class
            })
    static final class Policy {}

    @Command(
            name = "audit",
            description = "Look at audit logs.",
            mixinStandardHelpOptions = true,
            synopsisSubcommandLabel = "COMMAND",
            subcommands = {AuditVerify.class})
    static final class Audit {}

    @Command(
            name = "journal",
            description = "The journal: the record of what is not the same at every site.",
            mixinStandardHelpOptions = true,
            synopsisSubcommandLabel = "COMMAND",
            subcommands = {JournalCheck.class, JournalRebuild.class})
    static final class Journal {}

    /** Runs the command and returns the program's exit code. */
    public static int run(String... words) {
        return new CommandLine(new EntenteCommand()).execute(words);
    }
}
