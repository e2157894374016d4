package org.entente.gateway.operators;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Clock;
import org.entente.gateway.audit.AuditLog;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.rehoming.Moves;
import org.entente.gateway.reload.Reloader;
import org.entente.gateway.reload.Revisions;
import org.entente.gateway.sites.Commands;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/** Puts the API beside health and metrics on the operators' port, and never on the S3 port. */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
public class OperatorsApi {
    /** Policies may be long. */
    private static final int LONGEST_BODY = 8 << 20;

    @Bean
    WebFluxConfigurer bodies() {
        return new WebFluxConfigurer() {
            @Override
            public void configureHttpMessageCodecs(ServerCodecConfigurer codecs) {
                codecs.defaultCodecs().maxInMemorySize(LONGEST_BODY);
            }
        };
    }

    @Bean
    PolicyControl policyControl(Reloader reloader, Revisions revisions, AuditLog audit, Clock clock) {
        return new PolicyControl(reloader, revisions, audit, clock);
    }

    @Bean
    Holdings holdings(Journal journal, Catalogue catalogue, Moves moves, Clock clock) {
        return new Holdings(journal, catalogue, moves, clock);
    }

    @Bean
    SiteControl siteControl(
            Reloader reloader, Commands commands, Holdings holdings, Catalogue catalogue, AuditLog audit, Clock clock) {
        return new SiteControl(reloader, commands, holdings, catalogue, audit, clock);
    }

    /** Counted together, at whichever door. */
    @Bean
    Guesses guesses() {
        return new Guesses(Ticker.systemTicker());
    }

    @Bean
    RouterFunction<ServerResponse> policies(PolicyControl policies, Reloader reloader, Guesses guesses) {
        return new PoliciesApi(policies).routes(new Bearer(reloader, guesses));
    }

    @Bean
    RouterFunction<ServerResponse> sites(SiteControl sites, Holdings holdings, Reloader reloader, Guesses guesses) {
        return new SitesApi(sites, holdings).routes(new Bearer(reloader, guesses));
    }

    /** What the API can do, in the words of OpenAPI; for everybody, since it is no secret. */
    @Bean
    RouterFunction<ServerResponse> description() {
        return RouterFunctions.route()
                .GET(
                        "/api/v1/openapi.yaml",
                        request -> ServerResponse.ok()
                                .contentType(MediaType.APPLICATION_YAML)
                                .bodyValue(new ClassPathResource("openapi.yaml")))
                .build();
    }
}
