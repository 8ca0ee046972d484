package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.storage.PowerLossStorage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;

/**
 * Looks at what would be found if the power went just now, as often as wanted: opens an engine on a
 * copy of the disk as the cut left it, sometimes through a second cut while it starts, and compares
 * what it shows with what may have survived. Sometimes the copy is damaged on top of that; then
 * whatever is shown must at least be what was sent, or the start be refused.
 *
 * <p>Confined to its run.
 */
final class PowerLossProbe {

  private final EngineOptions options;
  private final Actions actions;
  private long cuts;
  private long refusals;
  private long engines = 1L << 32;

  PowerLossProbe(EngineOptions options, Actions actions) {
    this.options = options;
    this.actions = actions;
  }

  /** How many power cuts were looked at. */
  long cuts() {
    return cuts;
  }

  /** How many damaged disks were refused. */
  long refusals() {
    return refusals;
  }

  void look(
      PowerLossStorage disk,
      Worlds worlds,
      SteppedEngine.Clock clock,
      SplittableRandom random,
      int times) {
    Map<String, List<QueueModel>> possible = worlds.afterRestart(clock.wall, clock.tick);
    for (int i = 0; i < times; i++) {
      PowerLossStorage found = disk.asAfterCut(random.nextLong());
      cuts++;
      switch (random.nextInt(8)) {
        case 0 -> {
          found = cutWhileStarting(found, random);
          compare(found, possible);
        }
        case 1 -> damage(found, random);
        default -> compare(found, possible);
      }
    }
  }

  private PowerLossStorage cutWhileStarting(PowerLossStorage disk, SplittableRandom random) {
    PowerLossStorage starting = disk;
    for (int more = 1 + random.nextInt(2); more > 0; more--) {
      starting.stopAfter(random.nextInt(12));
      try {
        SteppedEngine.open(starting, options, ++engines).run();
      } catch (StorageFailed failed) {
        PowerLossRun.check(
            failed.reason() != StorageFailed.Reason.DAMAGED,
            "a start without power calls it damage: " + failed);
      }
      starting = starting.powerCut(random.nextLong());
      cuts++;
    }
    return starting;
  }

  private void compare(PowerLossStorage disk, Map<String, List<QueueModel>> possible) {
    Seen seen;
    try {
      seen = Seen.of(open(disk));
    } catch (StorageFailed failed) {
      throw new AssertionError("the engine does not open: " + failed, failed);
    }
    PowerLossRun.check(possible.containsKey(seen.text()), none(seen, possible));
  }

  private SteppedEngine open(PowerLossStorage disk) {
    SteppedEngine engine = SteppedEngine.open(disk, options, ++engines);
    engine.run();
    return engine;
  }

  static String none(Seen seen, Map<String, List<QueueModel>> possible) {
    return "after the restart the engine shows\n"
        + seen.text()
        + "which is none of\n"
        + String.join("or\n", possible.keySet());
  }

  /** Nothing that is shown from a damaged disk is anything but what was sent. */
  private void damage(PowerLossStorage disk, SplittableRandom random) {
    String how = disk.damage(random.nextLong());
    try {
      Seen seen = Seen.of(open(disk));
      seen.main().forEach(message -> checkSent(message, how));
      seen.dead().forEach(message -> checkSent(message, how));
    } catch (StorageFailed refused) {
      checkNames(refused, how);
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof StorageFailed refused)) {
        throw new AssertionError("with " + how + ": " + e.getCause(), e);
      }
      checkNames(refused, how);
    }
    check(disk);
  }

  private void checkSent(io.queueruntime.message.ReceivedMessage<byte[]> message, String how) {
    PowerLossRun.check(
        actions.wasSent(message.messageId(), message.body()),
        "with " + how + ", a message is shown that was never sent: " + message);
  }

  private void checkNames(StorageFailed refused, String how) {
    refusals++;
    PowerLossRun.check(
        refused.getMessage().matches("(?s).*(journal|snapshot)-\\d+.*|.*message \\d+ of queue.*"),
        "with " + how + ", the refusal does not say where: " + refused.getMessage());
  }

  private static void check(PowerLossStorage disk) {
    try {
      disk.list();
    } catch (IOException e) {
      throw new AssertionError("The disk is gone.", e);
    }
  }
}
