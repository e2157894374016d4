package org.entente.test;

import java.util.function.IntSupplier;
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

    private static Mono<Void> pass(NettyInbound in, NettyOutbound out, int port) {
        return TcpClient.create()
                .host("127.0.0.1")
                .port(port)
                .connect()
                .flatMap(site -> Mono.firstWithSignal(
                                site.outbound().send(in.receive().retain()).then(),
                                out.send(site.inbound().receive().retain()).then())
                        .doFinally(signal -> site.dispose()));
    }
}
