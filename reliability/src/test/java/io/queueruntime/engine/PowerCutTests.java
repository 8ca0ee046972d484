package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power of a mounted file system is cut under a working process: what had been acknowledged is
 * there afterwards, and what had not is there whole or not at all.
 *
 * <p>{@code -Dqueue-runtime.power-cuts=n} cuts so often, {@code -Dqueue-runtime.seed=n} chooses the
 * first seed. Threads are real, so a seed does not bring back the same run; a failed one leaves its
 * history in {@code target/power-cut-histories}.
 */
class PowerCutTests {

  private static final int CUTS_PER_SEED = 10;

  @TempDir Path directory;

  @BeforeEach
  void needsFuse() {
    String missing = ForgetfulMount.missing(directory);
    if (!missing.isEmpty()) {
      System.out.println("RIG SKIPPED power-cut: " + missing);
    }
    assumeTrue(missing.isEmpty(), missing);
  }

  @Test
  void everyPromiseIsKeptThroughRealPowerCuts() throws Exception {
    int cuts = Integer.getInteger("queue-runtime.power-cuts", 20);
    long seed = Long.getLong("queue-runtime.seed", 1);
    List<String> violations = new ArrayList<>();
    int done = 0;
    try (ForgetfulMount mount = ForgetfulMount.mount(directory, directory.resolve("mount"))) {
      for (long each = seed; done < cuts; each++) {
        int share = Math.min(CUTS_PER_SEED, cuts - done);
        String wrong = new PowerCutLane(directory, mount, each, share, "").run();
        done += share;
        if (!wrong.isEmpty()) {
          violations.add(wrong);
        }
      }
    }
    System.out.printf(
        "RIG power-cut seeds=%d-%d cycles=%d violations=%d%n",
        seed, seed + (done - 1) / CUTS_PER_SEED, done, violations.size());
    assertThat(violations).isEmpty();
  }

  /** The rig can find something: an engine that does not force loses at the first cuts. */
  @Test
  void anEngineThatDoesNotForceIsCaughtWithinThreeCuts() throws Exception {
    PlantedBug bug =
        PlantedBug.all().stream()
            .filter(each -> each.name().equals("answers before the disk was forced"))
            .findFirst()
            .orElseThrow();
    Path classes = directory.resolve("classes");
    bug.writeTo(classes);
    try (ForgetfulMount mount = ForgetfulMount.mount(directory, directory.resolve("mount"))) {
      String found = "";
      int cuts = 0;
      while (found.isEmpty() && cuts < 3) {
        found = new PowerCutLane(directory, mount, ++cuts, 1, classes.toString()).run();
      }
      System.out.printf("RIG power-cut-mutant cycles=%d found=%s%n", cuts, found);
      assertThat(found).contains("findings");
    }
  }
}
