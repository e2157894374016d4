package org.entente.gateway.front;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;
import org.entente.gateway.config.Snapshot;
import org.entente.gateway.federation.Catalogue;
import org.entente.gateway.federation.Federation;
import org.entente.gateway.federation.SqlCatalogue;
import org.entente.gateway.wire.Addressing;
import org.entente.gateway.wire.auth.SignatureVerifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.NettyPipeline;
import reactor.netty.http.HttpResources;

/** The assembly: every part of the gateway, and what it is given. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class GatewayApplication {
    private static final int JOURNAL_THREADS = 4;
    private static final int JOURNAL_QUEUE = 10_000;

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean(destroyMethod = "dispose")
    Scheduler journalScheduler() {
        return Schedulers.newBoundedElastic(JOURNAL_THREADS, JOURNAL_QUEUE, "journal");
    }

    @Bean
    Catalogue catalogue(JdbcClient journal, Scheduler journalScheduler) {
        return new SqlCatalogue(journal, journalScheduler);
    }

    @Bean
    S3Endpoint endpoint(
            Supplier<Snapshot> snapshots,
            Catalogue catalogue,
            Clock clock,
            @Value("${entente.domains}") List<String> domains,
            @Value("${entente.region}") String region) {
        return new S3Endpoint(
                snapshots,
                new Addressing(domains),
                new SignatureVerifier(clock),
                new Federation(catalogue, region, clock));
    }

    @Bean
    FrontDoor frontDoor(S3Endpoint endpoint, MeterRegistry meters, Clock clock) {
        return new FrontDoor(endpoint, meters, clock);
    }

    /** Everything goes to the front door, which answers by itself: the route's address is never used. */
    @Bean
    RouteLocator everything(RouteLocatorBuilder routes) {
        return routes.routes()
                .route("s3", route -> route.alwaysTrue().uri("no://op"))
                .build();
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

    @Bean
    NettyServerCustomizer connections() {
        RawTarget handler = new RawTarget();
        return server -> server.doOnChannelInit((observer, channel, address) ->
                channel.pipeline().addAfter(NettyPipeline.HttpCodec, "entente.raw-target", handler));
    }
}
