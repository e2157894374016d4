package org.entente.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.entente.backends.sigv4.CanonicalRequest;
import org.entente.backends.sigv4.CredentialScope;
import org.entente.backends.sigv4.Sha256;
import org.entente.backends.sigv4.SigningKey;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;

/** An S3 client that says exactly what it is told to, right or wrong, over a bare socket. */
final class SignedHttp {
    private static final int PATIENCE_MILLIS = 30_000;

    /** An answer. */
    record Answer(int status, String head, String body) {
        boolean hasCode(String code) {
            return body.contains("<Code>" + code + "</Code>");
        }
    }

    /** A signed head and what its chunks' signatures start from. */
    record Signed(String head, SigningKey key, String timestamp, String signature) {}

    private final URI endpoint;
    private final String accessKey;
    private final String secret;

    SignedHttp(URI endpoint, String accessKey, String secret) {
        this.endpoint = endpoint;
        this.accessKey = accessKey;
        this.secret = secret;
    }

    /** Signs a head, all of whose headers are covered. */
    Signed sign(String method, String target, String payloadHash, Map<String, String> more) {
        String timestamp = SigningKey.timestamp(Instant.now());
        HttpHeaders headers = new DefaultHttpHeaders();
        more.forEach(headers::set);
        headers.set("host", endpoint.getAuthority());
        headers.set("x-amz-date", timestamp);
        headers.set("x-amz-content-sha256", payloadHash);
        List<String> signed = headers.names().stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .filter(name -> !name.equals("expect") && !name.equals("transfer-encoding"))
                .sorted()
                .toList();
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        Query query = Query.parse(question < 0 ? "" : target.substring(question + 1));
        CanonicalRequest request =
                new CanonicalRequest(method, Rfc3986.normalisePath(path), query, headers, signed, payloadHash);
        SigningKey key = SigningKey.of(secret, new CredentialScope(timestamp.substring(0, 8), "us-east-1", "s3"));
        String signature = key.sign(timestamp, request);
        headers.set(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"
                        .formatted(accessKey, key.scope(), request.signedHeaderNames(), signature));
        StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
        headers.forEach(header -> head.append(header.getKey())
                .append(": ")
                .append(header.getValue())
                .append("\r\n"));
        return new Signed(head + "\r\n", key, timestamp, signature);
    }

    /** A head that is signed in its query, headers among the rest of it. */
    String presign(String method, String path, Map<String, String> hoisted) {
        String timestamp = SigningKey.timestamp(Instant.now());
        SigningKey key = SigningKey.of(secret, new CredentialScope(timestamp.substring(0, 8), "us-east-1", "s3"));
        List<Query.Parameter> parameters = new ArrayList<>(List.of(
                new Query.Parameter("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
                new Query.Parameter("X-Amz-Credential", accessKey + "/" + key.scope()),
                new Query.Parameter("X-Amz-Date", timestamp),
                new Query.Parameter("X-Amz-Expires", "60"),
                new Query.Parameter("X-Amz-SignedHeaders", "host")));
        hoisted.forEach((name, value) -> parameters.add(new Query.Parameter(name, value)));
        Query query = new Query(parameters);
        HttpHeaders headers = new DefaultHttpHeaders().set("host", endpoint.getAuthority());
        String signature = key.sign(
                timestamp,
                new CanonicalRequest(
                        method, Rfc3986.normalisePath(path), query, headers, List.of("host"), "UNSIGNED-PAYLOAD"));
        return "%s %s?%s&X-Amz-Signature=%s HTTP/1.1\r\nhost: %s\r\n\r\n"
                .formatted(method, path, query.encoded(), signature, endpoint.getAuthority());
    }

    Answer send(String method, String target, String payloadHash, Map<String, String> headers, byte[] body) {
        return exchange(sign(method, target, payloadHash, headers).head(), body);
    }

    Answer get(String target) {
        return send("GET", target, Sha256.OF_NOTHING, Map.of(), new byte[0]);
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(endpoint.getHost(), endpoint.getPort());
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    /** Sends head and body and reads one answer. */
    Answer exchange(String head, byte[] body) {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head.getBytes(ISO_8859_1));
            try {
                socket.getOutputStream().write(body);
                socket.getOutputStream().flush();
            } catch (IOException refusedEarly) {
                // The answer is already there.
            }
            return read(socket.getInputStream(), head.startsWith("HEAD"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static Answer read(InputStream in, boolean bodyless) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("closed after: " + head.toString(ISO_8859_1));
            }
            head.write(b);
        }
        String text = head.toString(ISO_8859_1);
        int status = Integer.parseInt(text.substring(9, 12));
        String length = field(text, "content-length");
        byte[] body = bodyless || status == 204 || status == 304 || status == 100
                ? new byte[0]
                : length.isEmpty() ? readChunks(in) : in.readNBytes(Integer.parseInt(length));
        return new Answer(status, text, new String(body, UTF_8));
    }

    private static byte[] readChunks(InputStream in) throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        while (true) {
            StringBuilder size = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                size.append((char) c);
            }
            int length = Integer.parseInt(size.toString().strip(), 16);
            whole.writeBytes(in.readNBytes(length));
            in.readNBytes(2);
            if (length == 0) {
                return whole.toByteArray();
            }
        }
    }

    static String field(String head, String name) {
        return head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    static String sha256(byte[] bytes) {
        MessageDigest digest = Sha256.digest();
        return Sha256.hex(digest.digest(bytes));
    }

    /** A body of signed chunks, as SDKs frame it. */
    static byte[] signedChunks(Signed seed, List<byte[]> chunks, String trailer) {
        ByteArrayOutputStream framed = new ByteArrayOutputStream();
        String previous = seed.signature();
        for (byte[] chunk : chunks) {
            previous = seed.key().signChunk(seed.timestamp(), previous, sha256(chunk));
            framed.writeBytes(
                    (Integer.toHexString(chunk.length) + ";chunk-signature=" + previous + "\r\n").getBytes(US_ASCII));
            framed.writeBytes(chunk);
            framed.writeBytes("\r\n".getBytes(US_ASCII));
        }
        previous = seed.key().signChunk(seed.timestamp(), previous, Sha256.OF_NOTHING);
        framed.writeBytes(("0;chunk-signature=" + previous + "\r\n").getBytes(US_ASCII));
        if (!trailer.isEmpty()) {
            String seal =
                    seed.key().signTrailer(seed.timestamp(), previous, sha256((trailer + "\n").getBytes(US_ASCII)));
            framed.writeBytes((trailer + "\r\nx-amz-trailer-signature:" + seal + "\r\n").getBytes(US_ASCII));
        }
        framed.writeBytes("\r\n".getBytes(US_ASCII));
        return framed.toByteArray();
    }
}
