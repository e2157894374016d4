package org.entente.gateway.console;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.entente.gateway.operators.Holdings;
import org.entente.gateway.operators.SiteControl;
import org.entente.gateway.operators.SiteControl.Seen;
import org.entente.gateway.sites.Commands;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.util.UriComponentsBuilder;
import reactor.core.publisher.Mono;

/** All sites on one page, and commands to each. */
final class SitePages {
    private static final String HOME = "/console/sites";
    private static final int LONGEST_REASON = 500;

    private final Pages pages;
    private final SiteControl sites;
    private final Traffic traffic;
    private final Clock clock;
    private final Map<String, Long> mostOwed = new ConcurrentHashMap<>();

    SitePages(Pages pages, SiteControl sites, Traffic traffic, Clock clock) {
        this.pages = pages;
        this.sites = sites;
        this.traffic = traffic;
        this.clock = clock;
    }

    /** What can be told to a site, and what comes of it. */
    private enum Order {
        SUSPEND(
                "Nothing is sent to the site any more, and what is under way is cut off. Objects that are only there cannot"
                        + " be read until it is resumed. What it misses is noted, and brought to it afterwards."),
        DRAIN("The site takes no new objects, and its objects are moved to others. They stay readable meanwhile."),
        RESUME("The site takes part again. What it has missed is brought to it first.");

        private final String consequence;

        Order(String consequence) {
            this.consequence = consequence;
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Optional<Order> of(String word) {
            return List.of(values()).stream()
                    .filter(order -> order.word().equals(word))
                    .findFirst();
        }
    }

    private record Page(String said, List<Row> sites) {}

    private record Row(
            String name,
            String provider,
            String country,
            String jurisdictions,
            String state,
            String since,
            String why,
            String rate,
            String total,
            boolean failing,
            long failed,
            boolean owes,
            String keys,
            String bytes,
            String strays,
            String age,
            int percent,
            String buckets,
            String capabilities,
            boolean commanded) {}

    private record Confirmation(
            String site,
            String order,
            String title,
            String consequence,
            String buckets,
            boolean alone,
            String aloneBuckets,
            boolean missing) {}

    RouterFunction<ServerResponse> routes() {
        return RouterFunctions.route()
                .GET(HOME, this::all)
                .GET(HOME + "/{site}/{order}", request -> confirm(request, false))
                .POST(HOME + "/{site}/{order}", this::obey)
                .build();
    }

    private Mono<ServerResponse> all(ServerRequest request) {
        String said = Order.of(request.queryParam("done").orElse(""))
                .map(order -> switch (order) {
                    case SUSPEND -> "is suspended";
                    case DRAIN -> "is being drained";
                    case RESUME -> "takes part again";
                })
                .flatMap(what -> request.queryParam("site").map(site -> site + " " + what + "."))
                .orElse("");
        return sites.sites()
                .flatMap(seen -> pages.show(
                        request,
                        "sites",
                        "Sites",
                        new Page(said, seen.stream().map(this::row).toList())))
                .onErrorResume(error -> pages.failed(request, error));
    }

    private Row row(Seen site) {
        Instant now = clock.instant();
        Traffic.Rate rate = traffic.of(site.name());
        Holdings.Owes owes = site.owes();
        return new Row(
                site.name(),
                site.provider(),
                site.country(),
                String.join(", ", site.jurisdictions()),
                site.state(),
                site.since().equals(Instant.EPOCH) ? "" : Words.duration(Duration.between(site.since(), now)),
                site.why(),
                String.format(Locale.ROOT, "%.1f", rate.perSecond()),
                Words.number(rate.total()),
                rate.failed() > 0,
                rate.failed(),
                owes.keys() > 0,
                Words.number(owes.keys()),
                Words.bytes(owes.bytes()),
                owes.strays() == 0 ? "" : Words.number(owes.strays()),
                Optional.ofNullable(owes.since())
                        .map(since -> Words.duration(Duration.between(since, now)))
                        .orElse(""),
                settled(site.name(), owes.keys()),
                Words.number(site.buckets()),
                Optional.ofNullable(site.capabilities())
                        .map(known -> String.join(", ", known))
                        .orElse("not known yet"),
                site.command() != null);
    }

    /** How much has been settled of the most that it has been seen to owe since it last owed nothing, in percent. */
    private int settled(String site, long keys) {
        if (keys == 0) {
            mostOwed.remove(site);
            return 100;
        }
        long most = mostOwed.merge(site, keys, Math::max);
        return (int) (100 * (most - keys) / most);
    }

    private Mono<ServerResponse> confirm(ServerRequest request, boolean missing) {
        String name = request.pathVariable("site");
        Optional<Order> order = Order.of(request.pathVariable("order"));
        return sites.sites()
                .flatMapIterable(seen -> seen)
                .filter(site -> site.name().equals(name) && order.isPresent())
                .next()
                .flatMap(site -> pages.show(
                        request,
                        missing ? HttpStatus.BAD_REQUEST : HttpStatus.OK,
                        "confirm",
                        Words.capital(order.orElseThrow().word()) + " " + name,
                        confirmation(site, order.orElseThrow(), missing)))
                .switchIfEmpty(Mono.defer(() -> pages.missing(request, "There is no such site or command.")))
                .onErrorResume(error -> pages.failed(request, error));
    }

    private static Confirmation confirmation(Seen site, Order order, boolean missing) {
        return new Confirmation(
                site.name(),
                order.word(),
                Words.capital(order.word()),
                order.consequence,
                Words.number(site.buckets()),
                site.alone() > 0 && order == Order.SUSPEND,
                Words.number(site.alone()),
                missing);
    }

    private Mono<ServerResponse> obey(ServerRequest request) {
        String name = request.pathVariable("site");
        Optional<Order> order = Order.of(request.pathVariable("order"));
        if (order.isEmpty() || !sites.names().contains(name)) {
            return pages.missing(request, "There is no such site or command.");
        }
        return request.exchange()
                .getFormData()
                .flatMap(form -> {
                    String reason = Optional.ofNullable(form.getFirst("reason"))
                            .map(String::strip)
                            .orElse("");
                    return reason.isEmpty() || reason.length() > LONGEST_REASON
                            ? confirm(request, true)
                            : pages.who(request)
                                    .flatMap(who -> give(order.get(), name, who, reason))
                                    .then(Pages.to(UriComponentsBuilder.fromPath(HOME)
                                            .queryParam("done", order.get().word())
                                            .queryParam("site", name)
                                            .build()
                                            .toString()));
                })
                .onErrorResume(error -> pages.failed(request, error));
    }

    private Mono<Void> give(Order order, String site, String who, String reason) {
        return switch (order) {
            case SUSPEND -> sites.give(Commands.Kind.SUSPEND, site, who, reason);
            case DRAIN -> sites.give(Commands.Kind.DRAIN, site, who, reason);
            case RESUME -> sites.resume(site, who, reason);
        };
    }
}
