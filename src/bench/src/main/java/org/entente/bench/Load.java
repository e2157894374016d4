package org.entente.bench;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.entente.backends.sigv4.CanonicalRequest;
import org.entente.backends.sigv4.CredentialScope;
import org.entente.backends.sigv4.SigningKey;
import org.entente.backends.uri.Query;

/**
 * What is asked of each contender: signed requests by wrk, over connections that stay open.
 *
 * @param keys how many different keys are asked for in turn
 */
record Load(String name, String method, String bucket, int bytes, int connections, int keys) {
    static final String ACCESS_KEY = "BENCH00000000000001";
    /** Of somebody whose requests are never put off. */
    static final String URGENT_KEY = "BENCH00000000000002";

    static final String SECRET = "the secret of the benchmark";

    private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in");
    private static final Pattern REFUSED = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
    private static final Pattern P99 = Pattern.compile("99%\\s+([0-9.]+)(us|ms|s)");

    /** @param p99 in milliseconds */
    record Result(long requests, long refused, double p99) {}

    /** Sends requests for some seconds, and counts the answers. */
    Result run(int port, int seconds, Path directory) throws IOException, InterruptedException {
        Path script = Files.writeString(directory.resolve("load.lua"), script(port));
        Process wrk = new ProcessBuilder(
                        "taskset",
                        "-c",
                        "1",
                        "wrk",
                        "-t1",
                        "-c" + connections,
                        "-d" + seconds + "s",
                        "--timeout",
                        "30s",
                        "--latency",
                        "-s",
                        script.toString(),
                        "http://127.0.0.1:" + port)
                .redirectErrorStream(true)
                .start();
        String said = new String(wrk.getInputStream().readAllBytes());
        if (wrk.waitFor() != 0) {
            throw new IOException(said);
        }
        Matcher p99 = P99.matcher(said);
        return new Result(
                number(REQUESTS, said),
                number(REFUSED, said),
                p99.find() ? Double.parseDouble(p99.group(1)) * unit(p99.group(2)) : Double.NaN);
    }

    /** Makes the bucket at the contender. */
    void makeBucket(int port) throws IOException, InterruptedException {
        String path = "/" + bucket;
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .PUT(HttpRequest.BodyPublishers.noBody());
        sign(request, signed("PUT", port, path, "", ACCESS_KEY));
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> made = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            // One that it has already is as good.
            if (made.statusCode() != 200 && made.statusCode() != 409) {
                throw new IOException(bucket + " is not made: " + made.body());
            }
        }
    }

    /**
     * Asks for a page of a listing.
     *
     * @param query encoded, in order
     */
    static HttpRequest listing(int port, String bucket, String query) {
        String path = "/" + bucket;
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path + "?" + query));
        sign(request, signed("GET", port, path, query, ACCESS_KEY));
        return request.build();
    }

    private static void sign(HttpRequest.Builder request, HttpHeaders headers) {
        headers.forEach(header -> {
            if (!header.getKey().equals("Host")) {
                request.header(header.getKey(), header.getValue());
            }
        });
    }

    private static double unit(String name) {
        return switch (name) {
            case "us" -> 0.001;
            case "ms" -> 1;
            default -> 1000;
        };
    }

    private static long number(Pattern pattern, String text) {
        Matcher found = pattern.matcher(text);
        return found.find() ? Long.parseLong(found.group(1)) : 0;
    }

    private String script(int port) {
        StringBuilder script = new StringBuilder("local all = {}\n");
        String body = method.equals("PUT") ? "string.rep('x', " + bytes + ")" : "nil";
        script.append("local body = ").append(body).append('\n');
        for (int i = 0; i < keys; i++) {
            String path = path(i);
            HttpHeaders headers = signed(port, path, ACCESS_KEY);
            script.append("all[").append(i).append("] = {'").append(path).append("', {");
            headers.forEach(header -> script.append("['")
                    .append(header.getKey())
                    .append("']='")
                    .append(header.getValue())
                    .append("',"));
            script.append("}}\n");
        }
        return script + """
                local requests = {}
                init = function(args)
                  for i = 0, %1$d do requests[i] = wrk.format('%2$s', all[i][1], all[i][2], body) end
                end
                local n = 0
                request = function() n = (n + 1) %% %3$d; return requests[n] end
                """.formatted(keys - 1, method, keys);
    }

    /** The first of them as it goes over the wire. */
    byte[] request(int port, String accessKey) {
        return request(port, accessKey, 0);
    }

    /** One of them as it goes over the wire. */
    byte[] request(int port, String accessKey, int key) {
        StringBuilder request = new StringBuilder(method + " " + path(key) + " HTTP/1.1\r\n");
        signed(port, path(key), accessKey)
                .forEach(header -> request.append(header.getKey() + ": " + header.getValue() + "\r\n"));
        String body = method.equals("PUT") ? "x".repeat(bytes) : "";
        if (method.equals("PUT")) {
            request.append("content-length: " + bytes + "\r\n");
        }
        return request.append("\r\n").append(body).toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Of the first of them. */
    String path() {
        return path(0);
    }

    private String path(int key) {
        return "/" + bucket + "/k" + key + "-get-" + bytes;
    }

    /** Signs the first of them. */
    void sign(HttpHeaders headers, int port) {
        headers.set(signed(port, path(), ACCESS_KEY));
    }

    private HttpHeaders signed(int port, String path, String accessKey) {
        return signed(method, port, path, "", accessKey);
    }

    private static HttpHeaders signed(String method, int port, String path, String query, String accessKey) {
        String timestamp = SigningKey.timestamp(Instant.now());
        HttpHeaders headers = new DefaultHttpHeaders()
                .set("Host", "127.0.0.1:" + port)
                .set("x-amz-date", timestamp)
                .set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        CanonicalRequest request = new CanonicalRequest(
                method,
                path,
                Query.parse(query),
                headers,
                List.of("host", "x-amz-content-sha256", "x-amz-date"),
                "UNSIGNED-PAYLOAD");
        SigningKey key = SigningKey.of(SECRET, new CredentialScope(timestamp.substring(0, 8), "us-east-1", "s3"));
        return headers.set(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"
                        .formatted(accessKey, key.scope(), request.signedHeaderNames(), key.sign(timestamp, request)));
    }
}
