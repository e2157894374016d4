package org.entente.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A program in front of the sites, on a core of its own. */
final class Contender implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);

    /** As {@code getconf CLK_TCK} has it on Linux. */
    private static final double TICKS_PER_SECOND = 100;

    private final String name;
    private final int port;
    private final boolean compiling;
    private final Process process;

    private Contender(String name, int port, boolean compiling, Process process) {
        this.name = name;
        this.port = port;
        this.compiling = compiling;
        this.process = process;
    }

    /** This JVM's own program. */
    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    static Contender start(
            String name, int core, int port, Path directory, Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        if (listens(port)) {
            throw new IOException(
                    "something listens on port " + port + " already: " + name + " would not be what is measured");
        }
        List<String> words = new ArrayList<>(List.of("taskset", "-c", String.valueOf(core)));
        words.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(name + ".log").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        long end = System.nanoTime() + START.toNanos();
        while (!listens(port)) {
            if (System.nanoTime() > end || !process.isAlive()) {
                process.destroyForcibly();
                throw new IOException(name + " does not start: " + Files.readString(directory.resolve(name + ".log")));
            }
            Thread.sleep(50);
        }
        return new Contender(name, port, command[0].equals(java()), process);
    }

    /**
     * This program's own threads go to the core that contenders do not have, and step back for the sites that share it: to be
     * called when those have been started, since what is started inherits it.
     */
    static void leaveCore() throws IOException, InterruptedException {
        String own = String.valueOf(ProcessHandle.current().pid());
        said("taskset", "-a", "-cp", "1", own);
        List<String> words = new ArrayList<>(List.of("renice", "-n", "5", "-p"));
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            threads.forEach(thread -> words.add(thread.getFileName().toString()));
        }
        said(words.toArray(String[]::new));
    }

    private static void said(String... command) throws IOException, InterruptedException {
        new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    String name() {
        return name;
    }

    /** Whether it compiles while it runs, and so gets faster for some time. */
    boolean compiling() {
        return compiling;
    }

    int port() {
        return port;
    }

    /** Seconds that it and its children have spent on the processor. */
    double cpuSeconds() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .mapToDouble(Contender::cpuSeconds)
                .sum();
    }

    private static double cpuSeconds(ProcessHandle each) {
        try {
            String stat = Files.readString(Path.of("/proc/" + each.pid() + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
        } catch (IOException gone) {
            return 0;
        }
    }

    /** Has a JVM give back all that it does not need any more. */
    void collectGarbage() throws IOException, InterruptedException {
        said(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                String.valueOf(process.pid()),
                "GC.run");
    }

    long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
            return files.count();
        }
    }

    /** Its resident memory in MiB. */
    long residentMebibytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
                .sum();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
