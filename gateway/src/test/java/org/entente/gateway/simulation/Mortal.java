package org.entente.gateway.simulation;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.entente.backends.Backend;
import org.entente.backends.S3Reply;
import org.entente.backends.S3Request;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

/** The life of one gateway: once it has ended, nothing of it goes out any more and nothing comes in. */
final class Mortal {
    private final VirtualTimeScheduler time;
    private final Random random;
    private final Map<Object, String> unread = new HashMap<>();
    private boolean alive = true;

    /** What it does before it ends by itself: each step of a thread, and each request to a site. */
    private int steps = Integer.MAX_VALUE;

    private Runnable end = () -> {};

    Mortal(VirtualTimeScheduler time, Random random) {
        this.time = time;
        this.random = random;
    }

    /**
     * Has it end right before or right after one of its next steps.
     *
     * @param death brings about the end
     */
    void endAfter(int further, Runnable death) {
        steps = further;
        end = death;
    }

    /** Whether the step is still done with which it ends. */
    private boolean step() {
        if (alive && steps != Integer.MAX_VALUE && --steps <= 0) {
            boolean last = random.nextBoolean();
            if (!last) {
                end.run();
            } else {
                time.schedule(end);
            }
        }
        return alive;
    }

    void kill() {
        alive = false;
    }

    boolean alive() {
        return alive;
    }

    private Runnable whileAlive(Runnable task) {
        return () -> {
            if (step()) {
                task.run();
            }
        };
    }

    /** Threads that take a moment for everything, and end with the gateway. */
    Scheduler threads() {
        return new Scheduler() {
            @Override
            public Disposable schedule(Runnable task) {
                return time.schedule(whileAlive(task), random.nextInt(4), TimeUnit.MILLISECONDS);
            }

            @Override
            public Worker createWorker() {
                Worker worker = time.createWorker();
                return new Worker() {
                    @Override
                    public Disposable schedule(Runnable task) {
                        return worker.schedule(whileAlive(task), random.nextInt(2), TimeUnit.MILLISECONDS);
                    }

                    @Override
                    public void dispose() {
                        worker.dispose();
                    }
                };
            }
        };
    }

    /** The way to a site. */
    Backend to(Backend site) {
        return request -> step() ? answered(site, request) : Mono.never();
    }

    private Mono<S3Reply> answered(Backend site, S3Request request) {
        return site.perform(request.with(new org.entente.backends.S3Body(
                        request.body().length(),
                        request.body()
                                .content()
                                .takeWhile(buffer -> alive)
                                .concatWith(Mono.defer(() -> alive ? Mono.empty() : Mono.never())),
                        request.body().trailer())))
                .materialize()
                .filter(signal -> alive)
                .switchIfEmpty(Mono.never())
                .<S3Reply>dematerialize()
                .map(reply -> noted(request, reply));
    }

    private S3Reply noted(S3Request request, S3Reply reply) {
        Object answer = new Object();
        unread.put(answer, reply.status() + " to " + request);
        return reply.with(Flux.defer(() -> {
            unread.remove(answer);
            return reply.body();
        }));
    }

    /** The answers of sites that it has, or had, and neither reads nor has let go: each holds a connection. */
    Collection<String> unread() {
        return unread.values();
    }
}
