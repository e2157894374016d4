package org.entente.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManager;
import org.awaitility.Awaitility;
import org.entente.gateway.front.Gateway;
import org.entente.gateway.reload.Reloader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.netty.DisposableServer;

/** Who speaks to whom is proved on both sides of the gateway. */
class TlsTest {
    private final X509Bundle nation = authority("a nation");
    private final X509Bundle stranger = authority("a stranger");
    private final String bucket = "shared-" + UUID.randomUUID().toString().substring(0, 18);

    @TempDir
    private Path directory;

    private static X509Bundle authority(String name) {
        try {
            return new CertificateBuilder()
                    .subject("CN=" + name)
                    .setIsCertificateAuthority(true)
                    .ecp256()
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Bundle issued(X509Bundle authority, String host) throws Exception {
        return new CertificateBuilder()
                .subject("CN=" + host)
                .addSanDnsName(host)
                .ecp256()
                .buildIssuedBy(authority);
    }

    /** The shared site in Paris, behind TLS that wants to know who comes. */
    private DisposableServer secured(X509Bundle own) throws Exception {
        SslContext context = SslContextBuilder.forServer(own.getKeyPair().getPrivate(), own.getCertificatePath())
                .trustManager(nation.getCertificate())
                .clientAuth(ClientAuth.REQUIRE)
                .build();
        return Relay.start(
                server -> server.secure(spec -> spec.sslContext(context)),
                () -> Rig.shared().paris().endpoint().getPort());
    }

    /** Documents by which a site is known by its own authority and we by our certificate. */
    private Path config(DisposableServer site, String tls) throws IOException {
        Path config = directory.resolve("config");
        OwnGateway.write(config, OwnGateway.SHARED_IN_EUROPE);
        String plain = Rig.shared().paris().endpoint().toString();
        String sites = Files.readString(config.resolve("sites.yaml"));
        assertThat(sites).contains("endpoint: " + plain);
        Files.writeString(
                config.resolve("sites.yaml"),
                sites.replace("endpoint: " + plain, "endpoint: https://localhost:" + site.port() + "\n  tls: " + tls));
        return config;
    }

    private String tls(X509Bundle authority, X509Bundle own) throws IOException {
        Path authorities = Files.writeString(directory.resolve("ca.pem"), authority.getCertificatePEM());
        Path certificate = Files.writeString(directory.resolve("own.pem"), own.getCertificatePathPEM());
        Path key = Files.writeString(directory.resolve("own.key"), own.getPrivateKeyPEM());
        return "{authorities: %s, certificate: %s, keyFrom: {file: %s}}".formatted(authorities, certificate, key);
    }

    private static SignedHttp.Answer put(Gateway gateway, String path, String content) {
        return new SignedHttp(gateway.s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET)
                .send(
                        "PUT",
                        path,
                        "UNSIGNED-PAYLOAD",
                        Map.of("content-length", String.valueOf(content.length())),
                        content.getBytes(UTF_8));
    }

    @Test
    void aSiteIsKnownByItsOwnAuthorityAndKnowsUs() throws Exception {
        DisposableServer site = secured(issued(nation, "localhost"));
        Path config = config(site, tls(nation, issued(nation, "gateway")));
        try (Gateway gateway = Rig.gateway(config, directory.resolve("journal"))) {
            assertThat(put(gateway, "/" + bucket, "").status()).isEqualTo(200);
            assertThat(put(gateway, "/" + bucket + "/k", "secret of state").status())
                    .isEqualTo(200);
            assertThat(Files.readString(
                            Rig.objectsAt(Rig.shared().paris(), bucket).get("k")))
                    .isEqualTo("secret of state");
        } finally {
            site.disposeNow();
        }
    }

    @Test
    void nothingIsSentToASiteThatSomebodyElseVouchesFor() throws Exception {
        refused(issued(stranger, "localhost"), nation, issued(nation, "gateway"));
    }

    @Test
    void nothingIsSentToASiteOfAnotherName() throws Exception {
        refused(issued(nation, "elsewhere.example"), nation, issued(nation, "gateway"));
    }

    @Test
    void aSiteMayRefuseWhoItDoesNotKnow() throws Exception {
        refused(issued(nation, "localhost"), nation, issued(stranger, "gateway"));
    }

    private void refused(X509Bundle ofSite, X509Bundle authority, X509Bundle own) throws Exception {
        DisposableServer site = secured(ofSite);
        Path config = config(site, tls(authority, own));
        try (Gateway gateway = Rig.gateway(config, directory.resolve("journal"))) {
            assertThat(put(gateway, "/" + bucket, "").status()).isEqualTo(503);
            assertThat(Rig.objectsAt(Rig.shared().paris(), bucket)).isEmpty();
        } finally {
            site.disposeNow();
        }
    }

    @Test
    void whatIsNoCertificateIsFoundBeforeAnythingIsServed() throws Exception {
        DisposableServer site = secured(issued(nation, "localhost"));
        site.disposeNow();
        String tls = tls(nation, issued(nation, "gateway"));
        Files.writeString(directory.resolve("ca.pem"), "no certificate");
        Path config = config(site, tls);
        assertThatThrownBy(() -> Rig.gateway(config, directory.resolve("journal")))
                .hasRootCauseInstanceOf(Reloader.Unusable.class)
                .rootCause()
                .isInstanceOfSatisfying(
                        Reloader.Unusable.class,
                        unusable -> assertThat(unusable.findings())
                                .anySatisfy(finding -> assertThat(finding.toString())
                                        .contains("sites.yaml")
                                        .contains("the authorities are no certificates in PEM")));
        Files.delete(directory.resolve("ca.pem"));
        assertThat(Shell.run(Map.of(), "./entente", "serve", "--config", config.toString()))
                .satisfies(result -> assertThat(result.exit()).isEqualTo(2))
                .satisfies(result -> assertThat(result.output()).contains("which holds certificates, cannot be read"));
    }

    @Test
    void clientsAreServedByTlsAndANewCertificateIsTakenUp() throws Exception {
        X509Bundle first = issued(nation, "localhost");
        Path certificate = Files.writeString(directory.resolve("tls.crt"), first.getCertificatePathPEM());
        Path key = Files.writeString(directory.resolve("tls.key"), first.getPrivateKeyPEM());
        OwnGateway.write(directory.resolve("config"), OwnGateway.SHARED_IN_EUROPE);
        Map<String, String> settings = Map.of(
                "ENTENTE_TLS_CERTIFICATE", certificate.toString(),
                "ENTENTE_TLS_KEY", key.toString(),
                "spring.ssl.bundle.watch.file.quiet-period", "1s");
        try (Gateway gateway = Rig.gateway(directory.resolve("config"), directory.resolve("journal"), settings)) {
            URI address = URI.create("https://localhost:" + gateway.s3Address().getPort());
            assertThat(gateway.s3Address()).hasScheme("https");
            assertThat(gateway.operatorAddress()).hasScheme("http");
            assertThat(presigned(address, "PUT", "/" + bucket, "").statusCode()).isEqualTo(200);
            assertThat(presigned(address, "PUT", "/" + bucket + "/k", "by TLS").statusCode())
                    .isEqualTo(200);
            HttpResponse<String> read = presigned(address, "GET", "/" + bucket + "/k", "");
            assertThat(read.body()).isEqualTo("by TLS");
            assertThat(shown(read)).isEqualTo(first.getCertificate());
            assertThatThrownBy(() -> client(stranger)
                            .send(request(address, "GET", "/", ""), HttpResponse.BodyHandlers.ofString()))
                    .isInstanceOf(SSLHandshakeException.class);

            X509Bundle second = issued(nation, "localhost");
            replace(key, second.getPrivateKeyPEM());
            replace(certificate, second.getCertificatePathPEM());
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(shown(presigned(address, "GET", "/" + bucket + "/k", "")))
                            .isEqualTo(second.getCertificate()));
        }
    }

    @Test
    void operatorsAreServedByTlsWhereTheyHaveACertificate() throws Exception {
        X509Bundle own = issued(nation, "localhost");
        Map<String, String> settings = Map.of(
                "ENTENTE_OPERATOR_TLS_CERTIFICATE",
                Files.writeString(directory.resolve("tls.crt"), own.getCertificatePathPEM())
                        .toString(),
                "ENTENTE_OPERATOR_TLS_KEY",
                Files.writeString(directory.resolve("tls.key"), own.getPrivateKeyPEM())
                        .toString());
        OwnGateway.write(directory.resolve("config"), OwnGateway.SHARED_IN_EUROPE);
        try (Gateway gateway = Rig.gateway(directory.resolve("config"), directory.resolve("journal"), settings);
                HttpClient client = client(nation)) {
            assertThat(gateway.s3Address()).hasScheme("http");
            assertThat(gateway.operatorAddress()).hasScheme("https");
            URI address =
                    URI.create("https://localhost:" + gateway.operatorAddress().getPort());
            HttpResponse<String> sites = client.send(
                    HttpRequest.newBuilder(address.resolve("/api/v1/sites"))
                            .header("authorization", "Bearer " + OwnGateway.VIEWER_TOKEN)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(sites.statusCode()).isEqualTo(200);
            assertThat(shown(sites)).isEqualTo(own.getCertificate());
            HttpResponse<String> console = client.send(
                    HttpRequest.newBuilder(address.resolve("/console/login")).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(console.headers().allValues("set-cookie"))
                    .isNotEmpty()
                    .allSatisfy(cookie -> assertThat(cookie).contains("Secure"));
            assertThatThrownBy(() -> HttpClient.newHttpClient()
                            .send(
                                    HttpRequest.newBuilder(
                                                    URI.create("http://localhost:" + address.getPort() + "/console"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString()))
                    .isInstanceOf(IOException.class);
        }
    }

    private void replace(Path file, String text) throws IOException {
        Files.move(Files.writeString(directory.resolve("new"), text), file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Certificate shown(HttpResponse<String> response) throws Exception {
        return List.of(response.sslSession().orElseThrow().getPeerCertificates())
                .getFirst();
    }

    private HttpResponse<String> presigned(URI address, String method, String path, String body) throws Exception {
        try (HttpClient client = client(nation)) {
            return client.send(request(address, method, path, body), HttpResponse.BodyHandlers.ofString());
        }
    }

    private static HttpRequest request(URI address, String method, String path, String body) {
        String head = new SignedHttp(address, Rig.FRENCH_KEY, Rig.FRENCH_SECRET).presign(method, path, Map.of());
        return HttpRequest.newBuilder(address.resolve(head.split(" ", 3)[1]))
                .version(HttpClient.Version.HTTP_1_1)
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private static HttpClient client(X509Bundle authority) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {authority.toTrustManager()}, null);
        return HttpClient.newBuilder().sslContext(context).build();
    }
}
