package org.entente.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.entente.backends.sigv4.Sha256;
import org.entente.sandbox.GatewayProcess;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * How many bytes of heap a gateway takes for a request, in a process of its own: unlike its time, that is the same on every
 * machine. What it takes it must clear away again, and a body that passed through the heap would show as its whole length.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AllocationTest {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    /** After so many, the compiler has found most of what need not be allocated. */
    private static final int WARM_UP = 2_000;

    private static final int COUNTED = 1_000;

    private final String bucket = "fr-heap-" + UUID.randomUUID().toString().substring(0, 18);
    private GatewayProcess gateway;
    private JMXConnector management;
    private ThreadMXBean threads;
    private SignedHttp http;

    @BeforeAll
    // What answers is our own child, asked over a loopback address that it has just told us.
    @SuppressWarnings("BanJNDI")
    void start() throws IOException, AttachNotSupportedException {
        gateway = GatewayProcess.start(
                Repository.gatewayJar(),
                List.of("-Xmx256m"),
                Rig.shared().config(),
                Repository.scratch().resolve("heap-" + UUID.randomUUID()),
                SandboxSite.freePort(),
                SandboxSite.freePort());
        VirtualMachine machine = VirtualMachine.attach(String.valueOf(gateway.processId()));
        management = JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()));
        machine.detach();
        threads = ManagementFactory.newPlatformMXBeanProxy(
                management.getMBeanServerConnection(), ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
        http = new SignedHttp(gateway.endpoint(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);
        assertThat(http.send("PUT", "/" + bucket, "UNSIGNED-PAYLOAD", Map.of("content-length", "0"), new byte[0])
                        .status())
                .isEqualTo(200);
    }

    @AfterAll
    void stop() throws IOException {
        management.close();
        gateway.close();
    }

    @Test
    void smallRequestsTakeFewKibibytes() throws IOException {
        byte[] small = new byte[KIB];
        send("PUT", "small", small, WARM_UP);
        assertThat(allocatedBy("PUT of 1 KiB", "PUT", "small", small, COUNTED)).isLessThan(110 * KIB);
        send("GET", "small", new byte[0], WARM_UP);
        assertThat(allocatedBy("GET of 1 KiB", "GET", "small", new byte[0], COUNTED))
                .isLessThan(80 * KIB);
    }

    @Test
    void bodiesDoNotPassThroughTheHeap() throws IOException {
        byte[] large = new byte[16 * MIB];
        send("PUT", "large", large, 5);
        assertThat(allocatedBy("PUT of 16 MiB", "PUT", "large", large, 20)).isLessThan(MIB);
        send("GET", "large", new byte[0], 5);
        assertThat(allocatedBy("GET of 16 MiB", "GET", "large", new byte[0], 20))
                .isLessThan(MIB);
    }

    /** Bytes of heap for each request, of all threads together. */
    private long allocatedBy(String what, String method, String key, byte[] body, int times) throws IOException {
        long before = threads.getTotalThreadAllocatedBytes();
        send(method, key, body, times);
        long each = (threads.getTotalThreadAllocatedBytes() - before) / times;
        System.out.printf("AllocationTest: a %s takes %,d bytes of heap%n", what, each);
        return each;
    }

    /** The same request again and again, over one connection. */
    private void send(String method, String key, byte[] body, int times) throws IOException {
        boolean put = method.equals("PUT");
        byte[] head = http.sign(
                        method,
                        "/" + bucket + "/" + key,
                        put ? "UNSIGNED-PAYLOAD" : Sha256.OF_NOTHING,
                        put ? Map.of("content-length", String.valueOf(body.length)) : Map.of())
                .head()
                .getBytes(ISO_8859_1);
        try (Socket socket = http.connect()) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (int i = 0; i < times; i++) {
                socket.getOutputStream().write(head);
                socket.getOutputStream().write(body);
                assertThat(SignedHttp.read(in, false).status()).isEqualTo(200);
            }
        }
    }
}
