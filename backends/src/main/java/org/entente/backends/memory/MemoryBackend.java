package org.entente.backends.memory;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.time.Clock;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.entente.backends.Backend;
import org.entente.backends.Bytes;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import org.entente.backends.uri.Rfc3986;
import org.entente.backends.xml.ErrorDocument;
import org.entente.backends.xml.XmlReader;
import org.entente.backends.xml.XmlReader.Element;
import org.entente.backends.xml.XmlWriter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A site that holds everything in memory and nothing beyond its own life. It knows the operations on objects. */
public final class MemoryBackend implements Backend {
    private static final int MAX_BODY = 1 << 30;

    private record Upload(String key, HttpHeaders headers, SortedMap<Integer, StoredObject> parts) {}

    private static final class Bucket {
        private final NavigableMap<String, StoredObject> objects = new TreeMap<>(StoredObject.KEY_ORDER);
        private final Map<String, Upload> uploads = new LinkedHashMap<>();
    }

    /** An answer that ends an operation early. */
    private static final class Answer extends Exception {
        private final S3Reply reply;

        Answer(int status, String code) {
            super(code, null, false, false);
            this.reply = S3Reply.xml(status, new ErrorDocument(code, code).bytes());
        }
    }

    private final Clock clock;
    private final Map<String, Bucket> buckets = new TreeMap<>();
    private int uploadsBegun;

    public MemoryBackend(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Mono<S3Reply> perform(S3Request request) {
        return Bytes.collect(request.body().content(), MAX_BODY).map(body -> {
            try {
                return answer(request, body);
            } catch (Answer early) {
                return early.reply;
            }
        });
    }

    private synchronized S3Reply answer(S3Request request, byte[] body) throws Answer {
        return switch (request.operation()) {
            case CREATE_BUCKET -> createBucket(request);
            case HEAD_BUCKET -> exists(request);
            case DELETE_BUCKET -> deleteBucket(request);
            case LIST_OBJECTS_V2, LIST_OBJECTS -> list(request);
            case PUT_OBJECT -> put(request, body);
            case GET_OBJECT -> get(request);
            case HEAD_OBJECT -> get(request).with(Flux.empty());
            case DELETE_OBJECT -> delete(request);
            case DELETE_OBJECTS -> deleteMany(request, body);
            case COPY_OBJECT -> copy(request);
            case CREATE_MULTIPART_UPLOAD -> beginUpload(request);
            case UPLOAD_PART -> uploadPart(request, body);
            case COMPLETE_MULTIPART_UPLOAD -> completeUpload(request, body);
            case ABORT_MULTIPART_UPLOAD -> abortUpload(request);
            default -> throw new Answer(501, "NotImplemented");
        };
    }

    private Bucket bucket(String name) throws Answer {
        Bucket bucket = buckets.get(name);
        if (bucket == null) {
            throw new Answer(404, "NoSuchBucket");
        }
        return bucket;
    }

    private static String key(S3Request request) {
        return request.key().orElseThrow();
    }

    private S3Reply createBucket(S3Request request) throws Answer {
        if (buckets.putIfAbsent(request.bucket(), new Bucket()) != null) {
            throw new Answer(409, "BucketAlreadyOwnedByYou");
        }
        return S3Reply.empty(200);
    }

    private S3Reply exists(S3Request request) throws Answer {
        bucket(request.bucket());
        return S3Reply.empty(200);
    }

    private S3Reply deleteBucket(S3Request request) throws Answer {
        if (!bucket(request.bucket()).objects.isEmpty()) {
            throw new Answer(409, "BucketNotEmpty");
        }
        buckets.remove(request.bucket());
        return S3Reply.empty(204);
    }

    private S3Reply put(S3Request request, byte[] body) throws Answer {
        Bucket bucket = bucket(request.bucket());
        checkWritable(request, bucket);
        StoredObject object = StoredObject.of(body, request.headers(), clock.instant());
        bucket.objects.put(key(request), object);
        return tagged(object);
    }

    private static void checkWritable(S3Request request, Bucket bucket) throws Answer {
        Optional<String> current =
                Optional.ofNullable(bucket.objects.get(key(request))).map(StoredObject::etag);
        String wanted = request.headers().get(HttpHeaderNames.IF_MATCH);
        if ("*".equals(request.headers().get(HttpHeaderNames.IF_NONE_MATCH)) && current.isPresent()) {
            throw new Answer(412, "PreconditionFailed");
        }
        if (wanted != null && current.isEmpty()) {
            throw new Answer(404, "NoSuchKey");
        }
        if (wanted != null && !wanted.equals(current.get())) {
            throw new Answer(412, "PreconditionFailed");
        }
    }

    private static S3Reply tagged(StoredObject object) {
        S3Reply reply = S3Reply.empty(200);
        reply.headers().set(HttpHeaderNames.ETAG, object.etag());
        return reply;
    }

    private StoredObject object(String bucket, String key) throws Answer {
        StoredObject object = bucket(bucket).objects.get(key);
        if (object == null) {
            throw new Answer(404, "NoSuchKey");
        }
        return object;
    }

    private S3Reply get(S3Request request) throws Answer {
        StoredObject object = object(request.bucket(), key(request));
        HttpHeaders asked = request.headers();
        String match = asked.get(HttpHeaderNames.IF_MATCH);
        String noneMatch = asked.get(HttpHeaderNames.IF_NONE_MATCH);
        if (match != null && !match.equals(object.etag())) {
            throw new Answer(412, "PreconditionFailed");
        }
        if (noneMatch != null && noneMatch.equals(object.etag())) {
            return new S3Reply(304, object.replyHeaders(), Flux.empty());
        }
        int length = object.bytes().length;
        Optional<ByteRange> range = Optional.ofNullable(asked.get(HttpHeaderNames.RANGE))
                .flatMap(header -> ByteRange.parse(header, length));
        if (range.isEmpty()) {
            return content(200, object.replyHeaders(), object.bytes());
        }
        if (!range.get().satisfiable(length)) {
            throw new Answer(416, "InvalidRange");
        }
        int start = range.get().start();
        int end = range.get().end();
        HttpHeaders headers =
                object.replyHeaders().set(HttpHeaderNames.CONTENT_RANGE, "bytes " + start + "-" + end + "/" + length);
        return content(206, headers, Arrays.copyOfRange(object.bytes(), start, end + 1));
    }

    private static S3Reply content(int status, HttpHeaders headers, byte[] bytes) {
        headers.set(HttpHeaderNames.CONTENT_LENGTH, bytes.length);
        Flux<ByteBuf> body = Flux.defer(() -> Flux.just(Unpooled.wrappedBuffer(bytes)));
        return new S3Reply(status, headers, body);
    }

    private S3Reply delete(S3Request request) throws Answer {
        bucket(request.bucket()).objects.remove(key(request));
        return S3Reply.empty(204);
    }

    private S3Reply deleteMany(S3Request request, byte[] body) throws Answer {
        Bucket bucket = bucket(request.bucket());
        Element root = xml(body);
        XmlWriter answer = XmlWriter.s3("DeleteResult");
        for (Element object : root.children("Object")) {
            String key = object.textOf("Key").orElse("");
            bucket.objects.remove(key);
            if (!root.textOf("Quiet").filter("true"::equals).isPresent()) {
                answer.open("Deleted").leaf("Key", key).close("Deleted");
            }
        }
        return S3Reply.xml(200, answer.end("DeleteResult"));
    }

    private static Element xml(byte[] document) throws Answer {
        try {
            return XmlReader.read(document);
        } catch (XmlReader.MalformedXml e) {
            throw new Answer(400, "MalformedXML");
        }
    }

    private S3Reply copy(S3Request request) throws Answer {
        Bucket target = bucket(request.bucket());
        String source =
                Rfc3986.decode(request.headers().get("x-amz-copy-source").substring(1));
        int slash = source.indexOf('/');
        StoredObject original = object(source.substring(0, slash), source.substring(slash + 1));
        boolean replaced = "REPLACE".equals(request.headers().get("x-amz-metadata-directive"));
        StoredObject made = original.with(replaced ? request.headers() : original.headers(), clock.instant());
        target.objects.put(key(request), made);
        return S3Reply.xml(
                200,
                XmlWriter.s3("CopyObjectResult")
                        .leaf("LastModified", DateTimeFormatter.ISO_INSTANT.format(made.modified()))
                        .leaf("ETag", made.etag())
                        .end("CopyObjectResult"));
    }

    private S3Reply beginUpload(S3Request request) throws Answer {
        String id = "upload-" + ++uploadsBegun;
        bucket(request.bucket())
                .uploads
                .put(id, new Upload(key(request), StoredObject.kept(request.headers()), new TreeMap<>()));
        return S3Reply.xml(
                200,
                XmlWriter.s3("InitiateMultipartUploadResult")
                        .leaf("Bucket", request.bucket())
                        .leaf("Key", key(request))
                        .leaf("UploadId", id)
                        .end("InitiateMultipartUploadResult"));
    }

    private Upload upload(S3Request request) throws Answer {
        Upload upload = bucket(request.bucket())
                .uploads
                .get(request.query().first("uploadId").orElse(""));
        if (upload == null || !upload.key().equals(key(request))) {
            throw new Answer(404, "NoSuchUpload");
        }
        return upload;
    }

    private S3Reply uploadPart(S3Request request, byte[] body) throws Answer {
        StoredObject part = StoredObject.of(body, new DefaultHttpHeaders(), clock.instant());
        upload(request)
                .parts()
                .put(Integer.valueOf(request.query().first("partNumber").orElse("0")), part);
        return tagged(part);
    }

    private S3Reply completeUpload(S3Request request, byte[] body) throws Answer {
        Upload upload = upload(request);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        ByteArrayOutputStream digests = new ByteArrayOutputStream();
        int count = 0;
        for (Element listed : xml(body).children("Part")) {
            StoredObject part = upload.parts()
                    .get(Integer.valueOf(listed.textOf("PartNumber").orElse("0")));
            if (part == null
                    || !part.etag()
                            .replace("\"", "")
                            .equals(listed.textOf("ETag").orElse("").replace("\"", ""))) {
                throw new Answer(400, "InvalidPart");
            }
            whole.writeBytes(part.bytes());
            digests.writeBytes(StoredObject.md5(part.bytes()));
            count++;
        }
        String etag = "\"" + HexFormat.of().formatHex(StoredObject.md5(digests.toByteArray())) + "-" + count + "\"";
        Bucket bucket = bucket(request.bucket());
        bucket.objects.put(
                key(request), new StoredObject(whole.toByteArray(), etag, upload.headers(), clock.instant()));
        bucket.uploads.remove(request.query().first("uploadId").orElse(""));
        return S3Reply.xml(
                200,
                XmlWriter.s3("CompleteMultipartUploadResult")
                        .leaf("Bucket", request.bucket())
                        .leaf("Key", key(request))
                        .leaf("ETag", etag)
                        .end("CompleteMultipartUploadResult"));
    }

    private S3Reply abortUpload(S3Request request) throws Answer {
        upload(request);
        bucket(request.bucket())
                .uploads
                .remove(request.query().first("uploadId").orElse(""));
        return S3Reply.empty(204);
    }

    private S3Reply list(S3Request request) throws Answer {
        return S3Reply.xml(200, MemoryListing.of(request, bucket(request.bucket()).objects));
    }
}
