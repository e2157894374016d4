package org.entente.policy.model;

import java.util.List;
import java.util.Optional;

/**
 * Somebody, or some program, that uses the operators' API.
 *
 * @param name what the history and the audit log call it
 * @param spec the rest of the document
 */
@About("Somebody, or some program, that uses the operators' API or console.")
public record Operator(Located<String> name, Spec spec) {
    /** Of the document. */
    public record Spec(
            @About("what it may do: viewer looks, operator changes, too") @Default("viewer")
            Role role,

            @About("its bearer tokens; two at a time let it change them without a gap")
            List<Token> tokens,

            @About("what the identity provider calls it, where operators log in to the console by OpenID Connect")
            List<String> subjects) {
        public Spec {
            if (tokens.isEmpty() && subjects.isEmpty()) {
                throw new IllegalArgumentException("an operator needs tokens: or subjects:, at least one");
            }
        }
    }

    /** What an operator may do. */
    public enum Role {
        /** Look. */
        VIEWER,
        /** Look, and change. */
        OPERATOR
    }

    /** A bearer token, inline for sandboxes or from where it is kept. */
    public record Token(
            @About("the token itself, for sandboxes") Optional<Located<String>> token,
            @About("where the token is kept") Optional<Located<SecretSource>> tokenFrom) {
        public Token {
            if (token.isPresent() == tokenFrom.isPresent()) {
                throw new IllegalArgumentException("write either token: or tokenFrom:");
            }
        }

        @Override
        public String toString() {
            return "Token[hidden]";
        }
    }
}
