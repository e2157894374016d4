package org.entente.backends.s3;

import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import reactor.netty.resources.ConnectionPoolMetrics;
import reactor.netty.resources.ConnectionProvider;

/** How many requests wait for a connection to a site, as its pools have it. */
final class Waiting implements ConnectionProvider.MeterRegistrar {
    private final Map<String, ConnectionPoolMetrics> pools = new ConcurrentHashMap<>();

    int count() {
        int count = 0;
        for (ConnectionPoolMetrics pool : pools.values()) {
            count += pool.pendingAcquireSize();
        }
        return count;
    }

    @Override
    public void registerMetrics(String name, String id, SocketAddress site, ConnectionPoolMetrics metrics) {
        pools.put(id, metrics);
    }

    @Override
    public void deRegisterMetrics(String name, String id, SocketAddress site) {
        pools.remove(id);
    }
}
