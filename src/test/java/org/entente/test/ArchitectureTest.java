package org.entente.test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.entente.backends.Backend;
import org.junit.jupiter.api.Test;

/** The dependency law: who may know whom. */
class ArchitectureTest {
    private static final String POLICY = "org.entente.policy..";
    private static final String BACKENDS = "org.entente.backends..";
    private static final String GATEWAY = "org.entente.gateway..";

    private final JavaClasses product = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.entente.policy", "org.entente.backends", "org.entente.gateway");

    @Test
    void policyAndBackendsKnowNothingOfEachOtherOrOfTheGateway() {
        noClasses()
                .that()
                .resideInAPackage(POLICY)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(BACKENDS, GATEWAY)
                .check(product);
        noClasses()
                .that()
                .resideInAPackage(BACKENDS)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(POLICY, GATEWAY)
                .check(product);
    }

    @Test
    void policyIsPure() {
        noClasses()
                .that()
                .resideInAPackage(POLICY)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework..",
                        "io.netty..",
                        "reactor..",
                        "java.net.http..",
                        "java.sql..",
                        "java.time..")
                .check(product);
        noClasses()
                .that()
                .resideInAPackage("org.entente.policy.decide..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.io..", "java.nio..", "org.yaml..")
                .check(product);
    }

    @Test
    void springStaysAtTheFrontAndTheJournal() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "org.entente.gateway.wire..",
                        "org.entente.gateway.error..",
                        "org.entente.gateway.config..",
                        BACKENDS)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.springframework..")
                .check(product);
    }

    @Test
    void sitesAreReachedThroughTheDirectoryAlone() {
        noClasses()
                .that()
                .resideInAPackage(GATEWAY)
                .and()
                .doNotHaveFullyQualifiedName("org.entente.gateway.sites.SiteDirectory")
                .should()
                .callMethod(Backend.class, "perform", org.entente.backends.S3Request.class)
                .check(product);
    }

    @Test
    void onlyTheDecisionGivesOutPermits() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("org.entente.policy.decide.Placement")
                .should()
                .callConstructorWhere(com.tngtech.archunit.core.domain.JavaCall.Predicates.target(
                        com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner(
                                com.tngtech.archunit.base.DescribedPredicate.describe(
                                        "Permit", c -> c.getFullName().equals("org.entente.policy.decide.Permit")))))
                .check(product);
    }

    @Test
    void packagesAreFreeOfCycles() {
        slices().matching("org.entente.(policy.*)..").should().beFreeOfCycles().check(product);
        slices().matching("org.entente.(backends)..").should().beFreeOfCycles().check(product);
        slices().matching("org.entente.(*.*)..").should().beFreeOfCycles().check(product);
        slices().matching("org.entente.gateway.(**)").should().beFreeOfCycles().check(product);
        slices().matching("org.entente.backends.(**)").should().beFreeOfCycles().check(product);
    }

    @Test
    void valuesThatCrossStagesAreRecordsOrSealed() {
        classes()
                .that()
                .resideInAPackage("org.entente.policy.model..")
                .and()
                .areTopLevelClasses()
                .and()
                .arePublic()
                .and()
                .areNotAnnotations()
                .and()
                .doNotHaveSimpleName("Glob")
                .and()
                .doNotHaveSimpleName("Word")
                .should()
                .beRecords()
                .orShould()
                .beEnums()
                .check(product);
    }
}
