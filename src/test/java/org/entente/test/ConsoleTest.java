package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import no.nav.security.mock.oauth2.token.DefaultOAuth2TokenCallback;
import org.entente.gateway.front.Gateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** What operators do in a real browser. */
@ExtendWith(NoLeaks.class)
class ConsoleTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private OwnGateway gateway;
    private Browser browser;

    @BeforeAll
    static void aBrowserIsNeeded() {
        Browser.assumeInstalled();
    }

    @BeforeEach
    void start() throws Exception {
        gateway = new OwnGateway(directory, OwnGateway.SHARED_ANYWHERE);
        browser = new Browser(gateway.operator().address());
    }

    @AfterEach
    void stop() {
        browser.close();
        gateway.close();
    }

    private void logIn(String token) {
        browser.open("/console");
        browser.type(By.name("password"), token, Keys.ENTER);
        browser.waitFor("Sites");
    }

    @Test
    void aTokenOpensItAndNothingElseDoes() throws Exception {
        browser.open("/console/policies");
        browser.type(By.name("password"), "a guess", Keys.ENTER);
        browser.waitForText("nobody in the documents in force holds it");
        browser.type(By.name("password"), OwnGateway.VIEWER_TOKEN, Keys.ENTER);
        browser.waitFor("Policies");
        assertThat(browser.all(By.cssSelector("textarea:not([readonly]), main button")))
                .as("a viewer only looks")
                .isEmpty();
        browser.open("/console/sites/fr-paris/suspend");
        browser.type(By.name("reason"), "to see whether I may", Keys.ENTER);
        browser.waitForText("The role operator is needed");
        browser.open("/console/sites");
        browser.follow(By.cssSelector("header button"));
        browser.waitForText("You are logged out");
        browser.open("/console/sites");
        browser.waitFor("Log in");
        HttpClient stranger = HttpClient.newHttpClient();
        HttpResponse<String> forged = stranger.send(
                HttpRequest.newBuilder(gateway.operator().address().resolve("/console/login"))
                        .header("content-type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString("password=" + OwnGateway.OPERATOR_TOKEN))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(forged.statusCode()).as("a form that is not ours").isEqualTo(403);
        HttpResponse<String> elsewhere = stranger.send(
                HttpRequest.newBuilder(gateway.s3Address().resolve("/console/login"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(elsewhere.body()).as("a bucket like any other").contains("<Error>");
    }

    @Test
    void whoGuessesTooOftenHasToWait() throws Exception {
        browser.open("/console/login");
        for (int guess = 0; guess < 20; guess++) {
            gateway.withToken("guess " + guess).get("/api/v1/sites");
        }
        browser.type(By.name("password"), OwnGateway.OPERATOR_TOKEN, Keys.ENTER);
        browser.waitForText("Wait a minute.");
        browser.open("/console/sites");
        browser.waitFor("Log in");
    }

    @Test
    void aSiteIsSuspendedAndResumedByKeyboardAlone() throws Exception {
        logIn(OwnGateway.OPERATOR_TOKEN);
        browser.press(Keys.TAB);
        assertThat(browser.focused().getText()).isEqualTo("Skip to the content");
        browser.tabTo("suspend-fr-paris");
        WebElement before = browser.find(By.id("suspend-fr-paris"));
        await().atMost(SOON).until(() -> Browser.isGone(before));
        assertThat(browser.focused().getDomAttribute("id"))
                .as("the focus outlives the page's news")
                .isEqualTo("suspend-fr-paris");
        browser.press(Keys.ENTER);
        browser.waitFor("Suspend fr-paris");
        browser.tabTo("reason");
        browser.press("   ", Keys.ENTER);
        browser.waitForText("Say why");
        browser.tabTo("reason");
        browser.press("a court's order", Keys.ENTER);
        browser.waitForText("fr-paris is suspended.");
        assertThat(browser.find(By.id("site-fr-paris")).getText()).contains("suspended", "a court's order");
        browser.tabTo("resume-fr-paris");
        browser.press(Keys.ENTER);
        browser.waitFor("Resume fr-paris");
        browser.tabTo("reason");
        browser.press("the order was lifted", Keys.ENTER);
        browser.waitForText("fr-paris takes part again.");
        assertThat(Files.readString(gateway.auditLog()))
                .contains("log in to the console", "suspend site fr-paris", "a court's order", "the order was lifted");
    }

    @Test
    void whatHappensElsewhereIsSeenWithoutAskingAndWhoIsRemovedIsOut() throws Exception {
        logIn(OwnGateway.OPERATOR_TOKEN);
        gateway.operator().post("/api/v1/sites/us-east/suspend", "{\"reason\": \"seen by others\"}");
        browser.waitForText("seen by others");
        Path people = gateway.config().resolve("people.yaml");
        String text = Files.readString(people);
        Files.writeString(people, text.replace(OwnGateway.OPERATOR_TOKEN, "another token of alice"));
        await().atMost(SOON).until(() -> {
            browser.open("/console/sites");
            return browser.text().contains("know no operator that is you");
        });
    }

    @Test
    void policiesAreWrittenCheckedReviewedPutInForceAndTakenBack() throws Exception {
        logIn(OwnGateway.OPERATOR_TOKEN);
        browser.open("/console/policies");
        browser.replace(By.id("policies"), OwnGateway.SHARED_IN_EUROPE.replace("[fr-paris]", "[fr-pariss]"));
        browser.waitForText("unknown site 'fr-pariss'; did you mean 'fr-paris'?");
        browser.picture("policies-wrong");
        browser.follow(By.cssSelector("main button"));
        browser.waitForText("unknown site 'fr-pariss'");
        browser.replace(By.id("policies"), OwnGateway.SHARED_IN_EUROPE);
        browser.waitForText("No errors.");
        browser.follow(By.cssSelector("main button"));
        browser.waitFor("What these policies change");
        assertThat(browser.text()).contains("fence narrowed: may not be sent to us-east", "What if they turn it off?");
        browser.picture("review");
        browser.follow(By.cssSelector("main button"));
        browser.waitForText("The policies are in force.");
        assertThat(browser.text()).contains("Revision 2 is in force", "alice");
        browser.follow(By.linkText("Revision 1"));
        browser.waitForText("FENCE WIDENED: may be sent to us-east");
        browser.follow(By.cssSelector("main button"));
        browser.waitForText("Revision 3 is in force");
    }

    @Test
    void whatSomebodyElsePutMeanwhileIsNotOverwritten() throws Exception {
        logIn(OwnGateway.OPERATOR_TOKEN);
        browser.open("/console/policies");
        gateway.operator().put("/api/v1/policies", OwnGateway.SHARED_IN_EUROPE);
        browser.replace(By.id("policies"), OwnGateway.SHARED_ANYWHERE.replace("[us-east]", "[de-frankfurt]"));
        browser.follow(By.cssSelector("main button"));
        browser.waitFor("What these policies change");
        browser.follow(By.cssSelector("main button"));
        browser.waitForText("somebody else has just changed the policies");
        assertThat(gateway.operator()
                        .get("/api/v1/policies")
                        .json()
                        .get("revision")
                        .asLong())
                .isEqualTo(2);
        browser.follow(By.cssSelector("main button.secondary"));
        browser.waitForText("Revision 2 is in force");
        assertThat(browser.find(By.id("policies")).getDomProperty("value"))
                .as("and what was written is not lost")
                .contains("de-frankfurt");
    }

    @Test
    void whatWasWrittenIsNotLostWhereOtherDocumentsBreakMeanwhile() throws Exception {
        logIn(OwnGateway.OPERATOR_TOKEN);
        browser.open("/console/policies");
        browser.replace(By.id("policies"), OwnGateway.SHARED_IN_EUROPE);
        browser.follow(By.cssSelector("main button"));
        browser.waitFor("What these policies change");
        Files.writeString(gateway.config().resolve("broken.yaml"), "kind: Policee\n");
        browser.follow(By.cssSelector("main button"));
        browser.waitForText("broken.yaml");
        assertThat(browser.find(By.id("policies")).getDomProperty("value")).contains("jurisdictions: {deny: [US]}");
    }

    @ParameterizedTest
    @EnumSource(Browser.Light.class)
    void everyPageCanBeReadByAllAndAsksNobodyElse(Browser.Light light) throws Exception {
        browser.light(light);
        browser.open("/console/login");
        browser.picture("login");
        logIn(OwnGateway.OPERATOR_TOKEN);
        assertThat(gateway.french()
                        .send("PUT", "/shared-plans", "UNSIGNED-PAYLOAD", Map.of(), new byte[0])
                        .status())
                .isEqualTo(200);
        gateway.operator().post("/api/v1/sites/us-east/drain", "{\"reason\": \"its contract ends\"}");
        browser.open("/console/sites");
        browser.waitForText("its contract ends");
        browser.picture("sites");
        for (String page : List.of("journal", "buckets", "buckets/shared-plans", "policies", "policies/1")) {
            browser.open("/console/" + page);
            browser.picture(page.replace('/', '-'));
        }
        assertThat(browser.text()).contains("It is in force.");
        browser.open("/console/sites/fr-paris/suspend");
        browser.picture("suspend");
        browser.open("/console/explain?principal=fr-logistics&bucket=shared-x&label=restricted&dark=de-frankfurt");
        assertThat(browser.text()).contains("It may be done, at us-east.", "Policy shared-capacity");
        browser.picture("explain");
        browser.open("/console/nowhere");
        assertThat(browser.text()).contains("There is no such page.");
        browser.picture("nowhere");
        assertThat(browser.hostsAsked())
                .containsExactly(gateway.operator().address().getAuthority());
        assertThat(browser.complaints()).noneMatch(complaint -> complaint.contains("Content Security Policy"));
    }

    @Test
    void operatorsLogInByTheirOrganisation() throws Exception {
        Path config = directory.resolve("provided");
        OwnGateway.write(config, OwnGateway.SHARED_ANYWHERE);
        Path people = config.resolve("people.yaml");
        Files.writeString(
                people,
                Files.readString(people)
                        .replace(
                                "spec: {role: operator, tokens:",
                                "spec: {role: operator, subjects: [alice@fr.example], tokens:"));
        MockOAuth2Server provider = new MockOAuth2Server();
        provider.start();
        Map<String, String> settings = Map.of(
                "entente.oidc.issuer", provider.issuerUrl("alliance").toString(),
                "entente.oidc.client", "entente-console",
                "entente.oidc.secret", "a secret of both");
        try (Gateway provided = Rig.gateway(config, directory.resolve("provided-journal"), settings);
                Browser other = new Browser(provided.operatorAddress())) {
            for (String who : List.of("mallory@us.example", "alice@fr.example")) {
                provider.enqueueCallback(new DefaultOAuth2TokenCallback(
                        "alliance", who, "JWT", List.of("entente-console"), Map.of(), 600));
                other.open("/console/login");
                other.follow(By.linkText("Log in by your organisation"));
                if (who.startsWith("mallory")) {
                    other.waitForText("know no operator that is you");
                } else {
                    other.waitFor("Sites");
                }
            }
            assertThat(other.text()).contains("Log alice out", "Suspend");
        } finally {
            provider.shutdown();
        }
        URI gone = URI.create(provider.issuerUrl("alliance").toString());
        Map<String, String> unreachable = Map.of("entente.oidc.issuer", gone.toString(), "entente.oidc.client", "x");
        try (Gateway alone = Rig.gateway(config, directory.resolve("alone-journal"), unreachable);
                Browser other = new Browser(alone.operatorAddress())) {
            other.open("/console/login");
            other.type(By.name("password"), OwnGateway.OPERATOR_TOKEN, Keys.ENTER);
            other.waitFor("Sites");
        }
    }
}
