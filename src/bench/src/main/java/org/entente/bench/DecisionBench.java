package org.entente.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.entente.policy.condition.Condition;
import org.entente.policy.condition.Facts;
import org.entente.policy.condition.Truth;
import org.entente.policy.decide.Decision;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Question;
import org.entente.policy.model.Action;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Glob;
import org.entente.policy.model.Levels;
import org.entente.policy.model.Located;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Principal;
import org.entente.policy.model.Site;
import org.entente.policy.parse.DocumentParser;
import org.entente.policy.parse.Source;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One decision among 1,000 policies and 50 sites: by the engine, by looking at every policy, and by CEL alone. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
public class DecisionBench {
    private static final int POLICIES = 1_000;
    private static final int SITES = 50;
    private static final int BUCKETS = 256;

    private PolicyEngine engine;
    private List<Policy> policies;
    private List<Site> sites;
    private Principal principal;
    private List<Condition> conditions;
    private List<String> buckets;
    private int next;

    private static String documents() {
        StringBuilder text = new StringBuilder();
        String[] countries = {"FR", "DE", "US", "NL", "PL"};
        for (int i = 0; i < SITES; i++) {
            String country = countries[i % countries.length];
            text.append("""
                    apiVersion: entente/v1
                    kind: Site
                    metadata: {name: site-%d}
                    spec:
                      provider: P%d
                      endpoint: https://s%d.example
                      country: %s
                      jurisdictions: [%s]
                      clearance: secret
                      credentials: {accessKey: a, secretKey: b}
                    ---
                    """.formatted(i, i % 7, i, country, country));
        }
        for (int i = 0; i < POLICIES; i++) {
            text.append("""
                    apiVersion: entente/v1
                    kind: Policy
                    metadata: {name: team-%d}
                    spec:
                      match: {buckets: ["team-%d-*"]%s}
                      residency: {jurisdictions: {deny: [US]}, clearance: restricted}
                      placement: {prefer: [site-%d, site-%d], copies: 2, distinct: [provider]}
                    ---
                    """.formatted(
                            i,
                            i,
                            i % 10 == 0 ? ", when: \"principal.nation == 'FR'\"" : "",
                            (i * 5) % SITES,
                            (i * 5 + 1) % SITES));
        }
        text.append("""
                apiVersion: entente/v1
                kind: Policy
                metadata: {name: everywhere}
                spec:
                  match: {buckets: ["*"]}
                  residency: {providers: {deny: [P6]}}
                ---
                apiVersion: entente/v1
                kind: Principal
                metadata: {name: somebody}
                spec:
                  nation: FR
                  clearance: secret
                  accessKeys: [{id: A, secret: b}]
                  grants: [{buckets: ["team-*"], actions: [read, write]}]
                """);
        return text.toString();
    }

    @Setup
    public void setUp() throws Condition.Invalid {
        DocumentParser.Parsed parsed = DocumentParser.parse(List.of(new Source("bench.yaml", documents())));
        if (!parsed.findings().isEmpty()) {
            throw new IllegalStateException(parsed.findings().toString());
        }
        Documents documents = parsed.documents();
        engine = PolicyEngine.compile(documents);
        policies = documents.policies();
        sites = documents.sites();
        principal = documents.principals().getFirst();
        buckets = new ArrayList<>();
        conditions = new ArrayList<>();
        for (int i = 0; i < BUCKETS; i++) {
            buckets.add("team-" + (i * 7919 % POLICIES) + "-data");
        }
        for (Policy policy : policies) {
            String prefix = policy.spec().match().buckets().getFirst().value().prefix();
            conditions.add(Condition.compile("bucket.startsWith('" + prefix + "')", Levels.DEFAULT));
        }
    }

    private Question question() {
        String bucket = buckets.get(next++ & (BUCKETS - 1));
        return Question.plain(principal, Action.WRITE, bucket, Optional.of("2026/11/report.pdf"));
    }

    @Benchmark
    public Decision engine() {
        return engine.decide(question());
    }

    /** What a request asks of a decision, too: a permit for the site that its bucket lives at. */
    @Benchmark
    public Optional<Permit> engineAndPermit() {
        return engine.decide(question()) instanceof Placement placement
                ? placement.storingAt("site-7")
                : Optional.empty();
    }

    /** Every policy's patterns are looked at, as an engine without an index would. */
    @Benchmark
    public int linearScan() {
        Question question = question();
        int matching = 0;
        for (Policy policy : policies) {
            for (Located<Glob> pattern : policy.spec().match().buckets()) {
                if (pattern.value().matches(question.bucket())) {
                    matching++;
                }
            }
        }
        return matching + sites.size();
    }

    /** Every policy is a CEL expression over the bucket's name. */
    @Benchmark
    public int celAlone() {
        Question question = question();
        Facts facts = new Facts(
                Optional.empty(), Optional.empty(), Optional.of(question.bucket()), question.key(), question.object());
        int matching = 0;
        for (Condition condition : conditions) {
            if (condition.of(facts) == Truth.TRUE) {
                matching++;
            }
        }
        return matching;
    }
}
