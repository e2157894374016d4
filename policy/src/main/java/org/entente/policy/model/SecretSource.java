package org.entente.policy.model;

import java.util.Optional;

/**
 * Where a secret is to be read. Documents name the place; only the running gateway opens it.
 */
public record SecretSource(
        @About("the name of an environment variable") Optional<String> env,

        @About("the path of a file that holds the secret and nothing else")
        Optional<String> file) {
    public SecretSource {
        if (env.isPresent() == file.isPresent()) {
            throw new IllegalArgumentException("write either env: or file:");
        }
    }
}
