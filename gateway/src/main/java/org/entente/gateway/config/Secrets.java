package org.entente.gateway.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Position;
import org.entente.policy.model.SecretSource;

/** Opens the places where documents say that secrets and certificates are. What is wrong becomes a finding, the secret an empty text. */
final class Secrets {
    private final Function<String, Optional<String>> environment;
    private final List<Finding> findings;

    Secrets(Function<String, Optional<String>> environment, List<Finding> findings) {
        this.environment = environment;
        this.findings = findings;
    }

    /** @param user where the secret is needed */
    String read(Optional<String> inline, Optional<SecretSource> source, Position user) {
        return inline.or(() -> source.map(s -> open(s, user))).orElse("");
    }

    /** @param what it holds, for the finding if it cannot be had */
    String file(String file, String what, Position user) {
        return ofFile(Path.of(file), what, user);
    }

    /** Makes a finding of what is found to be wrong with what was read. */
    void check(Position user, Runnable use) {
        if (findings.stream().anyMatch(Finding::isError)) {
            return;
        }
        try {
            use.run();
        } catch (IllegalArgumentException e) {
            findings.add(Finding.error(user, String.valueOf(e.getMessage())));
        }
    }

    private String open(SecretSource source, Position user) {
        return source.env()
                .map(name -> ofEnvironment(name, user))
                .orElseGet(() -> source.file()
                        .map(file -> ofFile(Path.of(file), "a secret", user))
                        .orElse(""));
    }

    private String ofEnvironment(String name, Position user) {
        Optional<String> value = environment.apply(name).filter(v -> !v.isBlank());
        if (value.isEmpty()) {
            findings.add(
                    Finding.error(user, "the environment variable " + name + ", which holds a secret, is not set"));
        }
        return value.orElse("");
    }

    private String ofFile(Path file, String what, Position user) {
        try {
            String text = Files.readString(file).strip();
            if (!text.isEmpty()) {
                return text;
            }
            findings.add(Finding.error(user, "the file " + file + ", which holds " + what + ", is empty"));
        } catch (IOException e) {
            findings.add(Finding.error(user, "the file " + file + ", which holds " + what + ", cannot be read"));
        }
        return "";
    }
}
