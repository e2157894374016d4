package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.entente.sandbox.SandboxSite;
import org.entente.test.Shell.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's first command, and what it says to try, typed as it is printed. */
class DemoTest {
    private static final int SITES = 3;

    @TempDir
    private Path state;

    @Test
    void theDemoRunsAsItSaysAndStartsAgainWithItsData() throws Exception {
        boolean curlSigns = run("curl --help all").contains("--aws-sigv4");
        if (!curlSigns) {
            System.out.println("DemoTest: SKIPPED what is tried with curl: no curl with --aws-sigv4 is installed");
        }
        Process demo = start();
        String welcome = awaitWelcome();
        askWhatIf(welcome);
        if (curlSigns) {
            tryEverything(welcome);
        }
        stop(demo);

        Process again = start();
        String second = awaitWelcome();
        if (curlSigns) {
            assertThat(run(setup(script(second, 1)) + "s3 $FR $E/fr-plans/trains.txt"))
                    .endsWith("three trains to Metz");
        }
        stop(again);
    }

    private static void tryEverything(String welcome) throws IOException, InterruptedException {
        String first = script(welcome, 1);
        assertThat(run(first))
                .contains("x-entente-site: de-frankfurt, fr-paris")
                .contains("x-entente-policy: french-operations")
                .endsWith("two trains to Metz");
        assertThat(run(script(welcome, 3)).lines().toList())
                .hasSize(2)
                .allMatch(file -> file.endsWith("trains.txt"))
                .anyMatch(file -> file.contains("/sites/fr-paris/"))
                .anyMatch(file -> file.contains("/sites/de-frankfurt/"));
        assertThat(statuses(run(setup(first) + script(welcome, 4)))).containsExactly("403", "403");
        String dark = run(setup(first) + awaitingReturn(script(welcome, 5)));
        assertThat(statuses(dark)).containsExactly("200", "200", "200");
        assertThat(dark).contains("two trains to Metz", "three trains to Metz", "\"name\":\"fr-paris\"");
        assertThat(run(script(welcome, 7))).contains("\"accepted\":true", "held by de-frankfurt, fr-paris instead of");
    }

    /** What the demo's own policies answer; it needs no client. */
    private static void askWhatIf(String welcome) throws IOException, InterruptedException {
        assertThat(run(script(welcome, 6))).isEqualTo("""
                objects   policy             held by                 a write needs
                de-*      german-operations  de-frankfurt, fr-paris  1 site
                fr-*      french-operations  fr-paris, de-frankfurt  1 site
                shared-*  shared-capacity    us-east, fr-paris       2 sites

                losing               takes away              objects   which are then
                provider Hexagone    fr-paris                de-*      readable and writable
                                                             fr-*      readable and writable
                                                             shared-*  readable and writable
                provider Hyperscale  us-east                 de-*      readable and writable
                                                             fr-*      readable and writable
                                                             shared-*  readable and writable
                provider Rheinwolke  de-frankfurt            de-*      readable and writable
                                                             fr-*      readable and writable
                                                             shared-*  readable and writable
                country DE           de-frankfurt            de-*      readable and writable
                                                             fr-*      readable and writable
                                                             shared-*  readable and writable
                country FR           fr-paris                de-*      readable and writable
                                                             fr-*      readable and writable
                                                             shared-*  readable and writable
                country US           us-east                 de-*      readable and writable
                                                             fr-*      readable and writable
                                                             shared-*  readable and writable
                jurisdiction DE      de-frankfurt            de-*      readable and writable
                                                             fr-*      readable and writable
                                                             shared-*  readable and writable
                jurisdiction EU      de-frankfurt, fr-paris  de-*      LOST
                                                             fr-*      LOST
                                                             shared-*  READABLE ONLY
                jurisdiction FR      fr-paris                de-*      readable and writable
                                                             fr-*      readable and writable
                                                             shared-*  readable and writable
                jurisdiction US      us-east                 de-*      readable and writable
                                                             fr-*      readable and writable
                                                             shared-*  readable and writable
                """);
    }

    private Process start() throws IOException {
        int firstSitePort = freePorts(SITES);
        Files.deleteIfExists(state.resolve("out"));
        ProcessBuilder builder = new ProcessBuilder("./entente", "demo")
                .directory(Repository.root().toFile())
                .redirectErrorStream(true)
                .redirectOutput(state.resolve("out").toFile());
        builder.environment()
                .putAll(Map.of(
                        "ENTENTE_DATA", state.toString(),
                        "ENTENTE_S3_PORT", String.valueOf(SandboxSite.freePort()),
                        "ENTENTE_OPERATOR_PORT", String.valueOf(SandboxSite.freePort()),
                        "ENTENTE_SANDBOX_PORT", String.valueOf(firstSitePort)));
        return builder.start();
    }

    /** The first of so many ports in a row, none of those that connections get of the system at their own end. */
    private static int freePorts(int many) throws IOException {
        for (int attempt = 0; attempt < 100; attempt++) {
            int first = ThreadLocalRandom.current().nextInt(20_000, 30_000);
            List<ServerSocket> taken = new ArrayList<>();
            try {
                for (int i = 0; i < many; i++) {
                    taken.add(new ServerSocket(first + i, 1, InetAddress.getLoopbackAddress()));
                }
                return first;
            } catch (BindException next) {
                // Somebody else's.
            } finally {
                for (ServerSocket each : taken) {
                    each.close();
                }
            }
        }
        throw new IOException("no ports are free");
    }

    private String awaitWelcome() {
        await().atMost(Duration.ofMinutes(3))
                .until(() -> Files.readString(state.resolve("out")).contains("Ctrl-C ends it all."));
        try {
            return Files.readString(state.resolve("out"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The indented lines below a number. */
    private static String script(String welcome, int number) {
        Matcher matcher =
                Pattern.compile("(?s)\n" + number + "\\. .*?\n\n(.*?)\n\n").matcher(welcome);
        assertThat(matcher.find()).as(welcome).isTrue();
        return matcher.group(1) + "\n";
    }

    /** The first two lines of the first thing to try, on which the others build. */
    private static String setup(String first) {
        List<String> lines = first.lines().limit(2).toList();
        return String.join("\n", lines) + "\n";
    }

    /** A person would wait a moment for the site to get what it missed; a script is told how. */
    private static String awaitingReturn(String script) {
        return script.replaceFirst("(/\\S+/start) &\n\\s*(curl .*)\n", """
                $1 >/dev/null 2>&1 &
                until $2 | grep -q '"name":"fr-paris"[^}]*"state":"healthy"'; do :; done
                $2
                """);
    }

    private static String run(String script) throws IOException, InterruptedException {
        Result result = Shell.run(Map.of(), "bash", "-c", script);
        return result.output();
    }

    private static List<String> statuses(String output) {
        return Pattern.compile("HTTP/1.1 (\\d{3}) ")
                .matcher(output)
                .results()
                .map(match -> match.group(1))
                .filter(status -> !status.equals("100"))
                .toList();
    }

    /** Nothing of it remains, not even the site that was started again by hand. */
    private void stop(Process demo) throws InterruptedException, IOException {
        List<ProcessHandle> children = new ArrayList<>(demo.descendants().toList());
        for (String site : List.of("fr-paris", "de-frankfurt", "us-east")) {
            Path process = state.resolve("demo/sites").resolve(site).resolve("process");
            ProcessHandle.of(Long.parseLong(Files.readString(process).strip())).ifPresent(children::add);
        }
        assertThat(children).hasSizeGreaterThanOrEqualTo(4);
        demo.destroy();
        assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
        children.forEach(child -> assertThat(child.isAlive())
                .as("a process of the demo that outlived it: %s", child.info())
                .isFalse());
    }
}
