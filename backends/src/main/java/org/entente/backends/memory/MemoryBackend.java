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
import java.util.Map;
import java.util.Optional;
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

    private static final String VERSION = "x-amz-version-id";
    private static final String MARKER = "x-amz-delete-marker";

    /** An answer that ends an operation early. */
    private static final class Answer extends Exception {
        private final S3Reply reply;

        Answer(int status, String code) {
            super(code, null, false, false);
            this.reply = S3Reply.xml(status, new ErrorDocument(code, code).bytes());
        }
    }

    private final Clock clock;
    private final Map<String, MemoryBucket> buckets = new TreeMap<>();
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
            case GET_BUCKET_VERSIONING -> versioning(request);
            case PUT_BUCKET_VERSIONING -> setVersioning(request, body);
            case LIST_OBJECTS_V2, LIST_OBJECTS -> list(request);
            case LIST_OBJECT_VERSIONS ->
                S3Reply.xml(
                        200, MemoryVersions.of(request, bucket(request.bucket()).versions()));
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

    private MemoryBucket bucket(String name) throws Answer {
        MemoryBucket bucket = buckets.get(name);
        if (bucket == null) {
            throw new Answer(404, "NoSuchBucket");
        }
        return bucket;
    }

    private static String key(S3Request request) {
        return request.key().orElseThrow();
    }

    private S3Reply createBucket(S3Request request) throws Answer {
        if (buckets.putIfAbsent(request.bucket(), new MemoryBucket()) != null) {
            throw new Answer(409, "BucketAlreadyOwnedByYou");
        }
        return S3Reply.empty(200);
    }

    private S3Reply exists(S3Request request) throws Answer {
        bucket(request.bucket());
        return S3Reply.empty(200);
    }

    private S3Reply deleteBucket(S3Request request) throws Answer {
        if (!bucket(request.bucket()).isEmpty()) {
            throw new Answer(409, "BucketNotEmpty");
        }
        buckets.remove(request.bucket());
        return S3Reply.empty(204);
    }

    private S3Reply put(S3Request request, byte[] body) throws Answer {
        MemoryBucket bucket = bucket(request.bucket());
        checkWritable(request, bucket);
        StoredObject object = StoredObject.of(body, request.headers(), clock.instant());
        return named(tagged(object), bucket.put(key(request), object));
    }

    private static void checkWritable(S3Request request, MemoryBucket bucket) throws Answer {
        Optional<String> current =
                Optional.ofNullable(bucket.objects().get(key(request))).map(StoredObject::etag);
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
        StoredObject object = bucket(bucket).objects().get(key);
        if (object == null) {
            Answer missing = new Answer(404, "NoSuchKey");
            bucket(bucket).versions(key).stream()
                    .findFirst()
                    .ifPresent(marker ->
                            missing.reply.headers().set(VERSION, marker.id()).set(MARKER, "true"));
            throw missing;
        }
        return object;
    }

    /** The version that is asked for, or the object as it is. */
    private MemoryBucket.Version asked(S3Request request) throws Answer {
        Optional<String> id = request.query().first("versionId");
        if (id.isEmpty()) {
            StoredObject object = object(request.bucket(), key(request));
            String own = bucket(request.bucket()).versions(key(request)).stream()
                    .findFirst()
                    .map(MemoryBucket.Version::id)
                    .orElse("");
            return new MemoryBucket.Version(own, Optional.of(object));
        }
        Optional<MemoryBucket.Version> version = bucket(request.bucket()).version(key(request), id.get());
        if (version.isEmpty()) {
            throw new Answer(404, "NoSuchVersion");
        }
        if (version.get().object().isEmpty()) {
            throw new Answer(405, "MethodNotAllowed");
        }
        return version.get();
    }

    private static S3Reply named(S3Reply reply, Optional<String> version) {
        version.ifPresent(id -> reply.headers().set(VERSION, id));
        return reply;
    }

    private S3Reply versioning(S3Request request) throws Answer {
        XmlWriter xml = XmlWriter.s3("VersioningConfiguration");
        switch (bucket(request.bucket()).versioning()) {
            case NEVER -> {}
            case ENABLED -> xml.leaf("Status", "Enabled");
            case SUSPENDED -> xml.leaf("Status", "Suspended");
        }
        return S3Reply.xml(200, xml.end("VersioningConfiguration"));
    }

    private S3Reply setVersioning(S3Request request, byte[] body) throws Answer {
        bucket(request.bucket())
                .become(
                        xml(body).textOf("Status").filter("Enabled"::equals).isPresent()
                                ? MemoryBucket.Versioning.ENABLED
                                : MemoryBucket.Versioning.SUSPENDED);
        return S3Reply.empty(200);
    }

    private S3Reply get(S3Request request) throws Answer {
        MemoryBucket.Version version = asked(request);
        return named(
                get(request, version.object().orElseThrow()),
                Optional.of(version.id()).filter(id -> !id.isEmpty()));
    }

    private static S3Reply get(S3Request request, StoredObject object) throws Answer {
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
        Optional<String> id = request.query().first("versionId");
        if (id.isPresent()) {
            bucket(request.bucket()).purge(key(request), id.get());
            return named(S3Reply.empty(204), id);
        }
        Optional<String> marker = bucket(request.bucket()).delete(key(request));
        S3Reply reply = named(S3Reply.empty(204), marker);
        marker.ifPresent(made -> reply.headers().set(MARKER, "true"));
        return reply;
    }

    private S3Reply deleteMany(S3Request request, byte[] body) throws Answer {
        MemoryBucket bucket = bucket(request.bucket());
        Element root = xml(body);
        XmlWriter answer = XmlWriter.s3("DeleteResult");
        for (Element object : root.children("Object")) {
            String key = object.textOf("Key").orElse("");
            bucket.delete(key);
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
        MemoryBucket target = bucket(request.bucket());
        String source =
                Rfc3986.decode(request.headers().get("x-amz-copy-source").substring(1));
        int slash = source.indexOf('/');
        StoredObject original = object(source.substring(0, slash), source.substring(slash + 1));
        boolean replaced = "REPLACE".equals(request.headers().get("x-amz-metadata-directive"));
        StoredObject made = original.with(replaced ? request.headers() : original.headers(), clock.instant());
        Optional<String> version = target.put(key(request), made);
        return named(
                S3Reply.xml(
                        200,
                        XmlWriter.s3("CopyObjectResult")
                                .leaf("LastModified", DateTimeFormatter.ISO_INSTANT.format(made.modified()))
                                .leaf("ETag", made.etag())
                                .end("CopyObjectResult")),
                version);
    }

    private S3Reply beginUpload(S3Request request) throws Answer {
        String id = "upload-" + ++uploadsBegun;
        bucket(request.bucket())
                .uploads()
                .put(id, new MemoryBucket.Upload(key(request), StoredObject.kept(request.headers()), new TreeMap<>()));
        return S3Reply.xml(
                200,
                XmlWriter.s3("InitiateMultipartUploadResult")
                        .leaf("Bucket", request.bucket())
                        .leaf("Key", key(request))
                        .leaf("UploadId", id)
                        .end("InitiateMultipartUploadResult"));
    }

    private MemoryBucket.Upload upload(S3Request request) throws Answer {
        MemoryBucket.Upload upload = bucket(request.bucket())
                .uploads()
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
        MemoryBucket.Upload upload = upload(request);
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
        MemoryBucket bucket = bucket(request.bucket());
        Optional<String> version = bucket.put(
                key(request), new StoredObject(whole.toByteArray(), etag, upload.headers(), clock.instant()));
        bucket.uploads().remove(request.query().first("uploadId").orElse(""));
        return named(
                S3Reply.xml(
                        200,
                        XmlWriter.s3("CompleteMultipartUploadResult")
                                .leaf("Bucket", request.bucket())
                                .leaf("Key", key(request))
                                .leaf("ETag", etag)
                                .end("CompleteMultipartUploadResult")),
                version);
    }

    private S3Reply abortUpload(S3Request request) throws Answer {
        upload(request);
        bucket(request.bucket())
                .uploads()
                .remove(request.query().first("uploadId").orElse(""));
        return S3Reply.empty(204);
    }

    private S3Reply list(S3Request request) throws Answer {
        return S3Reply.xml(
                200, MemoryListing.of(request, bucket(request.bucket()).objects()));
    }
}
