package org.entente.gateway.command;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.entente.backends.Bytes;
import org.entente.backends.Fault;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.s3.Dialect;
import org.entente.backends.s3.S3Site;
import org.entente.backends.s3.S3SiteSettings;
import org.entente.backends.s3.SiteTls;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Mono;

@Command(
        name = "round-trip",
        description = {
            "Store, read and delete an object at an endpoint as any client would, and say whether that worked.",
            "The key pair is in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        },
        mixinStandardHelpOptions = true)
final class RoundTrip implements Callable<Integer> {
    private static final int MOST = 1 << 20;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Option(names = "--endpoint", required = true, paramLabel = "URL", description = "Scheme, host and perhaps port.")
    private @Nullable URI endpoint;

    @Option(names = "--bucket", required = true, description = "An existing bucket.")
    private @Nullable String bucket;

    @Option(names = "--region", defaultValue = "us-east-1", description = "What signatures name (${DEFAULT-VALUE}).")
    private String region = "us-east-1";

    @Option(
            names = "--authorities",
            paramLabel = "FILE",
            description = "Certificates (PEM) of those who vouch for the endpoint, instead of all whom Java trusts.")
    private @Nullable Path authorities;

    @Spec
    private @Nullable CommandSpec spec;

    /** What was answered to one step. */
    private record Answer(int status, String content) {
        boolean succeeded() {
            return status < 300;
        }

        @Override
        public String toString() {
            return status + " " + content;
        }
    }

    @Override
    public Integer call() throws IOException {
        if (endpoint == null || bucket == null || spec == null) {
            throw new IllegalStateException("called without its arguments");
        }
        CommandLine line = spec.commandLine();
        Optional<String> id = Optional.ofNullable(System.getenv("AWS_ACCESS_KEY_ID"));
        Optional<String> secret = Optional.ofNullable(System.getenv("AWS_SECRET_ACCESS_KEY"));
        if (id.isEmpty() || secret.isEmpty()) {
            line.getErr().println("There is no key pair in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
            return Exit.USAGE;
        }
        Optional<SiteTls> tls = authorities == null
                ? Optional.empty()
                : Optional.of(new SiteTls(Optional.of(Files.readString(authorities)), Optional.empty()));
        S3SiteSettings settings = new S3SiteSettings(
                endpoint.toString(),
                endpoint,
                region,
                false,
                "",
                Dialect.named("generic").orElseThrow(),
                new S3SiteSettings.Credentials(id.get(), secret.get()),
                S3SiteSettings.Limits.DEFAULT,
                tls);
        try (S3Site site = new S3Site(settings, Clock.systemUTC())) {
            return travel(site, bucket, line);
        } catch (Fault e) {
            line.getErr().println(e.getMessage());
            return Exit.FINDINGS;
        }
    }

    private static int travel(S3Site site, String bucket, CommandLine line) {
        String key = "entente-round-trip/" + UUID.randomUUID();
        String content = "there and back: " + key;
        long start = System.nanoTime();
        Answer stored = step(
                site,
                S3Request.of(Operation.PUT_OBJECT, bucket, key)
                        .with(S3Body.of(content.getBytes(StandardCharsets.UTF_8))));
        if (!stored.succeeded()) {
            line.getErr().println("it could not be stored: " + stored);
            return Exit.FINDINGS;
        }
        Answer read = step(site, S3Request.of(Operation.GET_OBJECT, bucket, key));
        Answer deleted = step(site, S3Request.of(Operation.DELETE_OBJECT, bucket, key));
        if (!read.succeeded() || !read.content().equals(content)) {
            line.getErr().println("it could not be read as it was stored: " + read);
            return Exit.FINDINGS;
        }
        if (!deleted.succeeded()) {
            line.getErr().println("it could not be deleted: " + deleted);
            return Exit.FINDINGS;
        }
        line.getOut()
                .printf(
                        "%s/%s was stored, read and deleted in %d ms%n",
                        bucket, key, Duration.ofNanos(System.nanoTime() - start).toMillis());
        return Exit.OK;
    }

    private static Answer step(S3Site site, S3Request request) {
        Mono<Answer> answer = site.perform(request).flatMap(RoundTrip::whole);
        return answer.blockOptional(PATIENCE).orElseThrow();
    }

    private static Mono<Answer> whole(S3Reply reply) {
        return Bytes.collect(reply.body(), MOST)
                .defaultIfEmpty(new byte[0])
                .map(content -> new Answer(reply.status(), new String(content, StandardCharsets.UTF_8)));
    }
}
