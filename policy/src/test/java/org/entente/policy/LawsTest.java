package org.entente.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
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
import net.jqwik.api.constraints.IntRange;
import org.entente.policy.condition.Facts;
import org.entente.policy.decide.Decision;
import org.entente.policy.decide.Permit;
import org.entente.policy.decide.Placement;
import org.entente.policy.decide.PolicyEngine;
import org.entente.policy.decide.Question;
import org.entente.policy.decide.Reach;
import org.entente.policy.decide.Refusal;
import org.entente.policy.decide.Ruling;
import org.entente.policy.decide.Verdict;
import org.entente.policy.model.Action;
import org.entente.policy.model.Country;
import org.entente.policy.model.Documents;
import org.entente.policy.model.FaultDomain;
import org.entente.policy.model.Glob;
import org.entente.policy.model.Jurisdiction;
import org.entente.policy.model.Level;
import org.entente.policy.model.Levels;
import org.entente.policy.model.Located;
import org.entente.policy.model.Policy;
import org.entente.policy.model.Policy.AllowDeny;
import org.entente.policy.model.Position;
import org.entente.policy.model.Precedence;
import org.entente.policy.model.Principal;
import org.entente.policy.model.Site;
import org.entente.policy.region.Region;
import org.entente.policy.region.Regions;

/** The laws that hold for any sites and policies. */
class LawsTest {
    private static final Position SOMEWHERE = new Position("test.yaml", 1, 1);
    private static final List<String> COUNTRIES = List.of("FR", "DE", "US");
    private static final List<String> LAWS = List.of("FR", "DE", "US", "EU");

    private static final List<Level> LEVELS = Levels.DEFAULT.order();

    private static <T> Located<T> at(T value) {
        return new Located<>(value, SOMEWHERE);
    }

    private static Site site(String name, String provider, String country, List<String> laws, Level clearance) {
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
                        Optional.of(at(clearance)),
                        new Site.BucketPrefix(""),
                        new Site.Credentials(Optional.of("a"), Optional.empty(), Optional.of("b"), Optional.empty()),
                        Optional.empty(),
                        Optional.empty()));
    }

    private static Policy policy(
            String name, String buckets, Optional<Policy.Residency> residency, List<String> prefer, int priority) {
        return new Policy(
                at(name),
                new Policy.Spec(
                        new Policy.Match(List.of(at(Glob.parse(buckets))), List.of(), Optional.empty()),
                        residency,
                        Optional.of(new Policy.Preferences(
                                prefer.stream().map(LawsTest::at).toList(), at(1), List.of(), Optional.empty())),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        priority));
    }

    private static final Principal ANYBODY = new Principal(
            at("anybody"),
            new Principal.Spec(
                    Optional.empty(),
                    Optional.of(at(Level.parse("top-secret"))),
                    List.of(),
                    List.of(new Principal.Grant(List.of(at(Glob.parse("*"))), List.of(Action.values()))),
                    Precedence.ROUTINE,
                    false));

    private static final Question QUESTION = Question.plain(ANYBODY, Action.WRITE, "bucket", Optional.of("key"));

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
                        Arbitraries.of(LEVELS))
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
                        Arbitraries.of(LEVELS).map(LawsTest::at).optional())
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
                                new Policy.Spec(
                                        s.match(),
                                        s.residency(),
                                        s.placement(),
                                        s.reads(),
                                        s.sharing(),
                                        s.require(),
                                        i)));
                    }
                    return named;
                });
    }

    private static Decision decide(List<Site> sites, List<Policy> policies) {
        return PolicyEngine.compile(Documents.of(sites, policies, List.of())).decide(QUESTION);
    }

    private static Set<String> fence(Decision decision) {
        return decision instanceof Placement placement ? names(placement.order()) : Set.of();
    }

    private static Set<String> names(List<Site> sites) {
        return sites.stream().map(s -> s.name().value()).collect(Collectors.toSet());
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
                                p.spec().sharing(),
                                p.spec().require(),
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
        List<String> names = new ArrayList<>(names(sites));
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

    private static final List<String> CONDITIONS = List.of(
            "principal.nation == 'FR'",
            "level(label) >= level('secret')",
            "tags['project'] == 'x'",
            "operation == 'PutObject'",
            "key.startsWith('k')");

    private static Policy with(Policy policy, Policy.Match match, Optional<Policy.Preferences> placement) {
        Policy.Spec s = policy.spec();
        return new Policy(
                policy.name(),
                new Policy.Spec(match, s.residency(), placement, s.reads(), s.sharing(), s.require(), s.priority()));
    }

    private static List<Policy> conditional(List<Policy> policies, Random random) {
        return policies.stream()
                .map(p -> with(
                        p,
                        new Policy.Match(
                                p.spec().match().buckets(),
                                List.of(),
                                Optional.of(at(CONDITIONS.get(random.nextInt(CONDITIONS.size()))))
                                        .filter(c -> random.nextBoolean())),
                        p.spec().placement()))
                .toList();
    }

    private static Question about(Optional<Facts.What> object) {
        return new Question(ANYBODY, Action.WRITE, Optional.of("PutObject"), "bucket", Optional.of("key"), object);
    }

    @Property
    void whatIsNotKnownOfAnObjectNeverWidensTheFence(
            @ForAll("sites") List<Site> sites,
            @ForAll("policies") List<Policy> policies,
            @ForAll Random random,
            @ForAll("objects") Facts.What object) {
        PolicyEngine engine = PolicyEngine.compile(Documents.of(sites, conditional(policies, random), List.of()));
        // The label itself narrows further; what is compared here is what conditions do.
        Facts.What tagsAlone = new Facts.What("", object.tags());
        Decision known = engine.decide(about(Optional.of(tagsAlone)));
        if (known instanceof Placement) {
            assertThat(fence(known)).containsAll(fence(engine.decide(about(Optional.empty()))));
        }
    }

    @Property
    void aConditionOnlyTakesARequirementAwayWhereItIsFalse(
            @ForAll("sites") List<Site> sites,
            @ForAll("policies") List<Policy> policies,
            @ForAll Random random,
            @ForAll("objects") Facts.What object) {
        PolicyEngine with = PolicyEngine.compile(Documents.of(sites, conditional(policies, random), List.of()));
        PolicyEngine without = PolicyEngine.compile(Documents.of(sites, policies, List.of()));
        Decision decision = with.decide(about(Optional.of(object)));
        if (decision instanceof Placement) {
            assertThat(fence(decision)).containsAll(fence(without.decide(about(Optional.of(object)))));
        }
    }

    @Provide
    Arbitrary<Facts.What> objects() {
        return Combinators.combine(
                        Arbitraries.of("", "unclassified", "restricted", "secret", "top-secret"),
                        Arbitraries.of(Map.<String, String>of(), Map.of("project", "x"), Map.of("project", "y")))
                .as(Facts.What::new);
    }

    @Property
    void aLabelOnlyLeavesSitesThatAreAccreditedForIt(
            @ForAll("sites") List<Site> sites,
            @ForAll("policies") List<Policy> policies,
            @ForAll("objects") Facts.What object) {
        PolicyEngine engine = PolicyEngine.compile(Documents.of(sites, policies, List.of()));
        Set<String> plain = fence(engine.decide(about(Optional.of(Question.PLAIN))));
        if (engine.decide(about(Optional.of(object))) instanceof Placement labelled) {
            assertThat(plain).containsAll(fence(labelled));
            Level label = object.label().isEmpty() ? Levels.DEFAULT.lowest() : Level.parse(object.label());
            assertThat(labelled.order())
                    .allMatch(s -> Levels.DEFAULT.covers(
                            s.spec().clearance().orElseThrow().value(), label));
        }
    }

    @Property
    void noHealthEverWidensTheFence(
            @ForAll("sites") List<Site> sites,
            @ForAll("policies") List<Policy> policies,
            @ForAll Set<@IntRange(max = 5) Integer> dark) {
        if (decide(sites, policies) instanceof Placement placement) {
            Set<String> unreachable = dark.stream().map(i -> "site-" + i).collect(Collectors.toSet());
            List<Site> targets = placement.ruling().targets(unreachable);
            assertThat(placement.order()).containsAll(targets);
            assertThat(names(targets)).noneMatch(unreachable::contains);
            assertThat(targets.size()).isLessThanOrEqualTo(placement.policy().copies());
        }
    }

    @Property
    void membersAreAsManyAsWantedWithinTheFenceAndDistinct(
            @ForAll("sites") List<Site> sites,
            @ForAll @IntRange(min = 1, max = 3) int copies,
            @ForAll FaultDomain domain) {
        Policy policy = policy("p", "bucket", Optional.empty(), List.of("site-1"), 0);
        Policy many = with(
                policy,
                policy.spec().match(),
                Optional.of(new Policy.Preferences(
                        List.of(at("site-1")), at(copies), List.of(at(domain)), Optional.empty())));
        Ruling ruling = ((Placement) decide(sites, List.of(many))).ruling();
        Optional<List<Site>> members = ruling.members();
        members.ifPresent(chosen -> {
            assertThat(chosen).hasSize(copies);
            assertThat(ruling.order()).containsAll(chosen);
            for (Site a : chosen) {
                for (Site b : chosen) {
                    assertThat(a.equals(b) || Collections.disjoint(a.in(domain), b.in(domain)))
                            .isTrue();
                }
            }
        });
        if (members.isEmpty() && domain != FaultDomain.JURISDICTION) {
            Set<Set<String>> values = sites.stream().map(s -> s.in(domain)).collect(Collectors.toSet());
            assertThat(values).as("enough would differ").hasSizeLessThan(copies);
        }
    }

    private static final Arbitrary<String> PATTERNS = Arbitraries.strings()
            .withChars('a', 'b', '-', '*', '?')
            .ofMinLength(1)
            .ofMaxLength(6);

    @Provide
    Arbitrary<List<Policy>> patterned() {
        return PATTERNS.list().ofMinSize(1).ofMaxSize(6).map(patterns -> {
            List<Policy> policies = new ArrayList<>();
            for (String pattern : patterns) {
                policies.add(policy("p-" + policies.size(), pattern, Optional.empty(), List.of(), policies.size()));
            }
            return policies;
        });
    }

    @Provide
    Arbitrary<String> bucketNames() {
        return Arbitraries.strings()
                .withChars('a', 'b', '-')
                .ofMinLength(3)
                .ofMaxLength(8)
                .filter(name -> !name.startsWith("-") && !name.endsWith("-"));
    }

    private static Set<Policy> matching(List<Policy> policies, String bucket) {
        return policies.stream()
                .filter(p -> p.spec().match().buckets().getFirst().value().matches(bucket))
                .collect(Collectors.toSet());
    }

    @Property
    void theIndexFindsWhatALookAtEveryPolicyWouldFind(
            @ForAll("patterned") List<Policy> policies, @ForAll("bucketNames") String bucket) {
        Decision decision = PolicyEngine.compile(Documents.of(List.of(), policies, List.of()))
                .decide(Question.plain(ANYBODY, Action.WRITE, bucket, Optional.empty()));
        Set<Policy> found =
                decision instanceof Placement p ? Set.copyOf(p.ruling().policies()) : Set.of();
        assertThat(found).isEqualTo(matching(policies, bucket));
    }

    @Property
    void everyBucketLiesInARegionOfThePoliciesThatSpeakOfIt(
            @ForAll("patterned") List<Policy> policies, @ForAll("bucketNames") String bucket) {
        Regions regions = Regions.of(policies);
        assertThat(regions.complete()).isTrue();
        assertThat(regions.plain().stream().map(r -> Set.copyOf(r.policies()))).contains(matching(policies, bucket));
        for (Region region : regions.plain()) {
            assertThat(matching(policies, region.bucket())).isEqualTo(Set.copyOf(region.policies()));
        }
    }
}
