package org.entente.gateway.front;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.entente.backends.s3.Transfer;
import org.entente.gateway.audit.AuditLog;
import org.entente.gateway.catalogue.Catalogue;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.gateway.config.SnapshotMaker;
import org.entente.gateway.federation.CrossOrigin;
import org.entente.gateway.federation.Federation;
import org.entente.gateway.federation.SqlUploads;
import org.entente.gateway.federation.Uploads;
import org.entente.gateway.journal.Database;
import org.entente.gateway.journal.Journal;
import org.entente.gateway.journal.Versions;
import org.entente.gateway.metrics.Meters;
import org.entente.gateway.metrics.Metric;
import org.entente.gateway.metrics.Traces;
import org.entente.gateway.reload.Follower;
import org.entente.gateway.reload.PolicyHealth;
import org.entente.gateway.reload.Reloader;
import org.entente.gateway.reload.Revisions;
import org.entente.gateway.replication.Replication;
import org.entente.gateway.sites.Commands;
import org.entente.gateway.sites.Warnings;
import org.entente.gateway.sites.WritesUnderWay;
import org.entente.gateway.wire.Addressing;
import org.entente.gateway.wire.auth.SignatureVerifier;
import org.entente.policy.model.Precedence;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.core.annotation.Order;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.NettyPipeline;
import reactor.netty.http.HttpResources;
import reactor.netty.resources.LoopResources;

/** The assembly: every part of the gateway, and what it is given. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(JournalParts.class)
public class GatewayApplication {
    private static final int MOST_HEADERS = 32 << 10;

    /** A key may have 1,024 bytes, each of them percent-encoded, and a presigned query stands behind it. */
    private static final int LONGEST_LINE = 16 << 10;

    /** As many as the system lets wait; a connection that finds no room is made only when its client tries again, seconds later. */
    private static final int WAITING_CONNECTIONS = 1 << 16;

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    Traces traces(@Value("${entente.traces}") String collector) {
        return collector.isEmpty() ? Traces.off() : Traces.to(collector);
    }

    @Bean
    Meters meters(MeterRegistry registry, Traces traces) {
        return new Meters(registry, traces);
    }

    @Bean
    Catalogue catalogue(Database database) {
        return new Catalogue(database);
    }

    @Bean
    Uploads uploads(Database database, Clock clock) {
        return new SqlUploads(database, clock);
    }

    @Bean
    AuditLog audit(
            @Value("${entente.audit.file}") Path file,
            @Value("${entente.audit.keys}") AuditLog.Keys keys,
            Meters meters)
            throws IOException {
        AuditLog.prepare(file);
        AuditLog audit = new AuditLog(file, keys);
        meters.gauge(Metric.AUDIT_WRITABLE, () -> audit.writable() ? 1 : 0);
        return audit;
    }

    @Bean
    WritesUnderWay writesUnderWay() {
        return new WritesUnderWay();
    }

    @Bean
    Revisions revisions(JdbcClient journal) {
        return new Revisions(journal);
    }

    @Bean
    SnapshotMaker snapshots(
            Function<String, Optional<String>> environment,
            Clock clock,
            WritesUnderWay writes,
            Commands commands,
            Warnings warnings,
            Meters meters) {
        return new SnapshotMaker(environment, clock, writes, commands, meters, change -> {
            meters.changed(change);
            warnings.tell(change);
        });
    }

    @Bean
    Reloader reloader(
            ConfigDirectory directory,
            SnapshotMaker snapshots,
            Revisions revisions,
            WritesUnderWay writes,
            AuditLog audit,
            Clock clock,
            Meters meters) {
        return new Reloader(directory, snapshots, revisions, writes, audit, clock, meters);
    }

    @Bean
    Follower follower(Reloader reloader, ConfigDirectory directory) throws IOException {
        return new Follower(reloader, directory.path());
    }

    @Bean
    PolicyHealth policyHealthIndicator(Reloader reloader, Meters meters) {
        return new PolicyHealth(reloader, meters);
    }

    @Bean
    Shedding shedding(Meters meters) {
        Shedding shedding = new Shedding();
        meters.gauge(Metric.SHEDDING, shedding::level);
        return shedding;
    }

    @Bean
    LoopDelay loopDelay(ReactorResourceFactory eventLoops, Shedding shedding) {
        return new LoopDelay(eventLoops.getLoopResources().onServer(LoopResources.DEFAULT_NATIVE), shedding::observed);
    }

    @Bean
    S3Endpoint endpoint(
            Reloader snapshots,
            Catalogue catalogue,
            Uploads uploads,
            Journal journal,
            Versions versions,
            Replication replication,
            Shedding shedding,
            Clock clock,
            AuditLog audit,
            Meters meters,
            Traces traces,
            @Value("${entente.domains}") List<String> domains,
            @Value("${entente.region}") String region) {
        return new S3Endpoint(
                snapshots,
                new Addressing(domains),
                new SignatureVerifier(clock),
                shedding,
                new Federation(catalogue, uploads, journal, versions, replication, region, clock),
                new CrossOrigin(catalogue),
                audit,
                meters,
                traces,
                clock);
    }

    @Bean
    FrontDoor frontDoor(S3Endpoint endpoint, Meters meters, Clock clock) {
        return new FrontDoor(endpoint, meters, clock);
    }

    /** Spring says so when the process is told to stop, before it waits for what is under way. */
    @Bean
    ApplicationListener<AvailabilityChangeEvent<ReadinessState>> closing(FrontDoor door) {
        return event -> {
            if (event.getState() == ReadinessState.REFUSING_TRAFFIC) {
                door.close();
            }
        };
    }

    @Bean
    Preflights preflights(FrontDoor door) {
        return new Preflights(door);
    }

    /**
     * Everything goes to the front door, which answers by itself: the route's address is never used. It takes the place of
     * Spring Cloud Gateway's cache of routes, of which there is nothing to keep.
     */
    @Bean("cachedCompositeRouteLocator")
    @Primary
    RouteLocator everything() {
        Flux<Route> only = Flux.just(Route.async()
                .id("s3")
                .uri("no://op")
                .asyncPredicate(exchange -> Mono.just(true))
                .build());
        return () -> only;
    }

    /** Clients and sites are served by the same event loops, which are the process's and end with it. */
    @Bean
    ReactorResourceFactory eventLoops() {
        ReactorResourceFactory factory = new ReactorResourceFactory();
        factory.setUseGlobalResources(false);
        factory.setLoopResources(HttpResources.get());
        factory.setConnectionProvider(HttpResources.get());
        return factory;
    }

    /** Comes after Spring Boot's own, which would set the decoder anew and forget what it cannot say. */
    @Bean
    @Order
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> connections(
            Shedding shedding, Reloader snapshots, Meters meters) {
        RawTarget targets = new RawTarget();
        InterimAnswers interim = new InterimAnswers();
        Function<String, Precedence> precedences = key -> snapshots
                .get()
                .identity(key)
                .map(identity -> identity.principal().spec().precedence())
                .orElse(Precedence.ROUTINE);
        return factory ->
                factory.addServerCustomizers(server -> server.option(ChannelOption.SO_BACKLOG, WAITING_CONNECTIONS)
                        .childOption(ChannelOption.ALLOCATOR, Transfer.buffers())
                        .childOption(ChannelOption.RECVBUF_ALLOCATOR, Transfer.reads())
                        .httpRequestDecoder(spec ->
                                Transfer.whole(spec).maxHeaderSize(MOST_HEADERS).maxInitialLineLength(LONGEST_LINE))
                        .doOnChannelInit((observer, channel, address) -> channel.pipeline()
                                .addAfter(NettyPipeline.HttpCodec, "entente.raw-target", targets)
                                .addAfter(NettyPipeline.HttpCodec, "entente.interim-answers", interim)
                                .addAfter(
                                        NettyPipeline.HttpCodec,
                                        "entente.early-refusals",
                                        new EarlyRefusals(shedding, precedences, meters))));
    }
}
