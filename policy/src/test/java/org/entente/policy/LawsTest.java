package org.entente.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.entente.policy.decide.Decision;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Question;
import org.entente.policy.decide.Reach;
import org.entente.policy.decide.Refusal;
import org.entente.policy.decide.Verdict;
import org.entente.policy.model.Action;
import org.entente.policy.model.Clearance;
import org.entente.policy.model.Country;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Glob;
import org.entente.policy.model.Jurisdiction;
import org.entente.policy.model.Located;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Policy.AllowDeny;
import org.entente.policy.model.Position;
import org.entente.policy.model.Principal;
import org.entente.policy.model.Site;

/** The laws that hold for any sites and policies. */
class LawsTest {
    private static final Position SOMEWHERE = new Position("test.yaml", 1, 1);
    private static final List<String> COUNTRIES = List.of("FR", "DE", "US");
    private static final List<String> LAWS = List.of("FR", "DE", "US", "EU");

    private static <T> Located<T> at(T value) {
        return new Located<>(value, SOMEWHERE);
    }

    private static Site site(String name, String provider, String country, List<String> laws, Clearance clearance) {
        return new Site(
                at(name),
                new Site.Spec(
                        provider,
                        Site.Type.S3,
                        at("generic"),
                        at(new Site.Endpoint(URI.create("http://" + name + ".example"))),
                        "r",
                        Site.Addressing.PATH,
                        at(Country.parse(country)),
                        laws.stream().map(Jurisdiction::parse).toList(),
                        clearance,
                        new Site.BucketPrefix(""),
                        new Site.Credentials(Optional.of("a"), Optional.empty(), Optional.of("b"), Optional.empty())));
    }

    private static Policy policy(
            String name, String buckets, Optional<Policy.Residency> residency, List<String> prefer, int priority) {
        return new Policy(
                at(name),
                new Policy.Spec(
                        new Policy.Match(List.of(at(Glob.parse(buckets))), List.of()),
                        residency,
                        Optional.of(new Policy.Preferences(
                                prefer.stream().map(LawsTest::at).toList(), at(1), List.of(), Optional.empty())),
                        Optional.empty(),
                        priority));
    }

    private static final Principal ANYBODY = new Principal(
            at("anybody"),
            new Principal.Spec(
                    Optional.empty(),
                    Clearance.TOP_SECRET,
                    List.of(),
                    List.of(new Principal.Grant(List.of(at(Glob.parse("*"))), List.of(Action.values()))),
                    false));

    private static final Question QUESTION = new Question(ANYBODY, Action.WRITE, "bucket", Optional.of("key"));

    @Provide
    Arbitrary<List<Site>> sites() {
        return Combinators.combine(
                        Arbitraries.of("Hexagone", "Rheinwolke", "Hyperscale"),
                        Arbitraries.of(COUNTRIES),
                        Arbitraries.of(LAWS)
                                .list()
                                .uniqueElements()
                                .ofMinSize(1)
                                .ofMaxSize(3),
                        Arbitraries.of(Clearance.class))
                .as((provider, country, laws, clearance) -> site("s", provider, country, laws, clearance))
                .list()
                .ofMinSize(1)
                .ofMaxSize(6)
                .map(list -> {
                    List<Site> named = new ArrayList<>();
                    for (int i = 0; i < list.size(); i++) {
                        named.add(new Site(at("site-" + i), list.get(i).spec()));
                    }
                    return named;
                });
    }

    private static <T> Arbitrary<Optional<Located<AllowDeny<T>>>> rule(Arbitrary<T> values) {
        return Combinators.combine(
                        values.list().ofMaxSize(2).optional(), values.list().ofMaxSize(1))
                .as((allow, deny) -> at(new AllowDeny<>(allow, deny)))
                .optional();
    }

    @Provide
    Arbitrary<List<Policy>> policies() {
        Arbitrary<Policy.Residency> residencies = Combinators.combine(
                        rule(Arbitraries.of(COUNTRIES).map(Country::parse)),
                        rule(Arbitraries.of(LAWS).map(Jurisdiction::parse)),
                        rule(Arbitraries.of("Hexagone", "Rheinwolke", "Hyperscale")),
                        Arbitraries.of(Clearance.class).map(LawsTest::at).optional())
                .as(Policy.Residency::new);
        return Combinators.combine(
                        Arbitraries.of("*", "bucket", "b*", "other"),
                        residencies.optional(),
                        Arbitraries.of("site-0", "site-1", "site-2").list().ofMaxSize(3))
                .as((buckets, residency, prefer) -> policy("p", buckets, residency, prefer, 0))
                .list()
                .ofMinSize(1)
                .ofMaxSize(5)
                .map(list -> {
                    List<Policy> named = new ArrayList<>();
                    for (int i = 0; i < list.size(); i++) {
                        Policy.Spec s = list.get(i).spec();
                        // Priorities of their own keep them from being tied.
                        named.add(new Policy(
                                at("policy-" + i),
                                new Policy.Spec(s.match(), s.residency(), s.placement(), s.reads(), i)));
                    }
                    return named;
                });
    }

    private static Decision decide(List<Site> sites, List<Policy> policies) {
        return new PolicyEngine(new Documents(sites, policies, List.of())).decide(QUESTION);
    }

    private static Set<String> fence(Decision decision) {
        return decision instanceof Placement placement ? names(placement.order()) : Set.of();
    }

    private static Set<String> names(List<Verdict> verdicts) {
        return verdicts.stream().map(v -> v.site().name().value()).collect(Collectors.toSet());
    }

    @Property
    void addingAPolicyNeverWidensTheFence(
            @ForAll("sites") List<Site> sites,
            @ForAll("policies") List<Policy> policies,
            @ForAll("policies") List<Policy> more) {
        Decision before = decide(sites, policies);
        List<Policy> all = new ArrayList<>(policies);
        more.forEach(p -> all.add(new Policy(at("more-" + p.name()), p.spec())));
        if (before instanceof Placement) {
            assertThat(fence(before)).containsAll(fence(decide(sites, all)));
        }
    }

    @Property
    void addingARequirementNeverWidensTheFence(
            @ForAll("sites") List<Site> sites, @ForAll("policies") List<Policy> policies) {
        List<Policy> bare = policies.stream()
                .map(p -> new Policy(
                        p.name(),
                        new Policy.Spec(
                                p.spec().match(),
                                Optional.empty(),
                                p.spec().placement(),
                                p.spec().reads(),
                                p.spec().priority())))
                .toList();
        assertThat(fence(decide(sites, bare))).containsAll(fence(decide(sites, policies)));
    }

    @Property
    void theOrderOfDocumentsNeverChangesADecision(
            @ForAll("sites") List<Site> sites, @ForAll("policies") List<Policy> policies, @ForAll long seed) {
        List<Site> otherSites = new ArrayList<>(sites);
        List<Policy> otherPolicies = new ArrayList<>(policies);
        Collections.shuffle(otherSites, new Random(seed));
        Collections.shuffle(otherPolicies, new Random(seed));
        assertThat(decide(otherSites, otherPolicies)).isEqualTo(decide(sites, policies));
    }

    @Property
    void preferencesNeverChangeTheSet(
            @ForAll("sites") List<Site> sites, @ForAll("policies") List<Policy> policies, @ForAll long seed) {
        List<String> names = new ArrayList<>(
                names(sites.stream().map(s -> new Verdict(s, true, List.of())).toList()));
        Collections.shuffle(names, new Random(seed));
        List<Policy> changed = policies.stream()
                .map(p -> policy(
                        p.name().value(),
                        p.spec().match().buckets().getFirst().value().toString(),
                        p.spec().residency(),
                        names,
                        p.spec().priority()))
                .toList();
        assertThat(fence(decide(sites, changed))).isEqualTo(fence(decide(sites, policies)));
    }

    @Property
    void whatNobodyHasRuledOnIsRefused(@ForAll("sites") List<Site> sites, @ForAll("policies") List<Policy> policies) {
        List<Policy> elsewhere = policies.stream()
                .map(p -> policy(p.name().value(), "elsewhere", p.spec().residency(), List.of(), 0))
                .toList();
        assertThat(decide(sites, elsewhere))
                .isInstanceOfSatisfying(
                        Refusal.class, r -> assertThat(r.cause()).isEqualTo(Refusal.Cause.NO_POLICY));
    }

    @Property
    void theSameQuestionHasTheSameAnswer(@ForAll("sites") List<Site> sites, @ForAll("policies") List<Policy> policies) {
        assertThat(decide(sites, policies)).isEqualTo(decide(sites, policies));
    }

    @Property
    void storingIsPermittedWithinTheFenceAlone(
            @ForAll("sites") List<Site> sites, @ForAll("policies") List<Policy> policies) {
        if (decide(sites, policies) instanceof Placement placement) {
            for (Verdict verdict : placement.verdicts()) {
                String name = verdict.site().name().value();
                assertThat(placement.storingAt(name).isPresent()).isEqualTo(verdict.permitted());
                assertThat(placement.retrievingFrom(name).map(Permit::reach)).contains(Reach.RETRIEVE);
                assertThat(verdict.permitted() || !verdict.reasons().isEmpty())
                        .as("what is forbidden has its reason")
                        .isTrue();
            }
            assertThat(placement.storingAt("nowhere")).isEmpty();
        }
    }

    @Property
    void theMostSpecificPolicyDecidesThePlacement(@ForAll("sites") List<Site> sites) {
        Policy wide = policy("wide", "b*", Optional.empty(), List.of("site-0"), 0);
        Policy narrow = policy("narrow", "bucket", Optional.empty(), List.of("site-0"), 0);
        Policy urgent = policy("urgent", "*", Optional.empty(), List.of("site-0"), 1);
        assertThat(decide(sites, List.of(wide, narrow)))
                .isInstanceOfSatisfying(
                        Placement.class,
                        p -> assertThat(p.policy().name().value()).isEqualTo("narrow"));
        assertThat(decide(sites, List.of(wide, narrow, urgent)))
                .isInstanceOfSatisfying(
                        Placement.class,
                        p -> assertThat(p.policy().name().value()).isEqualTo("urgent"));
    }
}
