package org.entente.test;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.NettyInbound;
import reactor.netty.NettyOutbound;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/** Passes connections on, byte by byte, to whatever local port is chosen as each arrives. */
final class Relay {
    private Relay() {}

    /** @param how changes the server, such as to one that speaks TLS */
    static DisposableServer start(UnaryOperator<TcpServer> how, IntSupplier port) {
        return how.apply(TcpServer.create().host("localhost").port(0))
                .handle((in, out) -> pass(in, out, port.getAsInt()))
                .bindNow();
    }

    /**
     * One whose connections can all be lost at once without anybody being told, as when a line is cut: what is sent on them
     * comes to nothing from then on, and neither end hears of it. Connections that are opened later are not concerned.
     *
     * @param lost how often that has happened
     * @param swallowed how many bytes have come to nothing
     */
    static DisposableServer thatLoses(AtomicInteger lost, AtomicLong swallowed, int port) {
        return TcpServer.create()
                .host("localhost")
                .port(0)
                .handle((in, out) -> {
                    int before = lost.get();
                    return pass(in, out, port, bytes -> {
                        boolean passes = lost.get() == before;
                        swallowed.addAndGet(passes ? 0 : bytes.readableBytes());
                        return passes;
                    });
                })
                .bindNow();
    }

    /** @param open how many connections there are at present */
    static DisposableServer thatCounts(AtomicInteger open, int port) {
        return start(
                server -> server.doOnConnection(connection -> {
                    open.incrementAndGet();
                    connection.onDispose(open::decrementAndGet);
                }),
                () -> port);
    }

    private static Mono<Void> pass(NettyInbound in, NettyOutbound out, int port) {
        return pass(in, out, port, bytes -> true);
    }

    private static Mono<Void> pass(NettyInbound in, NettyOutbound out, int port, Predicate<ByteBuf> passes) {
        return TcpClient.create()
                .host("127.0.0.1")
                .port(port)
                .connect()
                .flatMap(site -> Mono.firstWithSignal(
                                site.outbound().send(passed(in, passes)).then(),
                                out.send(passed(site.inbound(), passes)).then())
                        .doFinally(signal -> site.dispose()));
    }

    private static Flux<ByteBuf> passed(NettyInbound from, Predicate<ByteBuf> passes) {
        // Not filtered: what a filter leaves out is released by who sends the rest, and once more by who received it.
        return from.receive().handle((bytes, sink) -> {
            if (passes.test(bytes)) {
                sink.next(bytes.retain());
            }
        });
    }
}
