package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.engine.PlantedBug.Found;
import io.queueruntime.engine.PlantedBug.Rig;
import io.queueruntime.history.Finding;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rigs can find something: each mistake planted into the engine is found by the rig that is
 * there for it.
 */
class PlantedBugTests {

  /**
   * Of the processor, which does not depend on what else the machine does. A killed process has its
   * own, and there the number of kills is the bound.
   */
  private static final Duration WITHIN = Duration.ofSeconds(60);

  private static final ThreadMXBean PROCESSOR = ManagementFactory.getThreadMXBean();

  private static final List<String> TABLE = new ArrayList<>();

  static Stream<PlantedBug> bugs() {
    return PlantedBug.all().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bugs")
  void plantedBugIsFound(PlantedBug bug, @TempDir Path directory) throws Exception {
    long begun = PROCESSOR.getCurrentThreadCpuTime();
    Found found =
        bug.rig() == Rig.KILLS ? killsNeeded(bug, directory) : bug.firstSeed(bug.rig().most);
    Duration taken = Duration.ofNanos(PROCESSOR.getCurrentThreadCpuTime() - begun);
    TABLE.add(
        "%-68s %-10s %4d %5.1f s  %.90s"
            .formatted(bug.name(), bug.rig(), found.after(), taken.toMillis() / 1e3, found.what()));
    assertThat(found.after()).as("seeds or kills until '%s' is found", bug.name()).isPositive();
    assertThat(taken).as("processor time until '%s' is found", bug.name()).isLessThan(WITHIN);
  }

  /**
   * The copy of an engine without mistakes is found to have none: what is found comes from the
   * mistakes.
   */
  @ParameterizedTest
  @EnumSource(value = Rig.class, mode = EnumSource.Mode.EXCLUDE, names = "KILLS")
  void engineAsItIsPassesInTheSameWay(Rig rig) {
    assertThat(PlantedBug.firstSeedWithoutBug(rig, 200)).isEqualTo(Found.NOTHING);
  }

  @Test
  void thereAreAtLeastThirtyForAllRigs() {
    assertThat(PlantedBug.all()).hasSizeGreaterThanOrEqualTo(30);
    assertThat(PlantedBug.all()).extracting(PlantedBug::name).doesNotHaveDuplicates();
    assertThat(PlantedBug.all()).extracting(PlantedBug::rig).contains(Rig.values());
  }

  /** {@code -Dqueue-runtime.mutants.write=true} writes the table anew. */
  @Test
  void tableInTheDocumentationNamesExactlyTheseBugs() throws Exception {
    Path table = Path.of("..", "reliability", "mutants.md");
    if (Boolean.getBoolean("queue-runtime.mutants.write")) {
      Files.writeString(table, PlantedBug.table());
    }
    assertThat(Files.readString(table)).isEqualTo(PlantedBug.table());
  }

  @AfterAll
  static void printTable() {
    System.out.printf(
        "%-68s %-10s %s%n", "planted bug", "found by", "seed or kills, time, and what was found");
    TABLE.forEach(System.out::println);
    System.out.printf("RIG mutants cycles=%d violations=0%n", TABLE.size());
  }

  private static Found killsNeeded(PlantedBug bug, Path directory) throws Exception {
    Path classes = directory.resolve("classes");
    bug.writeTo(classes);
    for (int kills = 3; kills <= bug.rig().most; kills *= 2) {
      CrashLane lane =
          new CrashLane(
              directory.resolve("lane" + kills),
              kills,
              kills,
              CrashProcesses.of(classes.toString()));
      List<Finding> findings = lane.run();
      if (!findings.isEmpty()) {
        return new Found(kills, findings.get(0).toString().lines().findFirst().orElse(""));
      }
    }
    return Found.NOTHING;
  }
}
