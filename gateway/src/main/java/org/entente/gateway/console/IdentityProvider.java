package org.entente.gateway.console;

import java.time.Duration;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.client.registration.ReactiveClientRegistrationRepository;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Where operators may log in by OpenID Connect. It is asked about itself when the first of them wants to: a gateway starts,
 * and is commanded by tokens, whether the provider is there or not.
 *
 * @see <a href="https://openid.net/specs/openid-connect-discovery-1_0.html">OpenID Connect Discovery</a>
 */
final class IdentityProvider implements ReactiveClientRegistrationRepository {
    /** What the provider is called in the addresses of the login. */
    static final String NAME = "entente";

    private static final Duration KNOWN = Duration.ofHours(1);

    private final String issuer;
    private final Mono<ClientRegistration> registration;

    /**
     * @param issuer empty where there is none
     * @param claim what operators' documents call the subject
     * @param console how browsers reach the operators' port
     */
    IdentityProvider(String issuer, String client, String secret, String claim, String console) {
        this.issuer = issuer;
        this.registration = Mono.fromCallable(() -> ClientRegistrations.fromOidcIssuerLocation(issuer)
                        .registrationId(NAME)
                        .clientId(client)
                        .clientSecret(secret)
                        .scope("openid", "profile", "email")
                        .userNameAttributeName(claim)
                        .redirectUri(console + "/login/oauth2/code/{registrationId}")
                        .build())
                .subscribeOn(Schedulers.boundedElastic())
                .cache(found -> KNOWN, error -> Duration.ZERO, () -> Duration.ZERO);
    }

    /** Whether there is one. */
    boolean isKnown() {
        return !issuer.isEmpty();
    }

    @Override
    public Mono<ClientRegistration> findByRegistrationId(String name) {
        return name.equals(NAME) ? registration : Mono.empty();
    }
}
