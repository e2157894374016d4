package org.entente.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.entente.backends.sigv4.CredentialScope;
import org.entente.backends.sigv4.SigningKey;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What browsers do: forms that upload, and pages from elsewhere. */
@ExtendWith(NoLeaks.class)
class BrowserTest {
    private static final URI ENDPOINT = Rig.shared().running().s3Address();
    private static final String BOUNDARY = "-----------------------------a-browser-s";
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final SignedHttp FRENCH = new SignedHttp(ENDPOINT, Rig.FRENCH_KEY, Rig.FRENCH_SECRET);

    private final String bucket = "fr-" + UUID.randomUUID().toString().substring(0, 18);
    private final Map<String, String> fields = new LinkedHashMap<>();

    @AfterAll
    static void nothingIsLeftOnDisk() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.startsWith("entente-form-"));
        }
    }

    @BeforeEach
    void makeBucket() {
        assertThat(FRENCH.send("PUT", "/" + bucket, "UNSIGNED-PAYLOAD", Map.of(), new byte[0])
                        .status())
                .isEqualTo(200);
    }

    private String policy(String conditions) {
        return """
                {"expiration": "%s", "conditions": [{"bucket": "%s"}, ["starts-with", "$key", "in/"],
                  ["starts-with", "$x-amz-", ""], {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
                  ["starts-with", "$x-amz-credential", ""], ["starts-with", "$x-amz-date", ""] %s]}""".formatted(Instant.now().plus(Duration.ofMinutes(5)), bucket, conditions);
    }

    /** Fills in what a page's server gives to the page. */
    private void sign(String policy) {
        String timestamp = SigningKey.timestamp(Instant.now());
        CredentialScope scope = new CredentialScope(timestamp.substring(0, 8), "us-east-1", "s3");
        String encoded = Base64.getEncoder().encodeToString(policy.getBytes(UTF_8));
        fields.put("x-amz-algorithm", SigningKey.ALGORITHM);
        fields.put("x-amz-credential", Rig.FRENCH_KEY + "/" + scope);
        fields.put("x-amz-date", timestamp);
        fields.put("policy", encoded);
        fields.put("x-amz-signature", SigningKey.of(Rig.FRENCH_SECRET, scope).signPolicy(encoded));
    }

    private HttpResponse<String> post(byte[] file) throws IOException, InterruptedException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Map.Entry<String, String> field : fields.entrySet()) {
            body.write(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + field.getKey() + "\"\r\n\r\n"
                            + field.getValue() + "\r\n")
                    .getBytes(UTF_8));
        }
        body.write(("--" + BOUNDARY
                        + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\\\docs\\\\été.txt\"\r\n"
                        + "Content-Type: text/plain\r\n\r\n")
                .getBytes(UTF_8));
        body.write(file);
        body.write(("\r\n--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"submit\"\r\n\r\nUpload\r\n--"
                        + BOUNDARY + "--\r\n")
                .getBytes(UTF_8));
        return HTTP.send(
                HttpRequest.newBuilder(ENDPOINT.resolve("/" + bucket))
                        .header("content-type", "multipart/form-data; boundary=" + BOUNDARY)
                        .POST(BodyPublishers.ofByteArray(body.toByteArray()))
                        .build(),
                BodyHandlers.ofString());
    }

    private SignedHttp.Answer stored(String key) {
        return FRENCH.get("/" + bucket + "/" + key);
    }

    @Test
    void aFormUploads() throws Exception {
        fields.put("key", "in/${filename}");
        fields.put("Content-Type", "text/csv");
        fields.put("x-amz-meta-unit", "logistics");
        fields.put("x-ignore-me", "yes");
        fields.put("success_action_status", "201");
        sign(policy(", {\"content-type\": \"text/csv\"}, {\"X-Amz-Meta-Unit\": \"logistics\"},"
                + " {\"success_action_status\": \"201\"}, [\"content-length-range\", 1, 2000000]"));
        byte[] file = "a,b\r\n--not-the-boundary\r\n".repeat(50_000).getBytes(UTF_8);
        HttpResponse<String> answer = post(file);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        assertThat(answer.body()).contains("<Key>in/été.txt</Key>", "<Bucket>" + bucket + "</Bucket>", "<ETag>");
        SignedHttp.Answer there = stored("in/%C3%A9t%C3%A9.txt");
        assertThat(there.body()).isEqualTo(new String(file, UTF_8));
        assertThat(there.head())
                .containsIgnoringCase("content-type: text/csv")
                .containsIgnoringCase("x-amz-meta-unit: logistics");
    }

    @Test
    void aPageCanBeGoneToAfterwards() throws Exception {
        fields.put("key", "in/a b");
        fields.put("success_action_redirect", "http://page.example/done?x=1");
        sign(policy(", [\"eq\", \"$success_action_redirect\", \"http://page.example/done?x=1\"]"));
        HttpResponse<String> answer = post("x".getBytes(UTF_8));
        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("location"))
                .hasValueSatisfying(to -> assertThat(to)
                        .startsWith("http://page.example/done?x=1&bucket=" + bucket + "&key=in%2Fa%20b&etag=%22"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            key | out/x | 403 | AccessDenied
            x-amz-meta-extra | 1 | 403 | AccessDenied
            x-amz-signature | 00 | 403 | SignatureDoesNotMatch
            x-amz-credential | NOBODY/20260101/us-east-1/s3/aws4_request | 403 | InvalidAccessKeyId
            x-amz-credential | nonsense | 400 | InvalidArgument
            policy | bm8ganNvbg== | 403 | SignatureDoesNotMatch
            content-md5 | AAAAAAAAAAAAAAAAAAAAAA== | 400 | BadDigest
            x-amz-checksum-crc32 | AAAAAA== | 400 | BadDigest
            """)
    void whatIsNotAsItWasSignedIsRefused(String field, String value, int status, String code) throws Exception {
        fields.put("key", "in/x");
        sign(policy(", [\"starts-with\", \"$content-md5\", \"\"], [\"starts-with\", \"$x-amz-checksum-crc32\", \"\"]"));
        fields.put(field, value);
        HttpResponse<String> answer = post("hello".getBytes(UTF_8));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains("<Code>" + code + "</Code>");
        assertThat(stored("in/x").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({"2,3,EntityTooLarge", "6,10,EntityTooSmall"})
    void aFileHasTheLengthThatWasSigned(int least, int most, String code) throws Exception {
        fields.put("key", "in/x");
        sign(policy(", [\"content-length-range\", " + least + ", " + most + "]"));
        HttpResponse<String> answer = post("hello".getBytes(UTF_8));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("<Code>" + code + "</Code>");
        assertThat(stored("in/x").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {} | InvalidPolicyDocument
            {"expiration": "2040-01-01T00:00:00Z"} | InvalidPolicyDocument
            {"EXPIRATION": "2040-01-01T00:00:00Z", "conditions": []} | InvalidPolicyDocument
            {"expiration": "soon", "conditions": []} | InvalidPolicyDocument
            {"expiration": "2040-01-01T00:00:00Z", "conditions": [{}]} | InvalidPolicyDocument
            {"expiration": "2040-01-01T00:00:00Z", "conditions": [["wish", "$key", "x"]]} | InvalidPolicyDocument
            {"expiration": "2040-01-01T00:00:00Z", "conditions": [["content-length-range", "few", 1]]} | InvalidPolicyDocument
            {"expiration": "2020-01-01T00:00:00Z", "conditions": []} | AccessDenied
            {"expiration": "2040-01-01T00:00:00Z", "conditions": [["starts-with", "$key", ""]]} | AccessDenied
            """)
    void aPolicyThatIsNoneIsRefused(String policy, String code) throws Exception {
        fields.put("key", "in/x");
        sign(policy);
        assertThat(post("x".getBytes(UTF_8)).body()).contains("<Code>" + code + "</Code>");
    }

    @Test
    void whatIsRefusedIsRefusedBeforeTheFileIsThere() throws Exception {
        String beginning = "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nin/x\r\n--"
                + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n"
                + "the first bytes of very many".repeat(10_000);
        try (Socket socket = FRENCH.connect()) {
            socket.getOutputStream()
                    .write(("POST /" + bucket + " HTTP/1.1\r\nHost: " + ENDPOINT.getAuthority()
                                    + "\r\nContent-Type: multipart/form-data; boundary=" + BOUNDARY
                                    + "\r\nContent-Length: 5000000000\r\n\r\n" + beginning)
                            .getBytes(UTF_8));
            assertThat(SignedHttp.read(socket.getInputStream(), false).status()).isEqualTo(403);
        }
    }

    @Test
    void whatIsUnsignedOrNoFormIsRefused() throws Exception {
        fields.put("key", "in/x");
        HttpResponse<String> unsigned = post("x".getBytes(UTF_8));
        assertThat(unsigned.statusCode()).isEqualTo(403);
        for (String type : new String[] {"multipart/form-data", "multipart/form-data; boundary=other"}) {
            HttpResponse<String> answer = HTTP.send(
                    HttpRequest.newBuilder(ENDPOINT.resolve("/" + bucket))
                            .header("content-type", type)
                            .POST(BodyPublishers.ofString("no parts at all"))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        }
    }

    @Test
    void pagesFromElsewhereMayDoWhatTheOwnerSays() throws Exception {
        HttpResponse<String> before = preflight("https://a.example", "GET", "x-amz-date");
        assertThat(before.statusCode()).isEqualTo(403);
        assertThat(before.body()).contains("<Code>AccessForbidden</Code>");
        byte[] rules = """
                <CORSConfiguration>
                  <CORSRule><AllowedOrigin>https://*.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>
                    <AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader>
                    <MaxAgeSeconds>600</MaxAgeSeconds></CORSRule>
                  <CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>HEAD</AllowedMethod></CORSRule>
                </CORSConfiguration>""".getBytes(UTF_8);
        assertThat(FRENCH.send(
                                "PUT",
                                "/" + bucket + "?cors",
                                "UNSIGNED-PAYLOAD",
                                Map.of("content-length", String.valueOf(rules.length)),
                                rules)
                        .status())
                .isEqualTo(200);
        HttpResponse<String> allowed = preflight("https://a.example", "PUT", "x-amz-date, X-Amz-Meta-Unit");
        assertThat(allowed.statusCode()).isEqualTo(200);
        assertThat(allowed.headers().map())
                .contains(
                        Map.entry("access-control-allow-origin", List.of("https://a.example")),
                        Map.entry("access-control-allow-methods", List.of("GET, PUT")),
                        Map.entry("access-control-allow-headers", List.of("x-amz-date, X-Amz-Meta-Unit")),
                        Map.entry("access-control-max-age", List.of("600")));
        assertThat(preflight("https://a.example", "PUT", "cookie").statusCode()).isEqualTo(403);
        assertThat(preflight("https://a.example", "DELETE", "").statusCode()).isEqualTo(403);
        assertThat(preflight("https://a.other", "GET", "").statusCode()).isEqualTo(403);
        assertThat(preflight("https://a.other", "HEAD", "").headers().firstValue("access-control-allow-origin"))
                .hasValue("*");
        SignedHttp.Answer read = FRENCH.send(
                "GET",
                "/" + bucket + "/missing",
                "UNSIGNED-PAYLOAD",
                Map.of("origin", "https://a.example"),
                new byte[0]);
        assertThat(read.status()).isEqualTo(404);
        assertThat(read.head())
                .as("a page may also read why something failed")
                .containsIgnoringCase("access-control-allow-origin: https://a.example")
                .containsIgnoringCase("access-control-expose-headers: ETag");
        assertThat(FRENCH.send(
                                "GET",
                                "/" + bucket + "/missing",
                                "UNSIGNED-PAYLOAD",
                                Map.of("origin", "https://a.other"),
                                new byte[0])
                        .head())
                .doesNotContainIgnoringCase("access-control-allow");
    }

    private HttpResponse<String> preflight(String origin, String method, String headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(ENDPOINT.resolve("/" + bucket + "/k"))
                .method("OPTIONS", BodyPublishers.noBody())
                .header("origin", origin)
                .header("access-control-request-method", method);
        if (!headers.isEmpty()) {
            request.header("access-control-request-headers", headers);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }
}
