package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.storage.PowerLossStorage;
import java.io.IOException;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * The power goes at every single change that a scenario makes on its disk, one after the other,
 * until the scenario gets through; after each what survived is held against the books.
 */
class PowerLossScenarioTests {

  /** What may be found after one cut is tried so often. */
  private static final int CUTS = 3;

  private static final int MOST_CHANGES = 20_000;
  private static final Logger SAID = (Logger) LoggerFactory.getLogger("io.queueruntime");
  private static final Level LEVEL = SAID.getLevel();

  @BeforeAll
  static void beQuiet() {
    SAID.setLevel(Level.OFF);
  }

  @AfterAll
  static void speakAgain() {
    SAID.setLevel(LEVEL);
  }

  static Stream<PowerLossScenario> scenarios() {
    return Stream.of(QueueScenario.values(), DiskScenario.values()).flatMap(Stream::of);
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void booksAreRightWhereverThePowerGoes(PowerLossScenario scenario) {
    SplittableRandom random = new SplittableRandom(scenario.name().hashCode());
    int cuts = 0;
    boolean through = false;
    for (int changes = 1; !through; changes += scenario.stride()) {
      assertThat(changes).isLessThan(MOST_CHANGES);
      PowerLossStorage disk = new PowerLossStorage().stopAfter(changes);
      ScenarioLife life;
      try {
        life = live(disk, scenario);
      } catch (StorageFailed withoutPower) {
        continue; // It was not even opened.
      }
      through = life.isThrough();
      for (int cut = 0; cut < CUTS; cut++, cuts++) {
        life.check(disk.asAfterCut(random.nextLong()), scenario + ", change " + changes);
      }
    }
    System.out.printf(
        "RIG power-loss-scenarios scenario=%s cycles=%d violations=0%n", scenario, cuts);
    assertThat(cuts).isGreaterThan(20);
  }

  private static ScenarioLife live(PowerLossStorage disk, PowerLossScenario scenario) {
    ScenarioLife life =
        new ScenarioLife(
            disk,
            options ->
                scenario
                    .options(options)
                    .withSegmentSize(scenario.segmentSize())
                    .withSendTimeout(Duration.ofSeconds(1))
                    .withSnapshots(Duration.ofDays(1), 40, 2));
    try {
      scenario.act(life);
      if (hasPower(disk)) {
        life.gotThrough();
      }
    } catch (StorageFailed | Closed withoutPower) {
      // As it was ordered.
    } catch (QuotaExceeded noRoom) {
      if (hasPower(disk)) {
        throw noRoom;
      }
    }
    return life;
  }

  private static boolean hasPower(PowerLossStorage disk) {
    try {
      disk.list();
      return true;
    } catch (IOException off) {
      return false;
    }
  }
}
