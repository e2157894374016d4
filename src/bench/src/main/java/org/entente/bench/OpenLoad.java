package org.entente.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;

/**
 * Requests that come when they come, whether or not those before them were answered, as those of many clients do who know
 * nothing of each other, over as many connections of each caller as it takes. A request's time begins when it is due, so that waiting for a connection counts.
 */
final class OpenLoad {
    /** Who asks: what is sent, and how much of all that is asked is theirs. */
    record Caller(String name, byte[] request, double part) {}

    /**
     * An answer, or that there was none.
     *
     * @param due seconds since the start
     * @param took in seconds
     * @param status 0 when the connection was lost
     * @param slowDown whether the document says {@code SlowDown}
     */
    record Answer(Caller caller, double due, double took, int status, boolean slowDown) {}

    private static final int MOST_CONNECTIONS = 4000;
    private static final long TICK = TimeUnit.MILLISECONDS.toNanos(1);

    private final int port;
    private final DoubleUnaryOperator rate;
    private final double lasts;
    private final Consumer<Answer> answers;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final EventLoop loop = loops.next().next();
    private final List<Pool> pools;
    private long start;
    private long last;
    private long open;

    private record Due(Caller caller, long at) {}

    /** The connections of one caller. */
    private final class Pool {
        private final Caller caller;
        private final Queue<Channel> idle = new ArrayDeque<>();
        private final Queue<Due> waiting = new ArrayDeque<>();
        private double owed;
        private int connections;

        Pool(Caller caller) {
            this.caller = caller;
        }

        private void send(Due due) {
            Channel channel = idle.poll();
            if (channel != null) {
                channel.pipeline().get(Reader.class).ask(channel, due);
                return;
            }
            waiting.add(due);
            if (connections < MOST_CONNECTIONS) {
                connections++;
                connect();
            }
        }

        private void connect() {
            new Bootstrap()
                    .group(loop)
                    .channel(EpollSocketChannel.class)
                    .handler(new ChannelInitializer<EpollSocketChannel>() {
                        @Override
                        protected void initChannel(EpollSocketChannel channel) {
                            channel.pipeline().addLast(new Reader(Pool.this));
                        }
                    })
                    .connect(new InetSocketAddress("127.0.0.1", port))
                    .addListener(done -> {
                        if (!done.isSuccess()) {
                            connections--;
                            Due lost = waiting.poll();
                            if (lost != null) {
                                answered(lost, 0, false);
                            }
                        }
                    });
        }

        private void free(Channel channel) {
            Due next = waiting.poll();
            if (next == null) {
                idle.add(channel);
            } else {
                channel.pipeline().get(Reader.class).ask(channel, next);
            }
        }
    }

    /**
     * @param rate requests a second, by the seconds since the start
     * @param lasts for how many seconds requests come
     * @param answers is told of each, one at a time
     */
    OpenLoad(int port, List<Caller> callers, DoubleUnaryOperator rate, double lasts, Consumer<Answer> answers) {
        this.port = port;
        this.rate = rate;
        this.lasts = lasts;
        this.answers = answers;
        this.pools = callers.stream().map(Pool::new).toList();
    }

    /** Sends all, and waits for the last answer, but no longer than so many seconds after the last request. */
    void run(double patience) throws InterruptedException {
        start = System.nanoTime();
        last = start;
        loop.scheduleAtFixedRate(this::tick, TICK, TICK, TimeUnit.NANOSECONDS);
        loop.terminationFuture().await((long) (lasts + patience), TimeUnit.SECONDS);
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).sync();
        answersNeverCame();
    }

    private void tick() {
        long now = System.nanoTime();
        double at = seconds(now);
        if (at < lasts) {
            double due = rate.applyAsDouble(at) * (now - last) / 1e9;
            for (Pool pool : pools) {
                pool.owed += due * pool.caller.part();
                for (; pool.owed >= 1; pool.owed--) {
                    open++;
                    pool.send(new Due(pool.caller, now));
                }
            }
        } else if (open == 0) {
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        }
        last = now;
    }

    private double seconds(long now) {
        return (now - start) / 1e9;
    }

    private void answered(Due due, int status, boolean slowDown) {
        open--;
        long now = System.nanoTime();
        answers.accept(new Answer(due.caller(), seconds(due.at()), (now - due.at()) / 1e9, status, slowDown));
    }

    private void answersNeverCame() {
        pools.forEach(pool -> pool.waiting.forEach(due -> answered(due, 0, false)));
    }

    /**
     * Of one connection: looks for the status and the length and no more, since it has to keep up with what it asks on a
     * fraction of a core.
     */
    private final class Reader extends ByteToMessageDecoder {
        private static final ByteBuf END =
                Unpooled.unreleasableBuffer(Unpooled.copiedBuffer("\r\n\r\n", StandardCharsets.US_ASCII));
        private static final int STATUS = "HTTP/1.1 ".length();

        private final Pool pool;
        private Due asked;
        private int status;
        private int missing = -1;
        private boolean slowDown;

        Reader(Pool pool) {
            this.pool = pool;
        }

        void ask(Channel channel, Due due) {
            asked = due;
            slowDown = false;
            channel.writeAndFlush(Unpooled.wrappedBuffer(due.caller().request()), channel.voidPromise());
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            pool.free(context.channel());
        }

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
            if (missing < 0) {
                int end = ByteBufUtil.indexOf(END, in);
                if (end < 0) {
                    return;
                }
                String head = in.toString(in.readerIndex(), end - in.readerIndex(), StandardCharsets.US_ASCII);
                in.readerIndex(end + END.readableBytes());
                status = Integer.parseInt(head.substring(STATUS, STATUS + 3));
                int length = head.toLowerCase(Locale.ROOT).indexOf("content-length: ");
                missing = length < 0 ? 0 : number(head, length + "content-length: ".length());
            }
            int here = Math.min(missing, in.readableBytes());
            slowDown |= status == 503
                    && in.toString(in.readerIndex(), here, StandardCharsets.UTF_8)
                            .contains("<Code>SlowDown</Code>");
            in.skipBytes(here);
            missing -= here;
            if (missing == 0 && asked != null) {
                missing = -1;
                Due done = asked;
                asked = null;
                answered(done, status, slowDown);
                pool.free(context.channel());
            }
        }

        private static int number(String text, int start) {
            int number = 0;
            for (int i = start; i < text.length() && Character.isDigit(text.charAt(i)); i++) {
                number = number * 10 + text.charAt(i) - '0';
            }
            return number;
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            pool.idle.remove(context.channel());
            pool.connections--;
            if (asked != null) {
                answered(asked, 0, false);
                asked = null;
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
