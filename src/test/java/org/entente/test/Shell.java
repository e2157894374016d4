package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.entente.sandbox.SandboxSite;

/** Commands as a user types them. */
final class Shell {
    private static final int PATIENCE_MINUTES = 5;

    /** What a command said and how it ended. */
    record Result(int exit, String output) {}

    private Shell() {}

    /** Whether there is such a program; where clients are required, it must be there. */
    static boolean isInstalled(String program) {
        return "required".equals(System.getenv("ENTENTE_CLIENTS"))
                || Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    /** Skips, out loud, what cannot be tried without something; where clients are required, that it is missing is a failure. */
    static void need(Class<?> test, boolean there, String what) {
        if ("required".equals(System.getenv("ENTENTE_CLIENTS"))) {
            assertThat(there).as(what).isTrue();
        }
        if (!there) {
            System.out.println(test.getSimpleName() + ": SKIPPED, there is no " + what);
        }
        assumeThat(there).as(what).isTrue();
    }

    /** The launcher, with ports of its own. */
    static Result entente(String... words) throws IOException, InterruptedException {
        String[] command = new String[words.length + 1];
        command[0] = "./entente";
        System.arraycopy(words, 0, command, 1, words.length);
        Map<String, String> ports = Map.of(
                "ENTENTE_S3_PORT", String.valueOf(SandboxSite.freePort()),
                "ENTENTE_OPERATOR_PORT", String.valueOf(SandboxSite.freePort()));
        return run(ports, command);
    }

    static Result run(Map<String, String> environment, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("shell", ".out");
        ProcessBuilder builder = new ProcessBuilder(List.of(command))
                .directory(Repository.root().toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError("no end of " + List.of(command) + ":\n" + Files.readString(output));
        }
        String said = Files.readString(output, StandardCharsets.UTF_8);
        Files.delete(output);
        return new Result(process.exitValue(), said);
    }
}
