package org.entente.gateway.front;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.entente.backends.s3.S3Site;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.gateway.journal.Entry;
import org.entente.gateway.journal.Journal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.ResolvableType;
import reactor.core.publisher.Hooks;
import reactor.netty.ReactorNetty;

/** A gateway that serves. */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final int MOST_ENTRIES = 10_000;

    /** The profiles by which something is served by TLS, by what names the certificate's file. */
    private static final Map<String, String> CERTIFICATES =
            Map.of("ENTENTE_TLS_CERTIFICATE", "tls", "ENTENTE_OPERATOR_TLS_CERTIFICATE", "operators-tls");

    /** How browsers reach the console: where that is by TLS, they are to send its cookie by nothing else. */
    private static final String CONSOLE = "ENTENTE_CONSOLE_URL";

    private final ConfigurableApplicationContext context;

    private Gateway(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /**
     * Starts serving.
     *
     * @param environment the environment variables that secrets may be in
     * @param settings override those of {@code application.yaml}
     */
    public static Gateway start(
            ConfigDirectory directory, Function<String, Optional<String>> environment, Map<String, String> settings) {
        Hooks.onNextDropped(S3Site::letGo);
        Hooks.onErrorDropped(Gateway::dropped);
        oneEventLoopPerProcessor();
        String[] overrides = settings.entrySet().stream()
                .map(setting -> "--" + setting.getKey() + "=" + setting.getValue())
                .toArray(String[]::new);
        SpringApplicationBuilder application = new SpringApplicationBuilder(GatewayApplication.class);
        CERTIFICATES.forEach((certificate, profile) -> {
            if (environment.apply(certificate).isPresent() || settings.containsKey(certificate)) {
                application.profiles(profile);
            }
        });
        if (environment.apply(CONSOLE).filter(url -> url.startsWith("https:")).isPresent()) {
            application.properties("server.reactive.session.cookie.secure=true");
        }
        return new Gateway(application
                .listeners((ApplicationListener<ApplicationEnvironmentPreparedEvent>)
                        event -> makeDirectory(event.getEnvironment().getRequiredProperty("entente.data")))
                .initializers(starting -> register((GenericApplicationContext) starting, directory, environment))
                .run(overrides));
    }

    /** That a client breaks off when its request has been answered already is nobody's matter. */
    private static void dropped(Throwable error) {
        if (error instanceof ClientGone) {
            LOG.debug("{}: {}", error.getMessage(), String.valueOf(error.getCause()));
        } else {
            LOG.warn("something failed when nobody waited for it any more", error);
        }
    }

    /**
     * Reactor Netty's own choice is at least four: on fewer processors that is a body handed from thread to thread for nothing.
     */
    private static void oneEventLoopPerProcessor() {
        if (System.getProperty(ReactorNetty.IO_SELECT_COUNT) == null) {
            // A loop of its own, so that connections are taken whatever else is to be done: in a surge nobody would be
            // heard.
            System.setProperty(ReactorNetty.IO_SELECT_COUNT, "1");
        }
        if (System.getProperty(ReactorNetty.IO_WORKER_COUNT) == null) {
            System.setProperty(
                    ReactorNetty.IO_WORKER_COUNT,
                    String.valueOf(Runtime.getRuntime().availableProcessors()));
        }
    }

    private static void register(
            GenericApplicationContext context,
            ConfigDirectory directory,
            Function<String, Optional<String>> environment) {
        context.registerBean("directory", ConfigDirectory.class, () -> directory);
        RootBeanDefinition variables = new RootBeanDefinition();
        variables.setTargetType(ResolvableType.forClassWithGenerics(
                Function.class,
                ResolvableType.forClass(String.class),
                ResolvableType.forClassWithGenerics(Optional.class, String.class)));
        variables.setInstanceSupplier(() -> environment);
        context.registerBeanDefinition("environmentVariables", variables);
    }

    private static void makeDirectory(String directory) {
        try {
            Files.createDirectories(Path.of(directory));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the directory of the journal", e);
        }
    }

    /** Where S3 clients connect to. */
    public URI s3Address() {
        return address("server", "local.server.port");
    }

    /** Where operators connect to. */
    public URI operatorAddress() {
        return address("management.server", "local.management.port");
    }

    /** What is not the same everywhere at present. */
    public List<Entry> journal() {
        List<Entry> entries = context.getBean(Journal.class).all(MOST_ENTRIES).block();
        return entries == null ? List.of() : entries;
    }

    private URI address(String server, String port) {
        var environment = context.getEnvironment();
        return URI.create((environment.containsProperty(server + ".ssl.bundle") ? "https" : "http")
                + "://" + environment.getRequiredProperty(server + ".address")
                + ":" + environment.getRequiredProperty(port));
    }

    /** Finishes what is under way and stops. */
    @Override
    public void close() {
        context.close();
    }
}
