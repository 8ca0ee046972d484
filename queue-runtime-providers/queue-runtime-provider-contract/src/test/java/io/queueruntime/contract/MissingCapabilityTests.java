package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.provider.Capability;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;

/**
 * What a provider does not claim to have is not asked of it; the cases that need it say so instead
 * of failing.
 */
class MissingCapabilityTests {

  private final Logger skips = Logger.getLogger(FixtureExtension.class.getName());

  @BeforeEach
  void doNotTellOfHundredsOfSkips() {
    skips.setLevel(Level.WARNING);
  }

  @AfterEach
  void tellOfSkipsAgain() {
    skips.setLevel(null);
  }

  @Test
  void noCaseAsksForMoreThanItSaysItNeeds() {
    Map<Case, Set<Capability>> undeclared = new TreeMap<>();

    Case.run(
        Case.all(),
        (one, result) -> {
          assertThat(result.getStatus()).as(one.toString()).isEqualTo(Status.SUCCESSFUL);
          Set<Capability> asked = EnumSet.noneOf(Capability.class);
          asked.addAll(BrokenFixture.lastAsked());
          asked.removeAll(one.needs());
          if (!asked.isEmpty()) {
            undeclared.put(one, asked);
          }
        });

    assertThat(undeclared).isEmpty();
  }

  @Test
  void whatNeedsAMissingCapabilityIsSkippedAndNamesItAndAllElsePasses() {
    List<String> failures = new ArrayList<>();
    List<String> reasons = new ArrayList<>();
    BrokenFixture.without(
        EnumSet.allOf(Capability.class),
        () ->
            Case.run(Case.all())
                .forEach(
                    (one, result) -> {
                      boolean skipped = result.getStatus() == Status.ABORTED;
                      if (skipped) {
                        reasons.add(reason(result));
                      }
                      if (result.getStatus() == Status.FAILED || skipped == one.needs().isEmpty()) {
                        failures.add(one + ": " + result);
                      }
                    }));

    assertThat(failures).isEmpty();
    assertThat(reasons)
        .allSatisfy(reason -> assertThat(reason).startsWith("Skipped, BrokenFixture cannot do"));
    for (Capability capability : Capability.values()) {
      assertThat(reasons).anySatisfy(reason -> assertThat(reason).contains(capability.name()));
    }
  }

  private static String reason(TestExecutionResult skipped) {
    return skipped.getThrowable().map(Throwable::getMessage).orElse("");
  }

  @Test
  void everyCapabilityIsNeededByACase() {
    assertThat(Case.all().stream().flatMap(one -> one.needs().stream()).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(Capability.values());
  }
}
