package org.entente.gateway.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import org.entente.policy.model.Operator;

/** Who holds which bearer token. */
public final class OperatorTokens {
    private record Held(Operator operator, String token) {
        boolean is(byte[] guess) {
            return !token.isEmpty() && MessageDigest.isEqual(token.getBytes(StandardCharsets.UTF_8), guess);
        }
    }

    private final List<Held> held;

    private OperatorTokens(List<Held> held) {
        this.held = List.copyOf(held);
    }

    /** @param secrets opens the places where tokens are kept */
    static OperatorTokens of(List<Operator> operators, Secrets secrets) {
        return new OperatorTokens(operators.stream()
                .flatMap(operator -> operator.spec().tokens().stream()
                        .map(token -> secrets.read(
                                token.token().map(located -> located.value()),
                                token.tokenFrom().map(located -> located.value()),
                                operator.name().at()))
                        .map(token -> new Held(operator, token)))
                .toList());
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
