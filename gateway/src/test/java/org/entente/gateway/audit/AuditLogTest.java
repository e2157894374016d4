package org.entente.gateway.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** What was written stays as it was written, or it is found out. */
class AuditLogTest {
    private static final int RECORDS = 50;

    @TempDir
    private Path directory;

    private static AuditRecord record(int number) {
        return new AuditRecord(
                Instant.EPOCH.plusSeconds(number).toString(),
                "write",
                "request-" + number,
                "fr-logistics",
                "PutObject",
                "fr-plans",
                "kéy \"" + number + "\"\n",
                "",
                List.of("fr-paris"),
                "french-operations",
                7,
                200,
                "");
    }

    private static void write(Path file, AuditLog.Keys keys, int from, int to) throws IOException {
        try (AuditLog log = new AuditLog(file, keys)) {
            Flux.range(from, to - from)
                    .flatMap(number -> log.write(record(number)))
                    .then()
                    .block();
        }
    }

    private static Path written(Path directory) throws IOException {
        Path file = directory.resolve("audit.jsonl");
        Files.deleteIfExists(file);
        write(file, AuditLog.Keys.PLAIN, 0, RECORDS);
        return file;
    }

    private static Verification verify(Path file) throws IOException {
        return Verification.of(file, Optional.empty());
    }

    @Test
    void aLogThatNobodyTouchedIsIntactAlsoOverSeveralRuns() throws IOException {
        Path file = written(directory);
        write(file, AuditLog.Keys.PLAIN, RECORDS, 2 * RECORDS);
        Verification found = verify(file);
        assertThat(found.intact()).isTrue();
        assertThat(found.records()).isEqualTo(2 * RECORDS);
        assertThat(found.torn()).isEmpty();
        assertThat(Files.readString(file)).contains("\"key\":\"kéy \\\"7\\\"\\n\"");
    }

    @Test
    void keysCanBeHidden() throws IOException {
        Path file = directory.resolve("hashed.jsonl");
        write(file, AuditLog.Keys.HASH, 0, 3);
        assertThat(Files.readString(file))
                .doesNotContain("kéy")
                .contains("\"keyHash\":\"" + Chain.sha256("kéy \"2\"\n") + "\"");
        assertThat(verify(file).intact()).isTrue();
    }

    @Property(tries = 60)
    void anyChangedByteIsFound(@ForAll @IntRange(min = 0, max = 9_000) int at, @ForAll byte change) throws IOException {
        Path file = written(Files.createTempDirectory("audit"));
        byte[] bytes = Files.readAllBytes(file);
        byte before = bytes[at];
        bytes[at] ^= change;
        Files.write(file, bytes);
        assertThat(verify(file).intact()).isEqualTo(bytes[at] == before);
    }

    @Property(tries = 40)
    void aRemovedOrDoubledLineIsFound(@ForAll @IntRange(min = 0, max = RECORDS - 2) int at, @ForAll boolean remove)
            throws IOException {
        Path file = written(Files.createTempDirectory("audit"));
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        if (remove) {
            lines.remove(at);
        } else {
            lines.add(at, lines.get(at));
        }
        Files.writeString(file, String.join("\n", lines) + "\n");
        assertThat(verify(file).intact()).isFalse();
    }

    @Test
    void whatIsCutOffAtTheEndIsMissedByWhoeverNotedTheHead() throws IOException {
        Path file = written(directory);
        String head = verify(file).lastHash();
        List<String> lines = Files.readAllLines(file);
        Files.writeString(file, String.join("\n", lines.subList(0, RECORDS - 5)) + "\n");
        assertThat(verify(file).intact()).isTrue();
        assertThat(Verification.of(file, Optional.of(head)).intact()).isFalse();
    }

    @Property(tries = 40)
    void aTornLastLineIsReportedAndTheLogGoesOnBehindIt(@ForAll @IntRange(min = 2, max = 200) int cut)
            throws IOException {
        Path file = written(Files.createTempDirectory("audit"));
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - cut));
        Verification torn = verify(file);
        assertThat(torn.intact()).isTrue();
        assertThat(torn.torn()).hasSize(1);
        write(file, AuditLog.Keys.PLAIN, RECORDS, RECORDS + 3);
        Verification after = verify(file);
        assertThat(after.broken()).isEmpty();
        assertThat(after.records()).as("one more that vouches").isEqualTo(RECORDS - 1 + 1 + 3);
        assertThat(after.torn()).hasSize(1).allMatch(t -> t.contains("vouches"));
    }

    @Test
    void aLastLineThatLacksOnlyItsEndIsWhole() throws IOException {
        Path file = written(directory);
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
        write(file, AuditLog.Keys.PLAIN, RECORDS, RECORDS + 3);
        Verification after = verify(file);
        assertThat(after.intact()).isTrue();
        assertThat(after.records()).isEqualTo(RECORDS + 3);
    }

    @Test
    void aTornLineThatIsChangedLaterIsFound() throws IOException {
        Path file = written(directory);
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 100));
        write(file, AuditLog.Keys.PLAIN, 1, 2);
        String text = Files.readString(file);
        Files.writeString(file, text.replace("request-" + (RECORDS - 1), "request-xx"));
        assertThat(verify(file).intact()).isFalse();
    }

    @Test
    void aFullDiskFailsTheWriteAndIsSeen() throws IOException {
        Path full = Path.of("/dev/full");
        assumeThat(Files.exists(full)).as("a device that is always full").isTrue();
        try (AuditLog log = new AuditLog(full, AuditLog.Keys.PLAIN)) {
            assertThat(log.writable()).isTrue();
            StepVerifier.create(log.write(record(1))).verifyError(IOException.class);
            assertThat(log.writable()).isFalse();
        } catch (IOException sync) {
            // Such a device cannot be forced to a disk.
        }
    }

    @Test
    void whatIsNoLogAtAllIsNotIntact() throws IOException {
        Path file = Files.writeString(
                directory.resolve("other"),
                "{\"seq\":1}\nnothing\n",
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE);
        assertThat(verify(file).broken()).hasSize(2);
    }
}
