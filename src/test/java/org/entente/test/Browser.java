package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.deque.html.axecore.results.Rule;
import com.deque.html.axecore.selenium.AxeBuilder;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import tools.jackson.databind.json.JsonMapper;

/** The system's Chromium, before the operators' port. */
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int MOST_TABS = 60;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What the reader's eyes prefer. */
    enum Light {
        LIGHT,
        DARK
    }

    private final URI address;
    private final ChromeDriver driver;
    private final Set<String> hosts = new TreeSet<>();
    private Light light = Light.LIGHT;

    Browser(URI address) {
        this.address = address;
        ChromeOptions options = new ChromeOptions();
        options.setBinary(program("chromium"));
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--window-size=1280,900",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost");
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(program("chromedriver"))
                .usingAnyFreePort()
                .build();
        this.driver = new ChromeDriver(service, options);
    }

    static void assumeInstalled() {
        boolean there = Shell.isInstalled("chromium") && Shell.isInstalled("chromedriver");
        if (!there) {
            System.out.println("ConsoleTest: SKIPPED, there is no chromium with its chromedriver");
        }
        assumeThat(there).isTrue();
    }

    private static File program(String name) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(directory -> new File(directory, name))
                .filter(File::canExecute)
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not installed"));
    }

    void light(Light wanted) {
        light = wanted;
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        List.of(Map.of(
                                "name",
                                "prefers-color-scheme",
                                "value",
                                wanted.name().toLowerCase(Locale.ROOT)))));
    }

    void open(String path) {
        driver.get(address.resolve(path).toString());
    }

    WebElement find(By what) {
        return driver.findElement(what);
    }

    List<WebElement> all(By what) {
        return driver.findElements(what);
    }

    String text() {
        return find(By.tagName("body")).getText();
    }

    /** Waits for a page of this title. */
    void waitFor(String title) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(driver.getTitle()).isEqualTo(title + " – Entente"));
    }

    void waitForText(String text) {
        await().atMost(PATIENCE)
                .ignoreException(StaleElementReferenceException.class)
                .untilAsserted(() -> assertThat(text()).contains(text));
    }

    /** Clicks on what leads to another page, and waits until this one is gone. */
    void follow(By what) {
        WebElement page = find(By.tagName("html"));
        find(what).click();
        await().atMost(PATIENCE).until(() -> isGone(page));
    }

    void type(By field, CharSequence... keys) {
        find(field).sendKeys(keys);
    }

    /** Puts a text in the place of a field's, as pasting does. */
    void replace(By field, String text) {
        ((JavascriptExecutor) driver)
                .executeScript(
                        "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))",
                        find(field),
                        text);
    }

    WebElement focused() {
        return driver.switchTo().activeElement();
    }

    void press(CharSequence... keys) {
        focused().sendKeys(keys);
    }

    /** Goes from part to part as the tabulator key does, until that of this id or name has the focus. */
    void tabTo(String idOrName) {
        for (int i = 0; i < MOST_TABS; i++) {
            if (idOrName.equals(focused().getDomAttribute("id"))
                    || idOrName.equals(focused().getDomAttribute("name"))) {
                return;
            }
            press(Keys.TAB);
        }
        throw new AssertionError("the keyboard does not lead to " + idOrName);
    }

    static boolean isGone(WebElement element) {
        try {
            return element.getTagName().isEmpty();
        } catch (StaleElementReferenceException e) {
            return true;
        }
    }

    /**
     * Has the page judged by the rules for those who cannot see, or not well, and takes a picture of it. With
     * {@code -Ddocs.update=true} the picture becomes the guide's, where the guide shows it.
     */
    void picture(String name) {
        List<Rule> violations = new AxeBuilder().analyze(driver).getViolations();
        assertThat(violations)
                .as("%s, %s", name, light)
                .extracting(rule -> rule.getId() + ": " + rule.getHelp() + " at "
                        + rule.getNodes().stream().map(node -> node.getHtml()).toList())
                .isEmpty();
        String file = name + (light == Light.DARK ? "-dark" : "") + ".png";
        try {
            String guide = Files.readString(Repository.root().resolve("src/docs/guide/console.md"));
            boolean shown = Boolean.getBoolean("docs.update") && guide.contains("(console/" + file + ")");
            Path target = Repository.root().resolve(shown ? "src/docs/guide/console" : "src/test/target/console");
            Files.write(Files.createDirectories(target).resolve(file), driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whom the browser has asked for anything. */
    Set<String> hostsAsked() {
        for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
            var message = JSON.readTree(entry.getMessage()).get("message");
            if (message.get("method").asString().equals("Network.requestWillBeSent")) {
                String asked = message.at("/params/request/url").asString();
                if (!asked.startsWith("data:")) {
                    hosts.add(URI.create(asked).getAuthority());
                }
            }
        }
        return hosts;
    }

    /** What the browser has to say about the pages. */
    List<String> complaints() {
        return StreamSupport.stream(driver.manage().logs().get(LogType.BROWSER).spliterator(), false)
                .map(LogEntry::getMessage)
                .toList();
    }

    @Override
    public void close() {
        driver.quit();
    }
}
