package dev.runnel.build;

import static com.tngtech.archunit.lang.conditions.ArchConditions.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.NullMarked;

/** What docs/DESIGN.md says of modules and of public types. */
@AnalyzeClasses(packages = "dev.runnel", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final String AUTODIFF = "dev.runnel.autodiff..";
  private static final String SSM = "dev.runnel.ssm..";
  private static final String MODELS = "dev.runnel.models..";
  private static final String DATASETS = "dev.runnel.datasets..";
  private static final String EXPERIMENTS = "dev.runnel.experiments..";

  private static final Set<String> KOTLIN_KEYWORDS =
      Set.of("as", "fun", "in", "is", "object", "typealias", "typeof", "val", "var", "when");

  @ArchTest
  static final ArchRule autodiffKnowsNoRecurrences = knowsNothingOf(AUTODIFF, SSM, MODELS, DATASETS, EXPERIMENTS);

  @ArchTest
  static final ArchRule ssmKnowsNoModels = knowsNothingOf(SSM, MODELS, DATASETS, EXPERIMENTS);

  @ArchTest
  static final ArchRule modelsKnowNoData = knowsNothingOf(MODELS, DATASETS, EXPERIMENTS);

  @ArchTest
  static final ArchRule datasetsKnowNoModels = knowsNothingOf(DATASETS, AUTODIFF, SSM, MODELS, EXPERIMENTS);

  @ArchTest
  static final ArchRule kernelsKnowNoBackends =
      knowsNothingOf(
          "dev.runnel.autodiff.kernel..",
          "dev.runnel.autodiff.reference..",
          "dev.runnel.autodiff.simd..",
          "dev.runnel.autodiff.tornado..");

  @ArchTest
  static final ArchRule backendsKnowNoOtherBackend =
      knowsNothingOf("dev.runnel.autodiff.reference..", "dev.runnel.autodiff.simd..", "dev.runnel.autodiff.tornado..");

  @ArchTest
  static final ArchRule packagesAreNullMarked =
      classes().should(beInANullMarkedPackage()).allowEmptyShould(true);

  @ArchTest
  static final ArchRule publicTypesAreNotForExtension =
      classes()
          .that()
          .arePublic()
          .should(beAnInterfaceARecordAnEnumFinalOrSealed())
          .because("a type is an interface, a record, an enum or a final class")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule publicMethodsReturnNoOptional =
      methods()
          .that()
          .arePublic()
          .should(not(returnAnOptional()))
          .because("Kotlin reads @Nullable, not Optional")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule publicSignaturesDeclareNoCheckedException =
      codeUnits()
          .that()
          .arePublic()
          .should(not(declareACheckedException()))
          .because("Kotlin would not notice it, and a lambda could not throw it")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule methodNamesAreNoKotlinKeywords =
      methods()
          .that()
          .arePublic()
          .should(not(be("named by a keyword of Kotlin", method -> KOTLIN_KEYWORDS.contains(method.getName()))))
          .because("Kotlin would need backticks")
          .allowEmptyShould(true);

  private static ArchRule knowsNothingOf(String from, String... others) {
    return noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .allowEmptyShould(true);
  }

  private static ArchCondition<JavaClass> beInANullMarkedPackage() {
    return new ArchCondition<>("be in a package that is @NullMarked") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        var home = type.getPackage();
        boolean marked = home.tryGetPackageInfo().map(info -> info.isAnnotatedWith(NullMarked.class)).orElse(false);
        events.add(
            new SimpleConditionEvent(type, marked, home.getName() + ": expected a package-info.java with @NullMarked"));
      }
    };
  }

  private static ArchCondition<JavaClass> beAnInterfaceARecordAnEnumFinalOrSealed() {
    return new ArchCondition<>("be an interface, a record, an enum, final or sealed") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        boolean closed =
            type.isInterface()
                || type.isRecord()
                || type.isEnum()
                || type.getModifiers().contains(JavaModifier.FINAL)
                || type.reflect().isSealed();
        events.add(new SimpleConditionEvent(type, closed, type.getName() + ": expected final, came open"));
      }
    };
  }

  private static ArchCondition<JavaMethod> returnAnOptional() {
    return be(
        "returning an Optional",
        method ->
            Set.of(Optional.class, OptionalInt.class, OptionalLong.class, OptionalDouble.class).stream()
                .anyMatch(optional -> method.getRawReturnType().isEquivalentTo(optional)));
  }

  private static ArchCondition<JavaCodeUnit> declareACheckedException() {
    return ArchConditions.be(
        DescribedPredicate.describe(
            "declaring a checked exception",
            unit ->
                unit.getOwner().getModifiers().contains(JavaModifier.PUBLIC)
                    && unit.getExceptionTypes().stream()
                        .anyMatch(
                            thrown ->
                                thrown.isAssignableTo(Throwable.class)
                                    && !thrown.isAssignableTo(RuntimeException.class)
                                    && !thrown.isAssignableTo(Error.class))));
  }

  private static ArchCondition<JavaMethod> be(String description, Predicate<JavaMethod> test) {
    return ArchConditions.be(DescribedPredicate.describe(description, test));
  }
}
