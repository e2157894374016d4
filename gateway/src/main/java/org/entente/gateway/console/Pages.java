package org.entente.gateway.console;

import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.entente.policy.model.Operator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.server.csrf.CsrfToken;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;
import org.webjars.WebJarVersionLocator;
import reactor.core.publisher.Mono;

/** Makes pages of templates: each within the same frame, and every text in it escaped. */
final class Pages {
    private static final Logger LOG = LoggerFactory.getLogger(Pages.class);
    private static final WebJarVersionLocator JARS = new WebJarVersionLocator();

    /** Where the script and the style sheet of others lie, which come with us and from nowhere else. */
    static final Map<String, String> ASSETS = Map.of(
            "htmx.js", jar("htmx.org", "dist/htmx.min.js"),
            "pico.css", jar("picocss__pico", "css/pico.min.css"),
            "console.css", "console/console.css");

    private static final List<Section> SECTIONS = List.of(
            new Section("/console/sites", "Sites", false),
            new Section("/console/policies", "Policies", false),
            new Section("/console/explain", "Explain", false),
            new Section("/console/journal", "Journal", false),
            new Section("/console/buckets", "Buckets", false));

    /** A part of the console in its navigation. */
    private record Section(String path, String title, boolean here) {}

    /**
     * What all pages have.
     *
     * @param operator whether who looks may change something
     */
    private record Frame(String title, String csrf, String who, boolean operator, List<Section> sections) {}

    private record Content(String content) {}

    private final People people;
    private final Mustache.Compiler compiler =
            Mustache.compiler().nullValue("").emptyStringIsFalse(true).withLoader(name -> new StringReader(text(name)));
    private final Map<String, Template> templates = new ConcurrentHashMap<>();

    Pages(People people) {
        this.people = people;
    }

    private static String jar(String name, String file) {
        return Objects.requireNonNull(JARS.fullPath(name, file), name);
    }

    /** @param values a record, whose components the template names */
    Mono<ServerResponse> show(ServerRequest request, String template, String title, Object values) {
        return show(request, HttpStatus.OK, template, title, values);
    }

    Mono<ServerResponse> show(ServerRequest request, HttpStatus status, String template, String title, Object values) {
        return frame(request.exchange(), title)
                .flatMap(frame -> ServerResponse.status(status)
                        .contentType(MediaType.TEXT_HTML)
                        .header(HttpHeaders.CACHE_CONTROL, "no-store")
                        .bodyValue(page(frame, template, values)));
    }

    /** A part of a page, for a page that asks for news of it. */
    Mono<ServerResponse> part(ServerRequest request, String template, Object values) {
        return frame(request.exchange(), "")
                .flatMap(frame ->
                        ServerResponse.ok().contentType(MediaType.TEXT_HTML).bodyValue(fill(template, values, frame)));
    }

    static Mono<ServerResponse> to(String path) {
        return ServerResponse.seeOther(URI.create(path)).build();
    }

    Mono<ServerResponse> missing(ServerRequest request, String what) {
        return show(request, HttpStatus.NOT_FOUND, "sorry", "Not found", new Content(what));
    }

    /** That it cannot be done; why is in the log. */
    Mono<ServerResponse> failed(ServerRequest request, Throwable error) {
        LOG.error("a page of the console failed", error);
        return show(
                request,
                HttpStatus.SERVICE_UNAVAILABLE,
                "sorry",
                "Not at present",
                new Content("That cannot be done at present; the gateway's log says why."));
    }

    /** That who asks may not do this. */
    Mono<Void> forbidden(ServerWebExchange exchange) {
        return frame(exchange, "Not permitted").flatMap(frame -> {
            String text = frame.who().isEmpty()
                    ? "The documents in force know no operator that is you."
                    : "The role operator is needed for this; you may look.";
            ServerHttpResponse answer = exchange.getResponse();
            answer.setStatusCode(HttpStatus.FORBIDDEN);
            answer.getHeaders().setContentType(MediaType.TEXT_HTML);
            DataBuffer page = answer.bufferFactory()
                    .wrap(page(frame, "sorry", new Content(text)).getBytes(StandardCharsets.UTF_8));
            return answer.writeWith(Mono.just(page));
        });
    }

    /** The name of the operator who asks. */
    Mono<String> who(ServerRequest request) {
        return frame(request.exchange(), "").map(Frame::who);
    }

    private Mono<Frame> frame(ServerWebExchange exchange, String title) {
        Mono<CsrfToken> token = exchange.getAttributeOrDefault(CsrfToken.class.getName(), Mono.<CsrfToken>empty());
        Mono<Optional<Operator>> who = exchange.getPrincipal()
                .ofType(Authentication.class)
                .map(people::now)
                .defaultIfEmpty(Optional.empty());
        String path = exchange.getRequest().getPath().value();
        List<Section> sections = SECTIONS.stream()
                .map(section -> new Section(section.path(), section.title(), path.startsWith(section.path())))
                .toList();
        return Mono.zip(token.map(CsrfToken::getToken).defaultIfEmpty(""), who)
                .map(known -> new Frame(
                        title,
                        known.getT1(),
                        known.getT2().map(operator -> operator.name().value()).orElse(""),
                        known.getT2().filter(People::mayChange).isPresent(),
                        sections));
    }

    private String page(Frame frame, String template, Object values) {
        return fill("frame", new Content(fill(template, values, frame)), frame);
    }

    private String fill(String template, Object values, Frame frame) {
        StringWriter text = new StringWriter();
        templates
                .computeIfAbsent(template, name -> compiler.compile(text(name)))
                .execute(values, frame, text);
        return text.toString();
    }

    private static String text(String name) {
        try {
            return new ClassPathResource("console/" + name + ".html").getContentAsString(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("a template is missing", e);
        }
    }
}
