package org.entente.gateway.operators;

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
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/** Puts the API beside health and metrics on the operators' port, and never on the S3 port. */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
public class OperatorsApi {
    @Bean
    RouterFunction<ServerResponse> policies(Reloader reloader, Revisions revisions, AuditLog audit, Clock clock) {
        return new PoliciesApi(reloader, revisions, audit, clock).routes(new Bearer(reloader));
    }

    @Bean
    RouterFunction<ServerResponse> sites(
            Reloader reloader,
            Commands commands,
            Journal journal,
            Catalogue catalogue,
            Moves moves,
            AuditLog audit,
            Clock clock) {
        return new SitesApi(reloader, commands, journal, catalogue, moves, audit, clock).routes(new Bearer(reloader));
    }
}
