package io.queueruntime.autoconfigure;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.domain.properties.HasOwner;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.queueruntime.QueueRuntimeException;
import java.io.ObjectInputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * Holds the picture in the root package's documentation against the compiled code of all modules.
 */
class ArchitectureTests {

  private static final String ROOT = "io.queueruntime";

  private static final String EMULATED = "servicebus.emulator.";

  /** The emulator's packages among each other: from the wire down to what a queue is. */
  private static final Map<String, Set<String>> EMULATOR =
      Map.of(
          EMULATED + "entity",
          Set.of("engine", "message"),
          EMULATED + "message",
          Set.of(EMULATED + "entity", "engine", "message"),
          EMULATED + "management",
          Set.of(EMULATED + "message", EMULATED + "entity", "engine", "message"),
          EMULATED + "amqp",
          Set.of(
              EMULATED + "management",
              EMULATED + "message",
              EMULATED + "entity",
              "engine",
              "message"),
          EMULATED + "http",
          Set.of(EMULATED + "entity", "engine", "message"),
          EMULATED + "config",
          Set.of(EMULATED + "entity", "engine", "message"));

  /**
   * Package → packages of ours it may import. Every package may import the root's exception, and
   * itself.
   */
  private static final Map<String, Set<String>> ARROWS = new LinkedHashMap<>();

  static {
    ARROWS.put("message", Set.of());
    ARROWS.put("storage", Set.of());
    ARROWS.put("observation", Set.of("message"));
    ARROWS.put("converter", Set.of("message"));
    ARROWS.put("provider", Set.of("message"));
    ARROWS.put("provider.front", Set.of("provider", "store", "message"));
    ARROWS.put("template", Set.of("converter", "provider", "observation", "message"));
    ARROWS.put("listener", Set.of("converter", "provider", "observation", "message"));
    ARROWS.put("journal", Set.of("storage"));
    ARROWS.put("engine", Set.of("journal", "message"));
    ARROWS.put("embedded", Set.of("engine", "provider", "message"));
    ARROWS.put("servicebus", Set.of("provider", "message"));
    ARROWS.put("servicebus.emulator", Set.of("engine", "message"));
    ARROWS.putAll(EMULATOR);
    ARROWS.put("store", Set.of("message"));
    ARROWS.put("store.embedded", Set.of("store", "message", "journal", "storage"));
    ARROWS.put("store.jdbc", Set.of("store", "message"));
    ARROWS.put("rabbitmq", Set.of("provider", "store", "message"));
    ARROWS.put("rabbitmq.local", Set.of());
    ARROWS.put("kafka", Set.of("provider", "store", "message"));
    ARROWS.put("kafka.local", Set.of());
    ARROWS.put("contract", Set.of("provider", "store", "message"));
    ARROWS.put("history", Set.of());
    ARROWS.put(
        "autoconfigure",
        Set.of(
            "template",
            "listener",
            "converter",
            "provider",
            "embedded",
            "observation",
            "message",
            "store",
            "servicebus",
            "rabbitmq",
            "kafka"));
  }

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  @Test
  void everyArrowPointsDown() {
    ARROWS.forEach(
        (from, to) -> {
          Set<String> allowed = new TreeSet<>(to);
          allowed.add(from);
          String[] withRowsOfTheirOwn =
              ARROWS.keySet().stream()
                  .filter(other -> other.startsWith(from + "."))
                  .map(other -> ROOT + "." + other + "..")
                  .toArray(String[]::new);
          noClasses()
              .that()
              .resideInAPackage(ROOT + "." + from + "..")
              .and()
              .resideOutsideOfPackages(withRowsOfTheirOwn)
              .should()
              .dependOnClassesThat(oursOutside(allowed))
              .because(from + " may import " + to + " only")
              .allowEmptyShould(true)
              .check(MAIN);
        });
  }

  private static DescribedPredicate<JavaClass> oursOutside(Set<String> allowed) {
    return new DescribedPredicate<>("are ours and outside " + allowed) {
      @Override
      public boolean test(JavaClass type) {
        JavaClass of = type.getBaseComponentType();
        String name = of.getPackageName();
        return (name.equals(ROOT) || name.startsWith(ROOT + "."))
            && !of.getName().startsWith(QueueRuntimeException.class.getName())
            && allowed.stream().noneMatch(one -> isIn(name, ROOT + "." + one));
      }
    };
  }

  private static boolean isIn(String name, String folder) {
    return name.equals(folder) || name.startsWith(folder + ".");
  }

  @Test
  void packagesAreFreeOfCycles() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(MAIN);
  }

  @Test
  void theWholeCodeWasSeen() {
    Set<String> seen =
        MAIN.stream()
            .map(JavaClass::getPackageName)
            .map(ArchitectureTests::topPackage)
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(seen)
        .contains(
            "",
            "message",
            "storage",
            "observation",
            "converter",
            "provider",
            "template",
            "listener",
            "journal",
            "engine",
            "embedded",
            "contract",
            "store",
            "history",
            "servicebus",
            "rabbitmq",
            "kafka",
            "autoconfigure");
    assertThat(MAIN.stream().map(JavaClass::getPackageName))
        .as("what stands in for brokers too")
        .contains(ROOT + ".servicebus.emulator", ROOT + ".rabbitmq.local", ROOT + ".kafka.local");
    Set<String> withoutTheRoot = new TreeSet<>(seen);
    withoutTheRoot.remove("");
    assertThat(ARROWS.keySet())
        .as("every package has its row in the table")
        .containsAll(withoutTheRoot);
    assertThat(MAIN.contain(QueueRuntimeException.class)).isTrue();
    assertThat(MAIN.contain(QueueRuntimeAutoConfiguration.class)).isTrue();
  }

  private static String topPackage(String name) {
    return name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1).split("\\.")[0];
  }

  @Test
  void nobodyButItsProviderSeesAzuresSdk() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".servicebus", ROOT + ".autoconfigure.servicebus")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.azure..")
        .check(MAIN);
    noClasses()
        .that()
        .doNotHaveSimpleName("SpringCloudAzureFallback")
        .and()
        .doNotHaveSimpleName("ServiceBusQueueAutoConfiguration")
        .and()
        .doNotHaveSimpleName("WithSpringCloudAzure")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.azure.spring..")
        .because("Spring Cloud Azure need not be there")
        .check(MAIN);
  }

  @Test
  void nobodyButItsProviderSeesKafkasClient() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".kafka..", ROOT + ".autoconfigure.kafka")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.kafka..", "kafka..", "org.springframework.kafka..")
        .check(MAIN);
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".kafka.local")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("kafka..")
        .because("the broker itself is for tests and samples")
        .check(MAIN);
  }

  @Test
  void theRootPackageHoldsTheExceptionsOnly() {
    classes()
        .that()
        .resideInAPackage(ROOT)
        .and()
        .doNotHaveSimpleName("package-info")
        .should(
            new ArchCondition<>("belong to QueueRuntimeException") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                events.add(
                    new SimpleConditionEvent(
                        type,
                        type.getName().startsWith(QueueRuntimeException.class.getName()),
                        type.getName()));
              }
            })
        .check(MAIN);
  }

  @Test
  void nobodyDeserializesJavaObjects() {
    noClasses().should().dependOnClassesThat().areAssignableTo(ObjectInputStream.class).check(MAIN);
  }

  @Test
  void nobodyPrintsToTheConsole() {
    DescribedPredicate<JavaAccess<?>> console =
        JavaAccess.Predicates.target(HasName.Predicates.name("out"))
            .or(JavaAccess.Predicates.target(HasName.Predicates.name("err")))
            .and(
                JavaAccess.Predicates.target(
                    HasOwner.Predicates.With.<JavaClass>owner(
                        HasName.Predicates.name("java.lang.System"))))
            .forSubtype();
    noClasses()
        .that(not(resideInAPackage(ROOT + ".history..")))
        .should()
        .accessFieldWhere(console.forSubtype())
        .check(MAIN);
  }

  @Test
  void everyPackageSaysWhatItIsAndThatNothingIsNull() {
    List<String> unmarked = new ArrayList<>();
    for (JavaPackage found : MAIN.getDefaultPackage().getPackage(ROOT).getSubpackagesInTree()) {
      if (!found.getClasses().isEmpty() && !found.isAnnotatedWith(NullMarked.class)) {
        unmarked.add(found.getName());
      }
    }
    assertThat(unmarked).isEmpty();
  }

  @Test
  void noNameSaysNothing() {
    classes()
        .should()
        .haveSimpleNameNotEndingWith("Manager")
        .andShould()
        .haveSimpleNameNotEndingWith("Helper")
        .andShould()
        .haveSimpleNameNotEndingWith("Util")
        .andShould()
        .haveSimpleNameNotEndingWith("Utils")
        .andShould()
        .haveSimpleNameNotEndingWith("Impl")
        .andShould()
        .haveSimpleNameNotStartingWith("Base")
        .andShould()
        .haveSimpleNameNotStartingWith("Common")
        .check(MAIN);
  }
}
