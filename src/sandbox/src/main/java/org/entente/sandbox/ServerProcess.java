package org.entente.sandbox;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A server in a process of its own. */
final class ServerProcess {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(2);

    private final Process process;

    /** @param builder what to start */
    ServerProcess(ProcessBuilder builder) throws IOException {
        this.process = builder.start();
    }

    /** Whether it came to answer 200 at this address within its patience; it is ended if it did not. */
    boolean answers(URI address, Duration patience) {
        Instant limit = Instant.now().plus(patience);
        HttpRequest look = HttpRequest.newBuilder(address).timeout(LONGEST_LOOK).build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (Instant.now().isBefore(limit) && process.isAlive()) {
                try {
                    if (client.send(look, HttpResponse.BodyHandlers.discarding())
                                    .statusCode()
                            == 200) {
                        return true;
                    }
                } catch (IOException notYet) {
                    // Asked again below.
                }
                LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        return false;
    }

    long id() {
        return process.pid();
    }

    int awaitEnd() throws InterruptedException {
        return process.waitFor();
    }

    /** Ends it as a power cut would. */
    void kill() {
        process.destroyForcibly();
        awaitEnd(Duration.ofSeconds(10));
    }

    /** Asks it to end, and insists when it takes longer than its patience. */
    void stop(Duration patience) {
        process.destroy();
        awaitEnd(patience);
    }

    private void awaitEnd(Duration patience) {
        try {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
