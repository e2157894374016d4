package org.entente.gateway.front;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.entente.gateway.config.Snapshot;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.ResolvableType;

/** A gateway that serves. */
public final class Gateway implements AutoCloseable {
    private final ConfigurableApplicationContext context;

    private Gateway(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /**
     * Starts serving.
     *
     * @param settings override those of {@code application.yaml}
     */
    public static Gateway start(Snapshot snapshot, Map<String, String> settings) {
        String[] overrides = settings.entrySet().stream()
                .map(setting -> "--" + setting.getKey() + "=" + setting.getValue())
                .toArray(String[]::new);
        return new Gateway(new SpringApplicationBuilder(GatewayApplication.class)
                .listeners((ApplicationListener<ApplicationEnvironmentPreparedEvent>)
                        event -> makeDirectory(event.getEnvironment().getRequiredProperty("entente.data")))
                .initializers(starting -> register((GenericApplicationContext) starting, snapshot))
                .run(overrides));
    }

    private static void register(GenericApplicationContext context, Snapshot snapshot) {
        RootBeanDefinition definition = new RootBeanDefinition();
        definition.setTargetType(ResolvableType.forClassWithGenerics(Supplier.class, Snapshot.class));
        definition.setInstanceSupplier(() -> (Supplier<Snapshot>) () -> snapshot);
        context.registerBeanDefinition("snapshots", definition);
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
        return address("server.address", "local.server.port");
    }

    /** Where operators connect to. */
    public URI operatorAddress() {
        return address("management.server.address", "local.management.port");
    }

    private URI address(String host, String port) {
        var environment = context.getEnvironment();
        return URI.create(
                "http://" + environment.getRequiredProperty(host) + ":" + environment.getRequiredProperty(port));
    }

    /** Finishes what is under way and stops. */
    @Override
    public void close() {
        context.close();
    }
}
