package io.queueruntime.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.storage.PowerLossStorage;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/**
 * What was flushed durable is there after the power was cut, in order, groups whole, nothing
 * invented; and the journal goes on from it. {@code -Djournal.seed=n} repeats one run, {@code
 * -Djournal.seeds=n} sets how many there are, {@code -Djournal.from=n} the first.
 */
class JournalPowerLossTests {

  private static final int SEEDS = Integer.getInteger("journal.seeds", 20_000);
  private static final long FROM = Long.getLong("journal.from", 0);
  private static final long ONLY = Long.getLong("journal.seed", -1);

  @Test
  void nothingForcedIsEverLost() {
    run(ForcePolicy.FORCE, SEEDS);
  }

  @Test
  void withoutForcingWhatAProcessWroteOutlivesItAndNoPowerCutMakesTheDirectoryUseless() {
    run(ForcePolicy.WRITE, SEEDS / 10);
  }

  @Test
  void whatIsAskedWronglyIsRefusedAndWhatIsThereIsKept() {
    PowerLossStorage disk = new PowerLossStorage();
    JournalOptions options = new JournalOptions(64 * 1024, ForcePolicy.FORCE, 1);
    Journal journal = Journal.open(disk, options, Runnable::run);
    assertThatThrownBy(journal::nextSequence).isInstanceOf(IllegalStateException.class);
    journal.recover(new Collected());
    assertThatThrownBy(() -> journal.recover(new Collected()))
        .isInstanceOf(IllegalStateException.class);
    ByteBuffer tooLarge = ByteBuffer.allocate(journal.maxPayloadSize() + 1);
    assertThatThrownBy(() -> journal.append((byte) 1, false, tooLarge, null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> journal.retain(99L << 32, 1)).isInstanceOf(StorageFailed.class);
    assertThatThrownBy(() -> journal.release(99L << 32, 1))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> journal.read(99L << 32)).isInstanceOf(StorageFailed.class);
    journal.append((byte) 1, true, ByteBuffer.allocate(10), null);
    assertThatThrownBy(journal::startSnapshot).isInstanceOf(IllegalStateException.class);
    journal.append((byte) 1, false, ByteBuffer.allocate(10), null);
    journal.startSnapshot();
    assertThatThrownBy(journal::startSnapshot).isInstanceOf(IllegalStateException.class);
    journal.flush(true);
    assertThat(journal.sizeOnDisk()).isGreaterThanOrEqualTo(64 * 1024);
    assertThat(journal.bytesSinceSnapshot()).isPositive();
    for (int cut = 0; cut < 20; cut++) {
      PowerLossStorage found = disk.asAfterCut(cut);
      Journal again = Journal.open(found, options, Runnable::run);
      again.recover(new Collected());
      assertThat(again.nextSequence()).isEqualTo(3);
      again.close();
      again.close();
      assertThatThrownBy(again::nextSequence).isInstanceOf(IllegalStateException.class);
      Journal forgetful =
          Journal.open(found, new JournalOptions(64 * 1024, ForcePolicy.NEVER, 1), Runnable::run);
      assertThatThrownBy(() -> forgetful.recover(new Collected()))
          .isInstanceOf(StorageFailed.class);
    }
    Journal nothingKept =
        Journal.open(
            new PowerLossStorage(),
            new JournalOptions(64 * 1024, ForcePolicy.NEVER, 1),
            Runnable::run);
    nothingKept.recover(new Collected());
    assertThatThrownBy(nothingKept::startSnapshot).isInstanceOf(IllegalStateException.class);
    nothingKept.close();
  }

  private static void run(ForcePolicy policy, int seeds) {
    long first = ONLY < 0 ? FROM : ONLY;
    long end = ONLY < 0 ? FROM + seeds : ONLY + 1;
    long cuts = 0;
    for (long seed = first; seed < end; seed++) {
      PowerLossRun run = new PowerLossRun(seed, policy);
      try {
        run.run();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "Repeat with -Djournal.seed=" + seed + " (" + policy + "): " + e, e);
      }
      cuts += run.cuts;
    }
    assertThat(cuts).isPositive();
    System.out.printf(
        "RIG journal policy=%s seeds=%d-%d cycles=%d violations=0%n", policy, first, end - 1, cuts);
  }
}
