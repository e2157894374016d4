package org.entente.backends.sigv4;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import org.entente.backends.uri.Query;
import org.entente.backends.uri.Rfc3986;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cases of Amazon's published Signature Version 4 test suite, by the names that they have there. */
class PublishedSuiteTest {
    private static final String TIME = "20150830T123600Z";
    private static final SigningKey KEY = SigningKey.of(
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", new CredentialScope("20150830", "us-east-1", "service"));

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0001',
            value = {
                "get-vanilla                   |GET |/      |                    |      ||5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
                "get-vanilla-empty-query-key   |GET |/      |Param1=value1       |      ||a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
                "get-vanilla-query-order-key-case|GET|/     |Param2=value2&Param1=value1|||b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
                "get-vanilla-query-unreserved  |GET |/      |-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz|||9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
                "get-vanilla-utf8-query        |GET |/      |%E1%88%B4=bar       |      ||2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
                "get-unreserved                |GET |/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz||||07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
                "get-utf8                      |GET |/%E1%88%B4|                 |      ||8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
                "get-header-key-duplicate      |GET |/      |                    |My-Header1:value2;My-Header1:value2;My-Header1:value1||c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
                "get-header-value-order        |GET |/      |                    |My-Header1:value4;My-Header1:value1;My-Header1:value3;My-Header1:value2||08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
                "get-header-value-trim         |GET |/      |                    |My-Header1: value1;My-Header2: \"a   b   c\"||acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
                "post-vanilla                  |POST|/      |                    |      ||5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
                "post-vanilla-query            |POST|/      |Param1=value1       |      ||28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
                "post-x-www-form-urlencoded    |POST|/      |                    |Content-Type:application/x-www-form-urlencoded|Param1=value1|ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
            })
    void isSignedAsPublished(
            String name, String method, String path, String query, String headers, String body, String signature) {
        HttpHeaders all = DefaultHttpHeadersFactory.headersFactory()
                .withValidation(false)
                .newHeaders()
                .set("host", "example.amazonaws.com")
                .set("x-amz-date", TIME);
        if (headers != null) {
            for (String header : headers.split(";", -1)) {
                all.add(header.substring(0, header.indexOf(':')), header.substring(header.indexOf(':') + 1));
            }
        }
        List<String> signed = all.names().stream()
                .map(n -> n.toLowerCase(Locale.ROOT))
                .distinct()
                .sorted()
                .toList();
        byte[] payload = body == null ? new byte[0] : body.getBytes(UTF_8);
        CanonicalRequest request = new CanonicalRequest(
                method,
                Rfc3986.normalisePath(path),
                query == null ? Query.none() : Query.parse(query),
                all,
                signed,
                Sha256.hex(Sha256.digest().digest(payload)));
        assertThat(KEY.sign(TIME, request)).as(name).isEqualTo(signature);
    }
}
