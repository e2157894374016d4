package org.entente.gateway.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.gateway.config.Snapshot;
import org.entente.gateway.front.GatewayApplication;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.ResolvableType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "serve", description = "Run the gateway.", mixinStandardHelpOptions = true)
final class Serve implements Callable<Integer> {
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
        ConfigDirectory.Loaded loaded = new ConfigDirectory(directory)
                .load(name -> Optional.ofNullable(System.getenv(name)), Clock.systemUTC());
        loaded.findings().forEach(err::println);
        if (loaded.snapshot().isEmpty()) {
            err.println("The configuration has errors; the gateway does not start.");
            return BAD_CONFIGURATION;
        }
        ConfigurableApplicationContext gateway = start(loaded.snapshot().get());
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                "entente: S3 on %s:%s, operators on %s:%s%n",
                gateway.getEnvironment().getProperty("server.address"),
                gateway.getEnvironment().getProperty("local.server.port"),
                gateway.getEnvironment().getProperty("management.server.address"),
                gateway.getEnvironment().getProperty("local.management.port"));
        out.flush();
        // Spring's own threads serve from here on; a signal ends them in good order, and the program with them.
        Thread.currentThread().join();
        return 0;
    }

    /** Starts serving from a snapshot. */
    static ConfigurableApplicationContext start(Snapshot snapshot) {
        Supplier<Snapshot> current = () -> snapshot;
        return new SpringApplicationBuilder(GatewayApplication.class)
                .listeners((ApplicationListener<ApplicationEnvironmentPreparedEvent>)
                        event -> makeDirectory(event.getEnvironment().getRequiredProperty("entente.data")))
                .initializers(context -> register((GenericApplicationContext) context, current))
                .run();
    }

    private static void register(GenericApplicationContext context, Supplier<Snapshot> current) {
        var definition = new org.springframework.beans.factory.support.RootBeanDefinition();
        definition.setTargetType(ResolvableType.forClassWithGenerics(Supplier.class, Snapshot.class));
        definition.setInstanceSupplier(() -> current);
        context.registerBeanDefinition("snapshots", definition);
    }

    private static void makeDirectory(String directory) {
        try {
            Files.createDirectories(Path.of(directory));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the directory of the journal", e);
        }
    }
}
