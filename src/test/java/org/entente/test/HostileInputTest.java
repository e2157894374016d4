package org.entente.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.entente.backends.sigv4.Sha256;
import org.entente.test.SignedHttp.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Malformed input of any kind gets an answer of the client's own making, soon, and does no harm. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class HostileInputTest {
    private final SignedHttp http =
            new SignedHttp(Rig.shared().running().s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
    private final String bucket = "fr-hostile-" + UUID.randomUUID().toString().substring(0, 18);

    @BeforeEach
    void makeBucket() {
        Map<String, String> empty = Map.of("content-length", "0");
        assertThat(http.send("PUT", "/" + bucket, "UNSIGNED-PAYLOAD", empty, new byte[0])
                        .status())
                .isEqualTo(200);
    }

    @AfterEach
    void stillServes() {
        assertThat(http.get("/" + bucket + "?list-type=2").status()).isEqualTo(200);
    }

    @Test
    void xmlBombsAreRefusedUnopened() {
        String laughs =
                "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><Delete><Object><Key>&b;</Key></Object></Delete>";
        String outside =
                "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/hostname\">]><Delete><Object><Key>&f;</Key></Object></Delete>";
        String deep = "<a>".repeat(10_000) + "</a>".repeat(10_000);
        for (String document : List.of(
                laughs,
                outside,
                deep,
                "<Delete>",
                "",
                "not xml",
                "<Delete/>",
                "\u0000",
                "<Delete><Object/></Delete>")) {
            Answer answer = post("?delete", document.getBytes(ISO_8859_1));
            assertThat(answer.status())
                    .as(document.substring(0, Math.min(40, document.length())))
                    .isEqualTo(400);
            assertThat(answer.hasCode("MalformedXML")).as(answer.body()).isTrue();
        }
    }

    @Test
    void documentsBeyondTheLimitAreRefused() {
        byte[] huge = new byte[5 << 20];
        assertThat(post("?delete", huge).hasCode("EntityTooLarge")).isTrue();
    }

    private Answer post(String query, byte[] body) {
        Map<String, String> headers = Map.of("content-length", String.valueOf(body.length));
        return http.send("POST", "/" + bucket + query, SignedHttp.sha256(body), headers, body);
    }

    @Test
    void brokenChunkFramingIsRefused() {
        for (String framing : List.of(
                "zz\r\nabc\r\n0\r\n\r\n",
                "-1\r\n\r\n",
                "ffffffffffffffffffff\r\n",
                "5\r\nabc",
                "3\r\nabcXX0\r\n\r\n",
                "3;x=y\r\nabc\r\n0\r\n\r\n",
                "3\r\nabc\r\n0\r\n" + "t:v\r\n".repeat(100) + "\r\n",
                "3\r\nabc\r\n0\r\nnocolon\r\n\r\n",
                "3\r\nabc\r\n0\r\n\r\nmore",
                "1".repeat(5000),
                "",
                "\r\n")) {
            byte[] body = framing.getBytes(US_ASCII);
            Map<String, String> headers =
                    Map.of("content-length", String.valueOf(body.length), "x-amz-decoded-content-length", "3");
            Answer answer = http.send("PUT", "/" + bucket + "/k", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", headers, body);
            assertThat(answer.status()).as(framing + answer.body()).isEqualTo(400);
        }
        assertThat(http.get("/" + bucket + "/k").status()).isEqualTo(404);
    }

    @Test
    void oddHeadsAreTheClientsMistake() throws IOException {
        String host = "host: x\r\n";
        for (String head : List.of(
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
                "GET /%zz HTTP/1.1\r\n" + host + "\r\n",
                "GET * HTTP/1.1\r\n" + host + "\r\n",
                "OPTIONS * HTTP/1.1\r\n" + host + "\r\n",
                "GET http://elsewhere/b/k HTTP/1.1\r\n" + host + "\r\n",
                "BREW /b/k HTTP/1.1\r\n" + host + "\r\n",
                "GET //b HTTP/1.1\r\n" + host + "\r\n",
                "GET /b?%zz=1 HTTP/1.1\r\n" + host + "\r\n",
                "GET /b HTTP/1.1\r\n" + host + "authorization: AWS4-HMAC-SHA256 \r\n\r\n",
                "GET /b HTTP/1.1\r\n" + host
                        + "authorization: AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=\r\n\r\n",
                "GET /b HTTP/1.1\r\n" + host + "authorization: Basic x\r\n\r\n",
                "GET /b HTTP/1.1\r\n" + host + "authorization: AWS a:b\r\n\r\n",
                "GET /b?X-Amz-Algorithm=AWS4-HMAC-SHA256 HTTP/1.1\r\n" + host + "\r\n",
                "GET /b?X-Amz-Security-Token=x HTTP/1.1\r\n" + host + "\r\n",
                "PUT /b/k HTTP/1.1\r\n" + host + "content-length: 99999999999999999999\r\n\r\n",
                "PUT /b/k HTTP/1.1\r\n" + host + "content-length: -1\r\n\r\n",
                "GET /" + "k".repeat(20_000) + " HTTP/1.1\r\n" + host + "\r\n",
                "GET / HTTP/1.1\r\n" + host + "x: " + "y".repeat(40_000) + "\r\n\r\n",
                "entirely beside the point\r\n\r\n")) {
            int status = statusOf(head.getBytes(ISO_8859_1));
            assertThat(status)
                    .as(head.substring(0, Math.min(100, head.length())))
                    .isBetween(400, 499);
        }
    }

    @Test
    void everyPartOfAnAuthorizationIsChecked() {
        String good =
                http.sign("GET", "/" + bucket, Sha256.OF_NOTHING, Map.of()).head();
        assertThat(http.exchange(good, new byte[0]).status()).isEqualTo(200);
        Map<String, String> changes = Map.of(
                "/s3/aws4_request",
                "/s4/aws4_request",
                "aws4_request",
                "aws5_request",
                "Credential=",
                "Credentia=",
                "SignedHeaders=host;",
                "SignedHeaders=",
                Rig.FRENCH_KEY,
                "NOBODY",
                "AWS4-HMAC-SHA256",
                "AWS4-HMAC-SHA1");
        changes.forEach((from, to) -> assertThat(
                        http.exchange(good.replace(from, to), new byte[0]).status())
                .as(to)
                .isBetween(400, 403));
        assertThat(http.exchange(good.replace("\r\n\r\n", "\r\nx-amz-added: 1\r\n\r\n"), new byte[0])
                        .hasCode("AccessDenied"))
                .as("a header that begins with x-amz- and is not signed")
                .isTrue();
    }

    @Test
    void nothingCanBeSmuggledIntoAHeaderThroughASignedUrl() {
        for (Map<String, String> hoisted : List.of(
                Map.of("x-amz-meta-a", "b\r\nx-amz-meta-smuggled: 1"),
                Map.of("x-amz-meta-a", "b\u0000"),
                Map.of("x-amz-meta-a: 1\r\nx-amz-meta-smuggled", "1"))) {
            String head = http.presign("PUT", "/" + bucket + "/k", hoisted)
                    .replace("\r\n\r\n", "\r\ncontent-length: 0\r\n\r\n");
            Answer answer = http.exchange(head, new byte[0]);
            assertThat(answer.status()).as(answer.body()).isEqualTo(400);
            assertThat(answer.hasCode("InvalidArgument")).as(answer.body()).isTrue();
        }
        assertThat(http.get("/" + bucket + "/k").status()).isEqualTo(404);
    }

    @Test
    void aPartOfABucketThatWeDoNotKnowIsNotTakenForTheBucket() {
        Map<String, String> empty = Map.of("content-length", "0");
        for (String method : List.of("PUT", "DELETE")) {
            Answer answer = http.send(method, "/" + bucket + "?metadataTable", "UNSIGNED-PAYLOAD", empty, new byte[0]);
            assertThat(answer.status()).as(method + answer.body()).isEqualTo(501);
            assertThat(http.get("/" + bucket + "?list-type=2").status()).isEqualTo(200);
        }
    }

    @Test
    void aSourceBelongsToCopiesAlone() {
        for (String source : List.of("", "/elsewhere/k")) {
            byte[] tags = "<Tagging/>".getBytes(US_ASCII);
            Map<String, String> headers =
                    Map.of("content-length", String.valueOf(tags.length), "x-amz-copy-source", source);
            Answer answer = http.send("PUT", "/" + bucket + "/k?tagging", "UNSIGNED-PAYLOAD", headers, tags);
            assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        }
    }

    @Test
    void randomDamageIsNeverTheGatewaysFault() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] body = "3\r\nabc\r\n0\r\n\r\n".getBytes(US_ASCII);
        for (int i = 0; i < 1500; i++) {
            String good = http.sign(
                            "PUT",
                            "/" + bucket + "/k?x-id=PutObject",
                            "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                            Map.of("content-length", String.valueOf(body.length), "x-amz-decoded-content-length", "3"))
                    .head();
            byte[] request = (good + new String(body, ISO_8859_1)).getBytes(ISO_8859_1);
            for (int damage = 0; damage <= random.nextInt(3); damage++) {
                int at = random.nextInt(request.length);
                request[at] = (byte) random.nextInt(256);
            }
            int status = statusOf(request);
            assertThat(status)
                    .as("seed %d, round %d: %s", seed, i, new String(request, ISO_8859_1))
                    .isNotEqualTo(500)
                    .isLessThan(502);
        }
    }

    /** The answer's status; 400 where the connection was closed without one, which says the same. */
    private int statusOf(byte[] request) throws IOException {
        try (Socket socket = http.connect()) {
            socket.getOutputStream().write(request);
            socket.shutdownOutput();
            InputStream in = socket.getInputStream();
            byte[] line = in.readNBytes(12);
            return line.length < 12 ? 400 : Integer.parseInt(new String(line, 9, 3, US_ASCII));
        } catch (java.net.SocketException reset) {
            return 400;
        }
    }
}
