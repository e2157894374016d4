package org.entente.backends.sigv4;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;
import org.junit.jupiter.api.Test;

/**
 * The examples that Amazon publishes, with the signatures that it gives for them.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html">Header-based</a>, <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html">query-based</a> and <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html">chunked</a> examples
 */
class PublishedVectorsTest {
    private static final String TIME = "20130524T000000Z";
    private static final SigningKey KEY = SigningKey.of(
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", new CredentialScope("20130524", "us-east-1", "s3"));

    private static String sign(String method, String path, Query query, String payloadHash, Map<String, String> more) {
        HttpHeaders headers = new DefaultHttpHeaders();
        headers.set("host", "examplebucket.s3.amazonaws.com");
        headers.set("x-amz-content-sha256", payloadHash);
        headers.set("x-amz-date", TIME);
        more.forEach(headers::set);
        List<String> signed = headers.names().stream()
                .map(n -> n.toLowerCase(java.util.Locale.ROOT))
                .sorted()
                .toList();
        return KEY.sign(
                TIME, new CanonicalRequest(method, Rfc3986.normalisePath(path), query, headers, signed, payloadHash));
    }

    @Test
    void getObjectWithARange() {
        assertThat(sign("GET", "/test.txt", Query.none(), Sha256.OF_NOTHING, Map.of("range", "bytes=0-9")))
                .isEqualTo("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    }

    @Test
    void putObjectWithAKeyThatMustBeEncoded() {
        assertThat(sign(
                        "PUT",
                        "/test$file.text",
                        Query.none(),
                        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
                        Map.of("date", "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class", "REDUCED_REDUNDANCY")))
                .isEqualTo("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    }

    @Test
    void aSubresourceWithoutAValue() {
        assertThat(sign("GET", "/", Query.parse("lifecycle"), Sha256.OF_NOTHING, Map.of()))
                .isEqualTo("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    }

    @Test
    void listObjectsWithParametersThatMustBeSorted() {
        assertThat(sign("GET", "/", Query.parse("prefix=J&max-keys=2"), Sha256.OF_NOTHING, Map.of()))
                .isEqualTo("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    }

    @Test
    void aPresignedUrl() {
        Query query = Query.parse("X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host");
        HttpHeaders headers = new DefaultHttpHeaders().set("host", "examplebucket.s3.amazonaws.com");
        CanonicalRequest request =
                new CanonicalRequest("GET", "/test.txt", query, headers, List.of("host"), "UNSIGNED-PAYLOAD");
        assertThat(KEY.sign(TIME, request))
                .isEqualTo("aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    }

    @Test
    void aPayloadInChunks() {
        String seed = sign(
                "PUT",
                "/examplebucket/chunkObject.txt",
                Query.none(),
                "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                Map.of(
                        "host", "s3.amazonaws.com",
                        "content-encoding", "aws-chunked",
                        "content-length", "66824",
                        "x-amz-decoded-content-length", "66560",
                        "x-amz-storage-class", "REDUCED_REDUNDANCY"));
        assertThat(seed).isEqualTo("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
        String first = KEY.signChunk(TIME, seed, hashOfLetters(65536));
        assertThat(first).isEqualTo("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
        String second = KEY.signChunk(TIME, first, hashOfLetters(1024));
        assertThat(second).isEqualTo("0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
        assertThat(KEY.signChunk(TIME, second, Sha256.OF_NOTHING))
                .isEqualTo("b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
    }

    @Test
    void aPayloadInChunksWithATrailer() {
        String seed = sign(
                "PUT",
                "/examplebucket/chunkObject.txt",
                Query.none(),
                "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
                Map.of(
                        "host", "s3.amazonaws.com",
                        "content-encoding", "aws-chunked",
                        "x-amz-decoded-content-length", "66560",
                        "x-amz-storage-class", "REDUCED_REDUNDANCY",
                        "x-amz-trailer", "x-amz-checksum-crc32c"));
        assertThat(seed).isEqualTo("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
        String first = KEY.signChunk(TIME, seed, hashOfLetters(65536));
        assertThat(first).isEqualTo("b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2");
        String second = KEY.signChunk(TIME, first, hashOfLetters(1024));
        assertThat(second).isEqualTo("1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7");
        String last = KEY.signChunk(TIME, second, Sha256.OF_NOTHING);
        assertThat(last).isEqualTo("2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992");
        assertThat(KEY.signTrailer(TIME, last, Sha256.hex("x-amz-checksum-crc32c:sOO8/Q==\n")))
                .isEqualTo("d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435");
    }

    private static String hashOfLetters(int count) {
        byte[] letters = new byte[count];
        Arrays.fill(letters, "a".getBytes(UTF_8)[0]);
        return Sha256.hex(Sha256.digest().digest(letters));
    }
}
