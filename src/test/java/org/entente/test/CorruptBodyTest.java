package org.entente.test;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.entente.backends.Checksum;
import org.entente.test.SignedHttp.Answer;
import org.entente.test.SignedHttp.Signed;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A body that is not what its sender meant never becomes visible at the site, also when only its end is wrong. */
@ExtendWith(NoLeaks.class)
class CorruptBodyTest {
    private static final String SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    private static final String SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    private static final String UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    private final SignedHttp http =
            new SignedHttp(Rig.shared().running().s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
    private final byte[] content = new byte[300_000];
    private String target = "";
    private String bucket = "";

    @BeforeEach
    void makeBucket() {
        new Random(7).nextBytes(content);
        bucket = "fr-corrupt-" + UUID.randomUUID().toString().substring(0, 18);
        target = "/" + bucket + "/object";
        assertThat(http.send("PUT", "/" + bucket, "UNSIGNED-PAYLOAD", Map.of("content-length", "0"), new byte[0])
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aSignedHashMustBeTheBodys() {
        Map<String, String> headers = Map.of("content-length", String.valueOf(content.length));
        byte[] changed = content.clone();
        changed[changed.length - 1] ^= 1;
        refused(http.send("PUT", target, SignedHttp.sha256(content), headers, changed), "XAmzContentSHA256Mismatch");
        accepted(http.send("PUT", target, SignedHttp.sha256(content), headers, content));
    }

    @Test
    void contentMd5MustBeTheBodys() throws Exception {
        byte[] md5 = java.security.MessageDigest.getInstance("MD5").digest(content);
        Map<String, String> headers = Map.of(
                "content-length",
                String.valueOf(content.length),
                "content-md5",
                Base64.getEncoder().encodeToString(md5));
        byte[] changed = content.clone();
        changed[0] ^= 1;
        refused(http.send("PUT", target, "UNSIGNED-PAYLOAD", headers, changed), "BadDigest");
        accepted(http.send("PUT", target, "UNSIGNED-PAYLOAD", headers, content));
    }

    @ParameterizedTest
    @EnumSource(Checksum.class)
    void aChecksumInTheHeadMustBeTheBodys(Checksum checksum) {
        Map<String, String> headers =
                Map.of("content-length", String.valueOf(content.length), checksum.header(), value(checksum, content));
        byte[] changed = content.clone();
        changed[changed.length - 1] ^= 1;
        refused(http.send("PUT", target, "UNSIGNED-PAYLOAD", headers, changed), "BadDigest");
        accepted(http.send("PUT", target, "UNSIGNED-PAYLOAD", headers, content));
    }

    @ParameterizedTest
    @EnumSource(Checksum.class)
    void aChecksumBehindTheBodyMustBeTheBodys(Checksum checksum) {
        byte[] changed = content.clone();
        changed[changed.length - 1] ^= 1;
        String trailer = checksum.header() + ":" + value(checksum, content);
        refused(sendUnsignedChunks(changed, trailer, checksum.header()), "BadDigest");
        refused(sendUnsignedChunks(content, "", checksum.header()), "MalformedTrailerError");
        accepted(sendUnsignedChunks(content, trailer, checksum.header()));
    }

    private Answer sendUnsignedChunks(byte[] data, String trailer, String announced) {
        byte[] framed = unsignedChunks(data, trailer);
        return http.send("PUT", target, UNSIGNED_TRAILER, framing(framed, data.length, announced), framed);
    }

    private static byte[] unsignedChunks(byte[] data, String trailer) {
        int half = data.length / 2;
        var framed = new java.io.ByteArrayOutputStream();
        framed.writeBytes((Integer.toHexString(half) + "\r\n").getBytes(US_ASCII));
        framed.write(data, 0, half);
        framed.writeBytes(("\r\n" + Integer.toHexString(data.length - half) + "\r\n").getBytes(US_ASCII));
        framed.write(data, half, data.length - half);
        framed.writeBytes(("\r\n0\r\n" + (trailer.isEmpty() ? "" : trailer + "\r\n") + "\r\n").getBytes(US_ASCII));
        return framed.toByteArray();
    }

    private static Map<String, String> framing(byte[] framed, int length, String announced) {
        Map<String, String> headers = new HashMap<>(Map.of(
                "content-length",
                String.valueOf(framed.length),
                "content-encoding",
                "aws-chunked",
                "x-amz-decoded-content-length",
                String.valueOf(length)));
        if (!announced.isEmpty()) {
            headers.put("x-amz-trailer", announced);
        }
        return headers;
    }

    private static String value(Checksum checksum, byte[] data) {
        Checksum.Running running = checksum.start();
        running.update(ByteBuffer.wrap(data));
        return running.base64();
    }

    @Test
    void everyChunksSignatureMustBeRight() {
        List<byte[]> chunks = List.of(part(0, 100_000), part(100_000, 200_000), part(200_000, 300_000));
        int length = SignedHttp.signedChunks(seed(SIGNED, 0, ""), chunks, "").length;
        for (int bad : new int[] {50_000, 150_000, 250_000}) {
            Signed seed = seed(SIGNED, length, "");
            byte[] framed = SignedHttp.signedChunks(seed, chunks, "");
            framed[bad] ^= 1;
            refused(http.exchange(seed.head(), framed), "SignatureDoesNotMatch");
        }
        Signed seed = seed(SIGNED, length, "");
        accepted(http.exchange(seed.head(), SignedHttp.signedChunks(seed, chunks, "")));
    }

    @Test
    void theLastEmptyChunksSignatureMustBeRight() {
        List<byte[]> chunks = List.of(content);
        int length = SignedHttp.signedChunks(seed(SIGNED, 0, ""), chunks, "").length;
        Signed seed = seed(SIGNED, length, "");
        byte[] framed = SignedHttp.signedChunks(seed, chunks, "");
        int lastDigit = framed.length - 5;
        framed[lastDigit] = (byte) (framed[lastDigit] == '0' ? '1' : '0');
        refused(http.exchange(seed.head(), framed), "SignatureDoesNotMatch");
    }

    @Test
    void theTrailersSignatureMustBeRight() {
        String trailer = "x-amz-checksum-crc32:" + value(Checksum.CRC32, content);
        List<byte[]> chunks = List.of(content);
        int length = SignedHttp.signedChunks(seed(SIGNED_TRAILER, 0, "x"), chunks, trailer).length;

        Signed seed = seed(SIGNED_TRAILER, length, "x-amz-checksum-crc32");
        byte[] framed = SignedHttp.signedChunks(seed, chunks, trailer);
        int lastDigit = framed.length - 5;
        framed[lastDigit] = (byte) (framed[lastDigit] == '0' ? '1' : '0');
        refused(http.exchange(seed.head(), framed), "SignatureDoesNotMatch");

        Signed right = seed(SIGNED_TRAILER, length, "x-amz-checksum-crc32");
        accepted(http.exchange(right.head(), SignedHttp.signedChunks(right, chunks, trailer)));
    }

    @Test
    void aBodyMustBeAsLongAsAnnounced() {
        byte[] framed = unsignedChunks(content, "");
        refused(
                http.send("PUT", target, UNSIGNED_TRAILER, framing(framed, content.length + 1, ""), framed),
                "IncompleteBody");
        refused(
                http.send("PUT", target, UNSIGNED_TRAILER, framing(framed, content.length - 1, ""), framed),
                "InvalidRequest");
        accepted(http.send("PUT", target, UNSIGNED_TRAILER, framing(framed, content.length, ""), framed));
    }

    @Test
    void anEmptyBodyIsVerifiedToo() {
        Map<String, String> headers = Map.of("content-length", "0");
        refused(
                http.send("PUT", target, SignedHttp.sha256(content), headers, new byte[0]),
                "XAmzContentSHA256Mismatch");
        byte[] framed = "0\r\nx-amz-checksum-crc32:AAAAAQ==\r\n\r\n".getBytes(US_ASCII);
        refused(
                http.send("PUT", target, UNSIGNED_TRAILER, framing(framed, 0, "x-amz-checksum-crc32"), framed),
                "BadDigest");
        byte[] right = "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n".getBytes(US_ASCII);
        Answer answer = http.send("PUT", target, UNSIGNED_TRAILER, framing(right, 0, "x-amz-checksum-crc32"), right);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private Signed seed(String payload, int framedLength, String announced) {
        return http.sign("PUT", target, payload, framing(new byte[framedLength], content.length, announced));
    }

    private byte[] part(int from, int to) {
        return java.util.Arrays.copyOfRange(content, from, to);
    }

    private void refused(Answer answer, String code) {
        assertThat(answer.status()).as(answer.body()).isBetween(400, 403);
        assertThat(answer.hasCode(code)).as(answer.body()).isTrue();
        assertThat(http.get(target).status()).isEqualTo(404);
        assertThat(objectsAtAnySite()).isEmpty();
    }

    private void accepted(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(objectsAtAnySite())
                .hasSize(1)
                .allSatisfy(file -> assertThat(Files.readAllBytes(file)).isEqualTo(content));
    }

    private List<Path> objectsAtAnySite() {
        return Rig.shared().sites().stream()
                .flatMap(site -> Rig.objectsAt(site, bucket).values().stream())
                .toList();
    }
}
