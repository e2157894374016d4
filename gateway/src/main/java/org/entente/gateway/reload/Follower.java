package org.entente.gateway.reload;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the reloader when something stirs in the directory, and every few seconds in any case: mounted volumes do not
 * tell of every change, and another gateway's change is only seen in the database.
 *
 * <p>Kubernetes replaces a mounted ConfigMap by one rename of the link {@code ..data}, which is an event in the
 * directory like any other.
 */
public final class Follower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final Duration AT_LEAST_EVERY = Duration.ofSeconds(2);

    /** How long a change must have stayed as it is before it counts. */
    private static final Duration SETTLED = Duration.ofMillis(200);

    private final Reloader reloader;
    private final WatchService watch;
    private final Thread thread;
    private volatile boolean closed;

    public Follower(Reloader reloader, Path directory) throws IOException {
        this.reloader = reloader;
        this.watch = FileSystems.getDefault().newWatchService();
        WatchKey unused = directory.register(
                watch,
                StandardWatchEventKinds.ENTRY_CREATE,
                StandardWatchEventKinds.ENTRY_MODIFY,
                StandardWatchEventKinds.ENTRY_DELETE);
        this.thread = Thread.ofPlatform().name("reload").daemon().start(this::run);
    }

    private void run() {
        boolean soon = false;
        while (!closed) {
            try {
                Duration pause = soon ? SETTLED : AT_LEAST_EVERY;
                WatchKey stirred = watch.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
                if (stirred != null) {
                    List<WatchEvent<?>> unused = stirred.pollEvents();
                    stirred.reset();
                }
                soon = (stirred != null && soon) || reloader.follow();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (!closed) {
                    LOG.error("the configuration could not be looked at; the last good one stays in force", e);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        thread.interrupt();
        watch.close();
    }
}
