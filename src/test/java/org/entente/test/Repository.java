package org.entente.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Where things are in the source tree that these tests were built from. */
final class Repository {
    private Repository() {}

    static Path root() {
        return Path.of(System.getProperty("entente.root"));
    }

    static Path s3proxy() {
        return root().resolve("src/sandbox/target/s3proxy.jar");
    }

    /** The product's executable jar. */
    static Path gatewayJar() {
        try (Stream<Path> jars = Files.list(root().resolve("gateway/target"))) {
            return jars.filter(jar -> jar.getFileName().toString().endsWith("-exec.jar"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("the gateway is not packaged"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A directory that goes with the next clean build. */
    static Path scratch() {
        return root().resolve("src/test/target/scratch");
    }
}
