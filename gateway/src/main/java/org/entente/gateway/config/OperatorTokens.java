package org.entente.gateway.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import org.entente.policy.model.Operator;

/** Who holds which bearer token, and whom the identity provider means. */
public final class OperatorTokens {
    private record Held(Operator operator, String token) {
        boolean is(byte[] guess) {
            return !token.isEmpty() && MessageDigest.isEqual(token.getBytes(StandardCharsets.UTF_8), guess);
        }
    }

    private final List<Held> held;
    private final List<Operator> operators;

    private OperatorTokens(List<Held> held, List<Operator> operators) {
        this.held = List.copyOf(held);
        this.operators = List.copyOf(operators);
    }

    /** @param secrets opens the places where tokens are kept */
    static OperatorTokens of(List<Operator> operators, Secrets secrets) {
        return new OperatorTokens(
                operators.stream()
                        .flatMap(operator -> operator.spec().tokens().stream()
                                .map(token -> secrets.read(
                                        token.token().map(located -> located.value()),
                                        token.tokenFrom().map(located -> located.value()),
                                        operator.name().at()))
                                .map(token -> new Held(operator, token)))
                        .toList(),
                operators);
    }

    /** Whom the identity provider calls so; nobody where several claim it. */
    public Optional<Operator> called(String subject) {
        List<Operator> found = operators.stream()
                .filter(operator -> operator.spec().subjects().contains(subject))
                .toList();
        return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
    }

    /** The token's holder, found in a time that does not tell how much of a guess was right. */
    public Optional<Operator> holder(String token) {
        byte[] guess = token.getBytes(StandardCharsets.UTF_8);
        Optional<Operator> found = Optional.empty();
        for (Held each : held) {
            if (each.is(guess)) {
                found = Optional.of(each.operator());
            }
        }
        return found;
    }
}
