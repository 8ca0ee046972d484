package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Twelve scenarios in real processes on a real file system, each killed at every single system call
 * that changes its directory, and each told at every single one that the disk fails or is full.
 *
 * <p>{@code -Dqueue-runtime.scenarios=FIRST_START,PURGE} chooses some; {@code
 * -Dqueue-runtime.calls=fsync,rename} too; {@code -Dqueue-runtime.stride=n} takes every n-th call
 * only.
 */
class SystemCallTests {

  @TempDir Path directory;

  @BeforeAll
  static void needsStrace() {
    String missing = SystemCalls.missing();
    if (!missing.isEmpty()) {
      System.out.println("RIG SKIPPED system-calls: " + missing);
    }
    assumeTrue(missing.isEmpty(), missing);
  }

  static Stream<Scenario> scenarios() {
    String only = System.getProperty("queue-runtime.scenarios", "");
    return Stream.of(Scenario.values())
        .filter(each -> only.isEmpty() || Arrays.asList(only.split(",")).contains(each.name()));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void nothingAcknowledgedIsLostWhereverTheProcessIsKilled(Scenario scenario) throws Exception {
    check(scenario, List.of(SystemCallRig.Fault.KILL), "system-call-kill");
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void nothingIsAcknowledgedThatAFailingDiskDidNotTake(Scenario scenario) throws Exception {
    check(
        scenario,
        List.of(
            SystemCallRig.Fault.EIO,
            SystemCallRig.Fault.EIO_ONCE,
            SystemCallRig.Fault.ENOSPC,
            SystemCallRig.Fault.ENOSPC_ONCE),
        "system-call-error");
  }

  private void check(Scenario scenario, List<SystemCallRig.Fault> faults, String rig)
      throws Exception {
    String calls = System.getProperty("queue-runtime.calls", String.join(",", SystemCalls.NAMES));
    int stride = Integer.getInteger("queue-runtime.stride", 1);
    int points = 0;
    List<String> violations = new ArrayList<>();
    for (SystemCallRig.Fault fault : faults) {
      SystemCallRig.Outcome outcome =
          new SystemCallRig(scenario, fault, stride, directory.resolve(fault.name()))
              .run(List.of(calls.split(",")));
      points += outcome.points();
      violations.addAll(outcome.violations());
    }
    System.out.printf(
        "RIG %s scenario=%s cycles=%d violations=%d%n", rig, scenario, points, violations.size());
    assertThat(violations).isEmpty();
    assertThat(points).isPositive();
  }
}
