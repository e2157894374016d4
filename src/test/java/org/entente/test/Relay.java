package org.entente.test;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
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

    private static Mono<Void> pass(NettyInbound in, NettyOutbound out, int port) {
        return pass(in, out, port, bytes -> true);
    }

    private static Mono<Void> pass(NettyInbound in, NettyOutbound out, int port, Predicate<ByteBuf> passes) {
        return TcpClient.create()
                .host("127.0.0.1")
                .port(port)
                .connect()
                .flatMap(site -> Mono.firstWithSignal(
                                site.outbound()
                                        .send(in.receive().filter(passes).map(ByteBuf::retain))
                                        .then(),
                                out.send(site.inbound().receive().filter(passes).map(ByteBuf::retain))
                                        .then())
                        .doFinally(signal -> site.dispose()));
    }
}
