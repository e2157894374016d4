package org.entente.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Pattern;

/** What the gateway says of itself to Prometheus, at one moment. */
record Metrics(String text) {
    static Metrics of(Contender gateway) throws IOException, InterruptedException {
        URI page = URI.create("http://127.0.0.1:" + (gateway.port() + 1) + "/actuator/prometheus");
        try (HttpClient client = HttpClient.newHttpClient()) {
            return new Metrics(client.send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString())
                    .body());
        }
    }

    /**
     * The sum of all that have this name.
     *
     * @param label that they have, as in {@code area="heap"}; empty for any
     */
    double sum(String name, String label) {
        return Pattern.compile("(?m)^" + name + "(\\{[^}]*" + label + "[^}]*})?" + " (\\S+)$")
                .matcher(text)
                .results()
                .filter(found -> label.isEmpty() || found.group(1) != null)
                .mapToDouble(found -> Double.parseDouble(found.group(2)))
                .sum();
    }
}
