package org.entente.gateway.wire.form;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import org.entente.backends.S3Reply;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.XmlWriter;

/** What a browser is told when its form has been stored: what the form asks for. */
public final class FormAnswer {
    private FormAnswer() {}

    /**
     * @param stored the reply to the write
     * @param host the one that the form was posted to
     */
    public static S3Reply of(Form form, String bucket, String host, S3Reply stored) {
        if (!stored.succeeded()) {
            return stored;
        }
        String etag = stored.headers().get(HttpHeaderNames.ETAG, "");
        String location = "http://" + host + "/" + Rfc3986.encode(bucket) + "/" + Rfc3986.encodePath(form.key());
        S3Reply reply = redirect(form, bucket, etag).orElseGet(() -> switch (form.field("success_action_status")
                .orElse("")) {
            case "200" -> S3Reply.empty(200);
            case "201" ->
                S3Reply.xml(
                        201,
                        XmlWriter.bare("PostResponse")
                                .leaf("Location", location)
                                .leaf("Bucket", bucket)
                                .leaf("Key", form.key())
                                .leaf("ETag", etag)
                                .end("PostResponse"));
            default -> S3Reply.empty(204);
        });
        stored.discard();
        stored.headers()
                .remove(HttpHeaderNames.CONTENT_LENGTH)
                .remove(HttpHeaderNames.CONTENT_TYPE)
                .remove(HttpHeaderNames.TRANSFER_ENCODING)
                .forEach(header -> reply.headers().add(header.getKey(), header.getValue()));
        if (!reply.headers().contains(HttpHeaderNames.LOCATION)) {
            reply.headers().set(HttpHeaderNames.LOCATION, location);
        }
        return reply;
    }

    private static Optional<S3Reply> redirect(Form form, String bucket, String etag) {
        return form.field("success_action_redirect")
                .or(() -> form.field("redirect"))
                .flatMap(FormAnswer::uri)
                .map(to -> {
                    String said = "bucket=" + Rfc3986.encode(bucket) + "&key=" + Rfc3986.encode(form.key()) + "&etag="
                            + Rfc3986.encode(etag);
                    S3Reply reply = S3Reply.empty(303);
                    reply.headers().set(HttpHeaderNames.LOCATION, to + (to.contains("?") ? "&" : "?") + said);
                    return reply;
                });
    }

    /** One that cannot be gone to is as good as none. */
    private static Optional<String> uri(String text) {
        try {
            URI uri = new URI(text);
            boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            return web ? Optional.of(uri.toASCIIString()) : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}
