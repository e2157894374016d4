package org.entente.gateway.audit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import tools.jackson.databind.json.JsonMapper;

/**
 * A file to which records are added, one JSON object a line, in the order in which they are given. One process writes
 * to it at a time. What was written survives the process's death; it is not forced to the disk line by line.
 */
public final class AuditLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final int MOST_WAITING = 50_000;
    private static final int BATCH = 1_000;
    private static final int LONGEST_LINE = 1 << 16;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** In what form keys are written. */
    public enum Keys {
        PLAIN,
        /** SHA-256 in hex: enough to prove what was done to a key that is known, and no list of keys. */
        HASH
    }

    private record Entry(String fields, Sinks.Empty<Void> written) {}

    /** Tells the writer that nothing comes after it. */
    private static final Entry LAST = new Entry("", Sinks.empty());

    private final FileChannel file;
    private final Keys keys;
    private final BlockingQueue<Entry> waiting = new LinkedBlockingQueue<>(MOST_WAITING);
    private final Thread writer;
    private long number;
    private String previous;
    private volatile boolean broken;
    private volatile boolean closed;

    /** Opens the log and goes on where its last whole line ends. */
    public AuditLog(Path path, Keys keys) {
        this.keys = keys;
        try {
            this.file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            Tail tail = Tail.of(path);
            this.number = tail.number();
            this.previous = tail.hash();
            file.position(file.size());
            if (tail.lacksItsEnd()) {
                append("\n");
            } else if (tail.tornBytes() > 0) {
                vouchFor(tail);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the audit log cannot be opened", e);
        }
        this.writer = Thread.ofPlatform().name("audit").daemon().start(this::run);
    }

    /** The end of the file: the last whole line, whether only its end is missing, and what is behind it that is no line. */
    private record Tail(long number, String hash, boolean lacksItsEnd, int tornBytes, String tornHash) {
        static Tail of(Path path) throws IOException {
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
                long from = Math.max(0, file.length() - 4L * LONGEST_LINE);
                byte[] end = new byte[(int) (file.length() - from)];
                file.seek(from);
                file.readFully(end);
                int whole = end.length;
                while (whole > 0 && end[whole - 1] != '\n') {
                    whole--;
                }
                byte[] torn = Arrays.copyOfRange(end, whole, end.length);
                String tornHash = Chain.sha256(torn);
                var cutAtItsEnd = Chain.read(new String(torn, StandardCharsets.UTF_8));
                if (cutAtItsEnd.isPresent()) {
                    Chain.Link link = cutAtItsEnd.get();
                    return new Tail(link.number(), link.hash(), true, 0, "");
                }
                List<String> lines = new String(end, 0, whole, StandardCharsets.UTF_8)
                        .lines()
                        .toList();
                for (String line : lines.reversed()) {
                    var link = Chain.read(line);
                    if (link.isPresent()) {
                        return new Tail(link.get().number(), link.get().hash(), false, torn.length, tornHash);
                    }
                }
                return new Tail(0, Chain.BEGINNING, false, torn.length, tornHash);
            }
        }
    }

    /** A line that its writer's death has cut off stays as it is; the next one says so, and what it looked like. */
    private void vouchFor(Tail tail) throws IOException {
        String fields = ",\"event\":\"recovered\",\"tornBytes\":" + tail.tornBytes() + ",\"tornHash\":\""
                + tail.tornHash() + "\"";
        append("\n" + next(fields) + "\n");
    }

    private String next(String fields) {
        String line = Chain.line(number + 1, previous, fields);
        number++;
        previous = line.substring(line.length() - 66, line.length() - 2);
        return line;
    }

    /** Whether the last attempt to write succeeded. */
    public boolean writable() {
        return !broken;
    }

    /** Completes once the record is in the file; fails when it cannot be written there. */
    public Mono<Void> write(AuditRecord record) {
        Entry entry = new Entry(fields(record), Sinks.empty());
        if (closed || !waiting.offer(entry)) {
            broken = !closed;
            return Mono.error(new IOException("the audit log takes no more records"));
        }
        return entry.written().asMono();
    }

    /** The same for those who do not wait; a failure is logged. */
    public void record(AuditRecord record) {
        write(record).subscribe(done -> {}, failed -> LOG.error("an audit record was lost: {}", record, failed));
    }

    private String fields(AuditRecord record) {
        String json = JSON.writeValueAsString(keys == Keys.HASH ? record.withHashedKey() : record);
        return "," + json.substring(1, json.length() - 1);
    }

    private void run() {
        List<Entry> batch = new ArrayList<>();
        boolean more = true;
        while (more) {
            try {
                batch.add(waiting.take());
            } catch (InterruptedException e) {
                // Nobody interrupts it: a file channel would be closed by that.
                throw new IllegalStateException(e);
            }
            waiting.drainTo(batch, BATCH);
            more = !batch.contains(LAST);
            batch.remove(LAST);
            write(batch);
            batch.clear();
        }
    }

    private void write(List<Entry> batch) {
        long numberBefore = number;
        String previousBefore = previous;
        try {
            StringBuilder lines = new StringBuilder();
            batch.forEach(entry -> lines.append(next(entry.fields())).append('\n'));
            append(lines.toString());
            broken = false;
            batch.forEach(entry -> entry.written().tryEmitEmpty());
        } catch (IOException e) {
            number = numberBefore;
            previous = previousBefore;
            broken = true;
            LOG.error("the audit log cannot be written: writes are refused until it can", e);
            batch.forEach(entry -> entry.written().tryEmitError(e));
        }
    }

    /** All of it, or nothing. */
    private void append(String lines) throws IOException {
        long before = file.position();
        try {
            ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        } catch (IOException e) {
            file.truncate(before);
            file.position(before);
            throw e;
        }
    }

    /** Writes what is waiting and closes the file. */
    @Override
    public void close() throws IOException {
        closed = true;
        try {
            waiting.put(LAST);
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        file.force(true);
        file.close();
    }

    /** Makes the directory for a log. */
    public static void prepare(Path path) throws IOException {
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
    }
}
