package org.entente.gateway.audit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What was found out about a log.
 *
 * @param records how many whole lines there are
 * @param lastNumber the last one's number; 0 when there is none
 * @param lastHash the last one's hash: whoever keeps it elsewhere can tell later that nothing behind it was cut off
 * @param broken what was changed, removed or put between; none when nothing was
 * @param torn lines that their writer's death cut off
 * @param containsHead whether the hash that was asked for is there; true when none was
 */
public record Verification(
        long records, long lastNumber, String lastHash, List<String> broken, List<String> torn, boolean containsHead) {
    private static final Pattern RECOVERED =
            Pattern.compile(".*\"event\":\"recovered\",\"tornBytes\":\\d+,\"tornHash\":\"([0-9a-f]{64})\".*");
    private static final int MOST_PROBLEMS = 20;

    public boolean intact() {
        return broken.isEmpty() && containsHead;
    }

    /**
     * Reads a log of any size from its beginning.
     *
     * @param head the hash of a line that must be there
     */
    public static Verification of(Path file, Optional<String> head) throws IOException {
        Walk walk = new Walk(head);
        try (InputStream in = Files.newInputStream(file)) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            byte[] buffer = new byte[1 << 16];
            int read;
            while ((read = in.read(buffer)) >= 0) {
                for (int i = 0; i < read; i++) {
                    if (buffer[i] == '\n') {
                        walk.line(line.toByteArray());
                        line.reset();
                    } else {
                        line.write(buffer[i]);
                    }
                }
            }
            walk.end(line.toByteArray());
        }
        return walk.result();
    }

    private static final class Walk {
        private final Optional<String> head;
        private final List<String> broken = new ArrayList<>();
        private final List<String> torn = new ArrayList<>();
        private long lineNumber;
        private long records;
        private long number;
        private String hash = Chain.BEGINNING;
        private boolean foundHead;
        private Optional<byte[]> unreadable = Optional.empty();

        Walk(Optional<String> head) {
            this.head = head;
            this.foundHead = head.isEmpty();
        }

        void line(byte[] bytes) {
            lineNumber++;
            String text = new String(bytes, StandardCharsets.UTF_8);
            Optional<Chain.Link> link = Chain.read(text);
            if (link.isEmpty()) {
                reportUnreadable();
                unreadable = Optional.of(bytes);
                return;
            }
            if (unreadable.isPresent() && vouchedFor(text, unreadable.get())) {
                torn.add(
                        "line " + (lineNumber - 1) + " was cut off when its writer died; the next line vouches for it");
                unreadable = Optional.empty();
            }
            reportUnreadable();
            follow(link.get());
        }

        private static boolean vouchedFor(String line, byte[] torn) {
            Matcher matcher = RECOVERED.matcher(line);
            return matcher.matches() && matcher.group(1).equals(Chain.sha256(torn));
        }

        private void reportUnreadable() {
            if (unreadable.isPresent()) {
                problem("line " + (lineNumber - 1) + " is not as it was written: its hash does not fit");
                unreadable = Optional.empty();
            }
        }

        private void follow(Chain.Link link) {
            records++;
            if (!link.previous().equals(hash)) {
                problem("line " + lineNumber + " (number " + link.number()
                        + ") does not follow the line before it (number " + number
                        + "): lines were removed, changed or put between");
            }
            number = link.number();
            hash = link.hash();
            foundHead |= head.filter(hash::equals).isPresent();
        }

        void end(byte[] rest) {
            if (unreadable.isPresent()) {
                problem("line " + lineNumber + " is not as it was written: its hash does not fit");
            }
            if (rest.length > 0) {
                torn.add("the last line is torn: " + rest.length + " bytes without an end");
            }
        }

        private void problem(String text) {
            if (broken.size() < MOST_PROBLEMS) {
                broken.add(text);
            }
        }

        Verification result() {
            return new Verification(records, number, hash, List.copyOf(broken), List.copyOf(torn), foundHead);
        }
    }
}
