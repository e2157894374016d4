package org.entente.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.entente.test.SignedHttp.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Objects that say how confidential they are go to no site that is not accredited for it, however they are sent. */
@ExtendWith(NoLeaks.class)
class LabelsTest {
    private static final String LABEL = "x-amz-meta-classification";

    @TempDir
    private Path directory;

    private OwnGateway gateway;
    private final String inAmerica = "shared-" + UUID.randomUUID().toString().substring(0, 18);
    private final String inFrance = inAmerica + "-fr";

    @BeforeEach
    void start() throws IOException {
        gateway = new OwnGateway(directory, """
                apiVersion: entente/v1
                kind: Policy
                metadata: {name: shared-capacity}
                spec:
                  match: {buckets: ["shared-*"]}
                  placement: {prefer: [us-east]}
                ---
                apiVersion: entente/v1
                kind: Policy
                metadata: {name: in-france}
                spec:
                  match: {buckets: ["shared-*-fr"]}
                  placement: {prefer: [fr-paris]}
                ---
                apiVersion: entente/v1
                kind: Policy
                metadata: {name: project-x}
                spec:
                  match: {buckets: ["shared-*"], when: "'project' in tags && tags['project'] == 'x'"}
                  residency: {countries: {allow: [FR]}}
                """);
        assertThat(put(inAmerica, Map.of()).status()).isEqualTo(200);
        assertThat(put(inFrance, Map.of()).status()).isEqualTo(200);
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private Answer put(String target, Map<String, String> headers) {
        return send(gateway.french(), "PUT", target, headers, "");
    }

    private static Answer send(
            SignedHttp client, String method, String target, Map<String, String> headers, String body) {
        Map<String, String> all = new HashMap<>(headers);
        all.put("content-length", String.valueOf(body.length()));
        return client.send(method, "/" + target, "UNSIGNED-PAYLOAD", all, body.getBytes(UTF_8));
    }

    @Test
    void aLabelledObjectIsRefusedWhereTheSiteIsNotAccredited() throws IOException {
        assertThat(put(inAmerica + "/plain", Map.of()).status()).isEqualTo(200);
        Answer refused = put(inAmerica + "/labelled", Map.of(LABEL, "Restricted"));
        assertThat(refused.status()).isEqualTo(403);
        assertThat(put(inAmerica + "/tagged", Map.of("x-amz-tagging", "a=b&classification=restricted"))
                        .status())
                .isEqualTo(403);
        assertThat(put(inFrance + "/labelled", Map.of(LABEL, "restricted")).status())
                .isEqualTo(200);
        assertThat(Rig.objectsAt(Rig.shared().east(), inAmerica)).containsOnlyKeys("plain");
    }

    @Test
    void aLabelThatIsNoLevelAndOneAboveTheWriterAreRefused() {
        assertThat(put(inFrance + "/typo", Map.of(LABEL, "restrictd")).body())
                .contains("the label 'restrictd' is none of");
        assertThat(put(inFrance + "/above", Map.of(LABEL, "secret")).status()).isEqualTo(403);
    }

    @Test
    void aReaderWhoIsNotClearedForTheLabelDoesNotGetTheObject() {
        assertThat(put(inFrance + "/labelled", Map.of(LABEL, "restricted")).status())
                .isEqualTo(200);
        assertThat(put(inFrance + "/plain", Map.of()).status()).isEqualTo(200);
        assertThat(gateway.french().get("/" + inFrance + "/labelled").status()).isEqualTo(200);
        assertThat(gateway.american().get("/" + inFrance + "/plain").status()).isEqualTo(200);
        assertThat(gateway.american().get("/" + inFrance + "/labelled").status())
                .isEqualTo(403);
        assertThat(send(gateway.american(), "HEAD", inFrance + "/labelled", Map.of(), "")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void conditionsSeeTags() {
        assertThat(put(inAmerica + "/x", Map.of("x-amz-tagging", "project=x")).status())
                .isEqualTo(403);
        assertThat(put(inAmerica + "/y", Map.of("x-amz-tagging", "project=y")).status())
                .isNotEqualTo(403);
        assertThat(put(inAmerica + "/bad", Map.of("x-amz-tagging", "%zz")).status())
                .isEqualTo(400);
    }

    @Test
    void aMultipartUploadIsWhatItsBeginningSaid() throws IOException {
        assertThat(begin(inAmerica, Map.of(LABEL, "restricted")).status()).isEqualTo(403);
        assertThat(begin(inAmerica, Map.of("x-amz-tagging", "project=x")).status())
                .isEqualTo(403);
        Answer begun = begin(inFrance, Map.of(LABEL, "restricted"));
        assertThat(begun.status()).isEqualTo(200);
        Matcher id = Pattern.compile("<UploadId>(.+)</UploadId>").matcher(begun.body());
        assertThat(id.find()).isTrue();
        String part = inFrance + "/big?partNumber=1&uploadId=" + id.group(1);
        assertThat(send(gateway.french(), "PUT", part, Map.of(), "part").status())
                .isEqualTo(200);
        gateway.restart();
        assertThat(send(gateway.american(), "PUT", part, Map.of(), "part").status())
                .as("by somebody who is not cleared for it, after a restart")
                .isEqualTo(403);
    }

    private Answer begin(String bucket, Map<String, String> headers) {
        return send(gateway.french(), "POST", bucket + "/big?uploads", headers, "");
    }

    @Test
    void aCopyIsWhatItsSourceIs() {
        assertThat(put(inFrance + "/labelled", Map.of(LABEL, "restricted")).status())
                .isEqualTo(200);
        String source = "/" + inFrance + "/labelled";
        assertThat(put(inFrance + "/copy", Map.of("x-amz-copy-source", source)).status())
                .isEqualTo(200);
        assertThat(send(gateway.american(), "PUT", inFrance + "/stolen", Map.of("x-amz-copy-source", source), "")
                        .status())
                .isEqualTo(403);
        assertThat(gateway.american().get("/" + inFrance + "/copy").status()).isEqualTo(403);
    }

    @Test
    void tagsThatWouldForbidTheSiteCannotBeSetThere() {
        assertThat(put(inAmerica + "/plain", Map.of()).status()).isEqualTo(200);
        String tags = "<Tagging><TagSet><Tag><Key>project</Key><Value>x</Value></Tag></TagSet></Tagging>";
        assertThat(send(gateway.french(), "PUT", inAmerica + "/plain?tagging", Map.of(), tags)
                        .status())
                .isEqualTo(403);
    }
}
