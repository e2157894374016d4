package org.entente.gateway.console;

import java.util.Optional;
import java.util.function.Supplier;
import org.entente.gateway.config.OperatorTokens;
import org.entente.gateway.config.Snapshot;
import org.entente.policy.model.Operator;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.ReactiveAuthenticationManager;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.ReactiveAuthorizationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.web.server.authorization.AuthorizationContext;
import reactor.core.publisher.Mono;

/**
 * Who is logged in. A session remembers how somebody proved who it is; what that somebody may do is looked up in the
 * documents in force at every request, so that who is removed from them is out at once.
 */
final class People {
    private final Supplier<Snapshot> snapshots;

    People(Supplier<Snapshot> snapshots) {
        this.snapshots = snapshots;
    }

    /** Nobody when the documents do not know it any more. */
    Optional<Operator> now(Authentication session) {
        OperatorTokens tokens = snapshots.get().tokens();
        return session instanceof OAuth2AuthenticationToken provided
                ? tokens.called(provided.getName())
                : Optional.ofNullable(session.getCredentials())
                        .map(Object::toString)
                        .flatMap(tokens::holder);
    }

    /** Lets in who holds a token. */
    ReactiveAuthenticationManager byToken() {
        return asking -> Mono.justOrEmpty(now(asking))
                .<Authentication>map(operator -> UsernamePasswordAuthenticationToken.authenticated(
                        operator.name().value(), asking.getCredentials(), AuthorityUtils.NO_AUTHORITIES))
                .switchIfEmpty(Mono.error(() -> new BadCredentialsException("nobody holds this token")));
    }

    ReactiveAuthorizationManager<AuthorizationContext> viewers() {
        return (session, request) -> session.map(who -> new AuthorizationDecision(now(who).isPresent()));
    }

    ReactiveAuthorizationManager<AuthorizationContext> operators() {
        return (session, request) -> session.map(who ->
                new AuthorizationDecision(now(who).filter(People::mayChange).isPresent()));
    }

    static boolean mayChange(Operator operator) {
        return operator.spec().role() == Operator.Role.OPERATOR;
    }
}
