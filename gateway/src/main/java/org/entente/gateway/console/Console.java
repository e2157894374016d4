package org.entente.gateway.console;

import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.util.Optional;
import org.entente.gateway.audit.AuditLog;
import org.entente.gateway.audit.AuditRecord;
import org.entente.gateway.operators.Guesses;
import org.entente.gateway.operators.Holdings;
import org.entente.gateway.operators.PolicyControl;
import org.entente.gateway.operators.SiteControl;
import org.entente.gateway.reload.Reloader;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.web.server.SecurityWebFiltersOrder;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.server.DefaultServerRedirectStrategy;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.ServerAuthenticationEntryPoint;
import org.springframework.security.web.server.ServerRedirectStrategy;
import org.springframework.security.web.server.authentication.DelegatingServerAuthenticationSuccessHandler;
import org.springframework.security.web.server.authentication.RedirectServerAuthenticationEntryPoint;
import org.springframework.security.web.server.authentication.RedirectServerAuthenticationFailureHandler;
import org.springframework.security.web.server.authentication.RedirectServerAuthenticationSuccessHandler;
import org.springframework.security.web.server.authentication.ServerAuthenticationFailureHandler;
import org.springframework.security.web.server.authentication.ServerAuthenticationSuccessHandler;
import org.springframework.security.web.server.authentication.logout.RedirectServerLogoutSuccessHandler;
import org.springframework.security.web.server.header.ReferrerPolicyServerHttpHeadersWriter.ReferrerPolicy;
import org.springframework.security.web.server.header.XFrameOptionsServerHttpHeadersWriter.Mode;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatchers;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;

/** Puts the console on the operators' port, and says who gets in. */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@EnableWebFluxSecurity
public class Console {
    private static final String HOME = "/console/sites";
    private static final String LOGIN = "/console/login";
    private static final String REFUSED = LOGIN + "?refused";
    private static final String WAIT = LOGIN + "?wait";

    /** Nothing from elsewhere, nothing inline; the style sheet's symbols are images within it. */
    private static final String CONTENT = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    @Bean
    People people(Reloader reloader) {
        return new People(reloader);
    }

    @Bean
    Pages pages(People people) {
        return new Pages(people);
    }

    @Bean
    IdentityProvider identityProvider(
            @Value("${entente.oidc.issuer}") String issuer,
            @Value("${entente.oidc.client}") String client,
            @Value("${entente.oidc.secret}") String secret,
            @Value("${entente.oidc.claim}") String claim,
            @Value("${entente.oidc.console}") String console) {
        return new IdentityProvider(issuer, client, secret, claim, console);
    }

    @Bean
    Traffic traffic(MeterRegistry registry) {
        return new Traffic(registry);
    }

    @Bean
    RouterFunction<ServerResponse> consolePages(
            Pages pages,
            IdentityProvider provider,
            SiteControl sites,
            PolicyControl policies,
            Holdings holdings,
            Traffic traffic,
            Clock clock) {
        LoginPages doors = new LoginPages(pages, provider.isKnown());
        return doors.routes()
                .and(new SitePages(pages, sites, traffic, clock).routes())
                .and(new PolicyPages(pages, policies, sites).routes())
                .and(new StoragePages(pages, holdings, policies, clock).routes())
                .and(doors.nothingElse());
    }

    @Bean
    SecurityWebFilterChain guard(
            ServerHttpSecurity http,
            People people,
            Pages pages,
            IdentityProvider provider,
            Guesses guesses,
            AuditLog audit,
            Clock clock) {
        ServerAuthenticationFailureHandler refused = new RedirectServerAuthenticationFailureHandler(REFUSED);
        ServerAuthenticationSuccessHandler welcome = new DelegatingServerAuthenticationSuccessHandler(
                (exchange, session) -> loggedIn(session, people, audit, clock),
                new RedirectServerAuthenticationSuccessHandler(HOME));
        RedirectServerLogoutSuccessHandler goodbye = new RedirectServerLogoutSuccessHandler();
        goodbye.setLogoutSuccessUrl(URI.create(LOGIN + "?out"));
        http.securityMatcher(ServerWebExchangeMatchers.pathMatchers(
                        "/", "/console", "/console/**", "/oauth2/**", "/login/**"))
                .authorizeExchange(paths -> paths.pathMatchers(LOGIN, "/console/assets/**", "/oauth2/**", "/login/**")
                        .permitAll()
                        .pathMatchers(HttpMethod.POST, "/console/**")
                        .access(people.operators())
                        .anyExchange()
                        .access(people.viewers()))
                .formLogin(form -> form.loginPage(LOGIN)
                        .authenticationManager(people.byToken())
                        .authenticationSuccessHandler(welcome)
                        .authenticationFailureHandler((exchange, error) -> {
                            guesses.wrong(from(exchange.getExchange()));
                            return refused.onAuthenticationFailure(exchange, error);
                        }))
                .addFilterBefore(pause(guesses), SecurityWebFiltersOrder.FORM_LOGIN)
                .logout(logout -> logout.logoutUrl("/console/logout").logoutSuccessHandler(goodbye))
                .exceptionHandling(errors -> errors.authenticationEntryPoint(askToLogIn())
                        .accessDeniedHandler((exchange, denied) -> pages.forbidden(exchange)))
                .headers(headers -> headers.contentSecurityPolicy(csp -> csp.policyDirectives(CONTENT))
                        .frameOptions(frames -> frames.mode(Mode.DENY))
                        .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.SAME_ORIGIN)));
        if (provider.isKnown()) {
            http.oauth2Login(login -> login.clientRegistrationRepository(provider)
                    .authenticationSuccessHandler(welcome)
                    .authenticationFailureHandler(refused));
        }
        return http.build();
    }

    /** Whoever has guessed too often is told to wait before its next guess is looked at. */
    private static WebFilter pause(Guesses guesses) {
        ServerWebExchangeMatcher guess = ServerWebExchangeMatchers.pathMatchers(HttpMethod.POST, LOGIN);
        ServerRedirectStrategy redirect = new DefaultServerRedirectStrategy();
        return (exchange, chain) -> guess.matches(exchange)
                .flatMap(match -> match.isMatch() && guesses.tooMany(from(exchange))
                        ? redirect.sendRedirect(exchange, URI.create(WAIT))
                        : chain.filter(exchange));
    }

    private static Optional<InetSocketAddress> from(ServerWebExchange exchange) {
        return Optional.ofNullable(exchange.getRequest().getRemoteAddress());
    }

    private static Mono<Void> loggedIn(Authentication session, People people, AuditLog audit, Clock clock) {
        return Mono.fromRunnable(() -> people.now(session)
                .ifPresent(operator -> audit.record(AuditRecord.operator(
                        clock.instant(),
                        operator.name().value(),
                        "log in to the console",
                        HttpStatus.OK.value(),
                        ""))));
    }

    /** A page's own request for news cannot follow a redirection to another page. */
    private static ServerAuthenticationEntryPoint askToLogIn() {
        ServerAuthenticationEntryPoint redirect = new RedirectServerAuthenticationEntryPoint(LOGIN);
        return (exchange, error) -> {
            if (!exchange.getRequest().getHeaders().containsHeader("HX-Request")) {
                return redirect.commence(exchange, error);
            }
            ServerHttpResponse answer = exchange.getResponse();
            answer.setStatusCode(HttpStatus.UNAUTHORIZED);
            answer.getHeaders().set("HX-Redirect", LOGIN);
            return answer.setComplete();
        };
    }
}
