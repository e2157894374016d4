package org.entente.policy.model;

import java.util.Optional;

/**
 * Where a secret is to be read. Documents name the place; only the running gateway opens it.
 *
 * @param env the name of an environment variable
 * @param file the path of a file that holds the secret and nothing else
 */
public record SecretSource(Optional<String> env, Optional<String> file) {
    public SecretSource {
        if (env.isPresent() == file.isPresent()) {
            throw new IllegalArgumentException("write either env: or file:");
        }
    }
}
