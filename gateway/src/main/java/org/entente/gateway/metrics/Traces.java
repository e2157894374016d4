package org.entente.gateway.metrics;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.util.Optional;
import java.util.function.Supplier;
import org.entente.backends.Operation;
import org.entente.backends.S3Reply;
import reactor.core.publisher.Mono;

/**
 * Spans for those who follow a request through everything that it causes: one for each request, and within it one for each
 * attempt at a site, from head to head. They name operations, sites and request ids, and never buckets, keys or clients.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/otlp/">OTLP</a>
 */
public final class Traces implements AutoCloseable {
    private static final Traces OFF = new Traces(Optional.empty());
    private static final int FIRST_SERVER_ERROR = 500;

    private final Optional<OpenTelemetrySdk> sdk;
    private final Tracer tracer;

    private Traces(Optional<OpenTelemetrySdk> sdk) {
        this.sdk = sdk;
        this.tracer =
                sdk.<OpenTelemetry>map(on -> on).orElseGet(OpenTelemetry::noop).getTracer("org.entente.gateway");
    }

    /** None are made, at no cost. */
    public static Traces off() {
        return OFF;
    }

    /** @param collector takes OTLP by HTTP, such as {@code http://collector:4318/v1/traces} */
    public static Traces to(String collector) {
        OtlpHttpSpanExporter exporter =
                OtlpHttpSpanExporter.builder().setEndpoint(collector).build();
        SdkTracerProvider provider = SdkTracerProvider.builder()
                .setResource(Resource.getDefault().toBuilder()
                        .put("service.name", "entente")
                        .build())
                .addSpanProcessor(BatchSpanProcessor.builder(exporter).build())
                .build();
        return new Traces(Optional.of(
                OpenTelemetrySdk.builder().setTracerProvider(provider).build()));
    }

    /** @param operation empty while, or when, it does not become known */
    public Mono<S3Reply> request(String id, Supplier<Optional<Operation>> operation, Mono<S3Reply> work) {
        return sdk.isEmpty()
                ? work
                : within(
                        tracer.spanBuilder("request")
                                .setSpanKind(SpanKind.SERVER)
                                .setAttribute("aws.request_id", id),
                        work,
                        span -> operation.get().map(Operation::apiName).ifPresent(span::updateName));
    }

    Mono<S3Reply> attempt(String site, Operation operation, Mono<S3Reply> work) {
        return sdk.isEmpty()
                ? work
                : within(
                        tracer.spanBuilder(operation.apiName())
                                .setSpanKind(SpanKind.CLIENT)
                                .setAttribute("entente.site", site),
                        work,
                        span -> {});
    }

    private interface AtTheEnd {
        void of(Span span);
    }

    private static Mono<S3Reply> within(SpanBuilder builder, Mono<S3Reply> work, AtTheEnd end) {
        return Mono.deferContextual(outer -> {
            Context parent = outer.<Context>getOrEmpty(Context.class).orElseGet(Context::root);
            Span span = builder.setParent(parent).startSpan();
            return work.doOnNext(reply -> {
                        span.setAttribute("http.response.status_code", reply.status());
                        if (reply.status() >= FIRST_SERVER_ERROR) {
                            span.setStatus(StatusCode.ERROR);
                        }
                    })
                    .doOnError(error ->
                            span.setStatus(StatusCode.ERROR, error.getClass().getSimpleName()))
                    .doFinally(signal -> {
                        end.of(span);
                        span.end();
                    })
                    .contextWrite(inner -> inner.put(Context.class, parent.with(span)));
        });
    }

    @Override
    public void close() {
        sdk.ifPresent(OpenTelemetrySdk::close);
    }
}
