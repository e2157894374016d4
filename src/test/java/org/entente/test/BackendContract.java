package org.entente.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.entente.backends.Backend;
import org.entente.backends.Operation;
import org.entente.backends.S3Body;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Query;
import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlReader.Element;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Flux;

/** What every backend must do alike: a store in memory, an adapter to a real site, the whole gateway. */
@ExtendWith(NoLeaks.class)
abstract class BackendContract {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int DOCUMENT = 16 << 20;

    private String bucket = "";

    abstract Backend backend();

    /** Keys that the store behind is known to lose, which is its own fault. */
    List<String> keysThatTheStoreCannotHold() {
        return List.of();
    }

    /** Whether a part that comes after its upload was aborted is refused, as it should be. */
    boolean forgetsAbortedUploads() {
        return true;
    }

    @BeforeEach
    void makeBucket() {
        bucket = "fr-contract-" + UUID.randomUUID().toString().substring(0, 18);
        assertThat(perform(S3Request.of(Operation.CREATE_BUCKET, bucket)).status())
                .isEqualTo(200);
    }

    @Test
    void whatIsPutIsGotWithWhatWasSaidOfIt() {
        HttpHeaders said = new DefaultHttpHeaders()
                .set("content-type", "text/plain")
                .set("cache-control", "max-age=60")
                .set("x-amz-meta-colour", "blue");
        S3Reply put = perform(object(Operation.PUT_OBJECT, "k").with(said).with(text("hello")));
        assertThat(put.status()).isEqualTo(200);
        assertThat(put.headers().get("etag")).isEqualTo("\"5d41402abc4b2a76b9719d911017c592\"");

        S3Reply got = backend().perform(object(Operation.GET_OBJECT, "k")).block(PATIENCE);
        assertThat(got.status()).isEqualTo(200);
        assertThat(got.headers().get("content-type")).isEqualTo("text/plain");
        assertThat(got.headers().get("cache-control")).isEqualTo("max-age=60");
        assertThat(got.headers().get("x-amz-meta-colour")).isEqualTo("blue");
        assertThat(got.headers().get("content-length")).isEqualTo("5");
        assertThat(bytes(got)).isEqualTo("hello".getBytes(UTF_8));
    }

    @Test
    void anEmptyObjectIsAnObject() {
        put("empty", "");
        assertThat(get("empty")).isEmpty();
    }

    @Test
    void aLargeObjectComesBackByteForByte() {
        byte[] large = new byte[9_000_001];
        new Random(1).nextBytes(large);
        List<ByteBuf> pieces = new ArrayList<>();
        for (int at = 0; at < large.length; at += 70_001) {
            pieces.add(Unpooled.wrappedBuffer(large, at, Math.min(70_001, large.length - at)));
        }
        S3Body body = new S3Body(large.length, Flux.fromIterable(pieces), Optional.empty());
        assertThat(perform(object(Operation.PUT_OBJECT, "large").with(body)).status())
                .isEqualTo(200);
        assertThat(get("large")).isEqualTo(large);
    }

    @Test
    void aSecondPutReplacesTheFirst() {
        put("k", "first");
        put("k", "second");
        assertThat(get("k")).isEqualTo("second".getBytes(UTF_8));
    }

    @Test
    void headSaysWhatGetWouldSayWithoutTheBytes() {
        put("k", "hello");
        S3Reply head = perform(object(Operation.HEAD_OBJECT, "k"));
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.headers().get("content-length")).isEqualTo("5");
        assertThat(head.headers().get("etag")).isEqualTo("\"5d41402abc4b2a76b9719d911017c592\"");
        assertThat(bytes(head)).isEmpty();
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertThat(perform(object(Operation.HEAD_OBJECT, "missing")).status()).isEqualTo(404);
        S3Reply missing = perform(object(Operation.GET_OBJECT, "missing"));
        assertThat(missing.status()).isEqualTo(404);
        assertThat(document(missing).textOf("Code")).contains("NoSuchKey");
    }

    @Test
    void aRangeIsPartOfTheObject() {
        put("k", "0123456789");
        assertRange("bytes=2-4", "234", "bytes 2-4/10");
        assertRange("bytes=7-", "789", "bytes 7-9/10");
        assertRange("bytes=-3", "789", "bytes 7-9/10");
        assertRange("bytes=8-100", "89", "bytes 8-9/10");
    }

    private void assertRange(String range, String content, String contentRange) {
        S3Reply part = perform(object(Operation.GET_OBJECT, "k").with(header("range", range)));
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.headers().get("content-range")).isEqualTo(contentRange);
        assertThat(bytes(part)).isEqualTo(content.getBytes(UTF_8));
    }

    @Test
    void aRangeBehindTheEndIsRefused() {
        put("k", "0123456789");
        S3Reply refused = perform(object(Operation.GET_OBJECT, "k").with(header("range", "bytes=10-")));
        assertThat(refused.status()).isEqualTo(416);
        assertThat(document(refused).textOf("Code")).contains("InvalidRange");
    }

    @Test
    void readsCanDependOnTheEntityTag() {
        put("k", "hello");
        String etag = "\"5d41402abc4b2a76b9719d911017c592\"";
        S3Request get = object(Operation.GET_OBJECT, "k");
        assertThat(perform(get.with(header("if-none-match", etag))).status()).isEqualTo(304);
        assertThat(perform(get.with(header("if-match", etag))).status()).isEqualTo(200);
        assertThat(perform(get.with(header("if-match", "\"00000000000000000000000000000000\"")))
                        .status())
                .isEqualTo(412);
    }

    @Test
    void aPutCanInsistThatNothingIsThereYet() {
        S3Request create = object(Operation.PUT_OBJECT, "k").with(header("if-none-match", "*"));
        assertThat(perform(create.with(text("first"))).status()).isEqualTo(200);
        S3Reply second = perform(create.with(text("second")));
        assertThat(second.status()).isEqualTo(412);
        assertThat(document(second).textOf("Code")).contains("PreconditionFailed");
        assertThat(get("k")).isEqualTo("first".getBytes(UTF_8));
    }

    @Test
    void whatIsDeletedIsGoneAndMayBeDeletedAgain() {
        put("k", "hello");
        assertThat(perform(object(Operation.DELETE_OBJECT, "k")).status()).isEqualTo(204);
        assertThat(perform(object(Operation.GET_OBJECT, "k")).status()).isEqualTo(404);
        assertThat(perform(object(Operation.DELETE_OBJECT, "k")).status()).isEqualTo(204);
    }

    @Test
    void manyAreDeletedAtOnce() {
        put("a", "1");
        put("b", "2");
        put("c", "3");
        String document = "<Delete><Object><Key>a</Key></Object><Object><Key>c</Key></Object></Delete>";
        S3Reply reply = perform(S3Request.of(Operation.DELETE_OBJECTS, bucket)
                .with(Query.of("delete", ""))
                .with(header("content-md5", md5(document)))
                .with(text(document)));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(document(reply).children("Deleted").stream()
                        .map(d -> d.textOf("Key").orElseThrow()))
                .containsExactlyInAnyOrder("a", "c");
        assertThat(keys(list())).containsExactly("b");
    }

    private static String md5(String document) {
        try {
            return java.util.Base64.getEncoder()
                    .encodeToString(
                            java.security.MessageDigest.getInstance("MD5").digest(document.getBytes(UTF_8)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aListingIsInOrderAndNamesTheBucketAsWeKnowIt() {
        List.of("b", "a/2", "a/1", "c").forEach(key -> put(key, key));
        Element listing = list();
        assertThat(keys(listing)).containsExactly("a/1", "a/2", "b", "c");
        assertThat(listing.textOf("Name")).contains(bucket);
        assertThat(listing.textOf("IsTruncated")).contains("false");
    }

    @Test
    void aListingCanBeCutByPrefixAndDelimiter() {
        List.of("a/1", "a/2", "b/1", "c").forEach(key -> put(key, key));
        Element top = list("delimiter", "/");
        assertThat(keys(top)).containsExactly("c");
        assertThat(top.children("CommonPrefixes").stream()
                        .map(p -> p.textOf("Prefix").orElseThrow()))
                .containsExactly("a/", "b/");
        assertThat(keys(list("prefix", "a/"))).containsExactly("a/1", "a/2");
        assertThat(keys(list("start-after", "a/2"))).containsExactly("b/1", "c");
    }

    @Test
    void aListingGoesOnWhereItsPageEnded() {
        List.of("a", "b", "c", "d", "e").forEach(key -> put(key, key));
        List<String> seen = new ArrayList<>();
        Element page = list("max-keys", "2");
        seen.addAll(keys(page));
        while (page.textOf("IsTruncated").orElseThrow().equals("true")) {
            String token = page.textOf("NextContinuationToken").orElseThrow();
            page = list("max-keys", "2", "continuation-token", token);
            assertThat(keys(page)).hasSizeLessThanOrEqualTo(2);
            seen.addAll(keys(page));
        }
        assertThat(seen).containsExactly("a", "b", "c", "d", "e");
    }

    @Test
    void aCopyIsLikeItsSource() {
        put("source", "hello");
        S3Request copy =
                object(Operation.COPY_OBJECT, "copy").with(header("x-amz-copy-source", "/" + bucket + "/source"));
        S3Reply reply = perform(copy);
        assertThat(reply.status()).isEqualTo(200);
        assertThat(document(reply).textOf("ETag").orElseThrow()).contains("5d41402abc4b2a76b9719d911017c592");
        assertThat(get("copy")).isEqualTo("hello".getBytes(UTF_8));
    }

    @Test
    void partsBecomeOneObject() {
        String upload = beginUpload("parts");
        byte[] first = new byte[5 << 20];
        new Random(2).nextBytes(first);
        byte[] second = "the rest".getBytes(UTF_8);
        S3Reply completed = perform(object(Operation.COMPLETE_MULTIPART_UPLOAD, "parts")
                .with(Query.of("uploadId", upload))
                .with(text("<CompleteMultipartUpload>" + part("parts", upload, 1, first)
                        + part("parts", upload, 2, second) + "</CompleteMultipartUpload>")));
        assertThat(completed.status()).isEqualTo(200);
        assertThat(document(completed).textOf("Bucket")).contains(bucket);
        byte[] whole = get("parts");
        assertThat(whole)
                .hasSize(first.length + second.length)
                .startsWith(first)
                .endsWith(second);
    }

    @Test
    void anAbortedUploadLeavesNothing() {
        String upload = beginUpload("parts");
        part("parts", upload, 1, "some".getBytes(UTF_8));
        Query query = Query.of("uploadId", upload);
        assertThat(perform(object(Operation.ABORT_MULTIPART_UPLOAD, "parts").with(query))
                        .status())
                .isEqualTo(204);
        S3Reply late = perform(object(Operation.UPLOAD_PART, "parts")
                .with(Query.of("partNumber", "2", "uploadId", upload))
                .with(text("more")));
        assertThat(late.status()).isEqualTo(forgetsAbortedUploads() ? 404 : 200);
        assertThat(keys(list())).isEmpty();
    }

    private String beginUpload(String key) {
        S3Reply begun = perform(object(Operation.CREATE_MULTIPART_UPLOAD, key).with(Query.of("uploads", "")));
        assertThat(begun.status()).isEqualTo(200);
        return document(begun).textOf("UploadId").orElseThrow();
    }

    private String part(String key, String upload, int number, byte[] content) {
        S3Reply reply = perform(object(Operation.UPLOAD_PART, key)
                .with(Query.of("partNumber", String.valueOf(number), "uploadId", upload))
                .with(S3Body.of(content)));
        assertThat(reply.status()).isEqualTo(200);
        return "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>"
                .formatted(number, reply.headers().get("etag"));
    }

    @Test
    void aBodyThatFailsLeavesTheOldObjectInPlace() {
        put("k", "old");
        Flux<ByteBuf> failing = Flux.concat(
                Flux.defer(() -> Flux.just(Unpooled.wrappedBuffer("new b".getBytes(UTF_8)))),
                Flux.error(new IllegalStateException("the sender stumbled")));
        S3Request put = object(Operation.PUT_OBJECT, "k").with(new S3Body(9, failing, Optional.empty()));
        assertThatThrownBy(() -> backend().perform(put).block(PATIENCE)).hasMessageContaining("stumbled");
        assertThat(get("k")).isEqualTo("old".getBytes(UTF_8));
    }

    @Test
    void aReplyThatNobodyReadsHoldsNothingUp() {
        byte[] large = new byte[4 << 20];
        assertThat(perform(object(Operation.PUT_OBJECT, "large").with(S3Body.of(large)))
                        .status())
                .isEqualTo(200);
        for (int i = 0; i < 20; i++) {
            S3Reply unread =
                    backend().perform(object(Operation.GET_OBJECT, "large")).block(PATIENCE);
            unread.discard();
        }
        assertThat(get("large")).hasSize(large.length);
    }

    @Test
    void keysArriveExactlyAsTheyWereMeant() {
        List<String> keys = new ArrayList<>(List.of(
                "a b",
                "a+b",
                "a%2Fb",
                "a%20b",
                "a//b",
                "/leading",
                "tail/",
                "x;y=z",
                "q?x=1&y",
                "h#x",
                "ünï/☃",
                "~t!*()",
                "quote\"'",
                "back\\slash",
                "dot/./dot",
                "up/../down",
                "..",
                "<xml>&amp;",
                "k".repeat(255),
                "\uD83D\uDE80",
                "a=b&c",
                "@:,$",
                "[x]{y}|^`",
                "%",
                "%%",
                "%zz"));
        keys.removeAll(keysThatTheStoreCannotHold());
        List<String> lost = keys.stream().filter(key -> !holds(key)).toList();
        assertThat(lost).as("keys that did not come back as they went").isEmpty();
        List<String> listed = list("encoding-type", "url").children("Contents").stream()
                .map(c -> org.entente.backends.uri.Rfc3986.decode(
                        c.textOf("Key").orElseThrow().replace("+", " ")))
                .toList();
        assertThat(listed).containsExactlyInAnyOrderElementsOf(keys);
    }

    private boolean holds(String key) {
        S3Reply put = perform(object(Operation.PUT_OBJECT, key).with(text(key)));
        S3Reply got = perform(object(Operation.GET_OBJECT, key));
        return put.succeeded() && got.succeeded() && Arrays.equals(bytes(got), key.getBytes(UTF_8));
    }

    private S3Request object(Operation operation, String key) {
        return S3Request.of(operation, bucket, key);
    }

    private static HttpHeaders header(String name, String value) {
        return new DefaultHttpHeaders().set(name, value);
    }

    private static S3Body text(String text) {
        return S3Body.of(text.getBytes(UTF_8));
    }

    private void put(String key, String text) {
        assertThat(perform(object(Operation.PUT_OBJECT, key).with(text(text))).status())
                .isEqualTo(200);
    }

    private byte[] get(String key) {
        S3Reply reply = perform(object(Operation.GET_OBJECT, key));
        assertThat(reply.status()).isEqualTo(200);
        return bytes(reply);
    }

    private Element list(String... parameters) {
        List<String> query = new ArrayList<>(List.of("list-type", "2"));
        query.addAll(List.of(parameters));
        S3Reply reply =
                perform(S3Request.of(Operation.LIST_OBJECTS_V2, bucket).with(Query.of(query.toArray(String[]::new))));
        assertThat(reply.status()).isEqualTo(200);
        return document(reply);
    }

    private static List<String> keys(Element listing) {
        return listing.children("Contents").stream()
                .map(c -> c.textOf("Key").orElseThrow())
                .toList();
    }

    /** A reply whose body has been read, so that nothing stays open. */
    private S3Reply perform(S3Request request) {
        S3Reply reply = backend().perform(request).block(PATIENCE);
        byte[] body = bytes(reply);
        return reply.with(Flux.defer(() -> Flux.just(Unpooled.wrappedBuffer(body))));
    }

    private static byte[] bytes(S3Reply reply) {
        return reply.bytes(DOCUMENT).block(PATIENCE);
    }

    private static Element document(S3Reply reply) {
        try {
            return XmlReader.read(bytes(reply));
        } catch (XmlReader.MalformedXml e) {
            throw new AssertionError(e);
        }
    }
}
