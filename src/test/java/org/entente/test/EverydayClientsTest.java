package org.entente.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.UUID;
import org.entente.test.Shell.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The clients that people have on their machines; those that are missing are named in the output. */
@ExtendWith(NoLeaks.class)
class EverydayClientsTest {
    @Test
    void everydayClientsMakeTheirRoundTrips() throws Exception {
        Result result = Shell.run(
                Map.of(),
                "bash",
                "src/test/clients/round-trips.sh",
                Rig.shared().running().s3Address().toString(),
                Rig.FRENCH_KEY,
                Rig.FRENCH_SECRET,
                "fr-" + UUID.randomUUID().toString().substring(0, 8));
        result.output()
                .lines()
                .filter(line -> line.matches("(PASSED|SKIPPED|FAILED) .*"))
                .forEach(line -> System.out.println("EverydayClientsTest: " + line));
        assertThat(result.exit()).as(result.output()).isZero();
    }
}
