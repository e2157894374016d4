package org.entente.gateway.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.gateway.config.SnapshotMaker;
import org.entente.gateway.front.Gateway;
import org.entente.policy.model.Finding;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "serve", description = "Run the gateway.", mixinStandardHelpOptions = true)
final class Serve implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(Serve.class);
    private static final int BAD_CONFIGURATION = 2;

    @Option(names = "--config", required = true, paramLabel = "DIR", description = "Directory of *.yaml documents.")
    private @Nullable Path directory;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (directory == null || spec == null) {
            throw new IllegalStateException("called without its arguments");
        }
        PrintWriter err = spec.commandLine().getErr();
        Function<String, Optional<String>> environment = name -> Optional.ofNullable(System.getenv(name));
        ConfigDirectory config = new ConfigDirectory(directory);
        List<Finding> findings = SnapshotMaker.check(config.check(), environment);
        // Programs that read logs want lines of one kind.
        boolean forPrograms = environment
                .apply("ENTENTE_LOG_FORMAT")
                .filter(format -> !format.isEmpty())
                .isPresent();
        boolean unusable = findings.stream().anyMatch(Finding::isError);
        if (unusable || !forPrograms) {
            findings.forEach(err::println);
        }
        if (unusable) {
            err.println("The configuration has errors; the gateway does not start.");
            return BAD_CONFIGURATION;
        }
        Gateway gateway = Gateway.start(config, environment, Map.of());
        if (forPrograms) {
            findings.forEach(finding -> LOG.warn("{}", finding));
            LOG.info("S3 on {}, operators on {}", gateway.s3Address(), gateway.operatorAddress());
        } else {
            PrintWriter out = spec.commandLine().getOut();
            out.printf("entente: S3 on %s, operators on %s%n", gateway.s3Address(), gateway.operatorAddress());
            out.flush();
        }
        // Spring's own threads serve from here on; a signal ends them in good order, and the program with them.
        Thread.currentThread().join();
        return 0;
    }
}
