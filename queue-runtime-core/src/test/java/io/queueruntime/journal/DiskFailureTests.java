package io.queueruntime.journal;

import static io.queueruntime.journal.Disks.SEGMENT;
import static io.queueruntime.journal.Disks.append;
import static io.queueruntime.journal.Disks.open;
import static io.queueruntime.journal.Disks.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.StorageFailed.Reason;
import io.queueruntime.storage.FaultyStorage;
import io.queueruntime.storage.FaultyStorage.Effect;
import io.queueruntime.storage.FaultyStorage.Operation;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.PowerLossStorage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiskFailureTests {

  @Test
  void aForceThatFailedIsNeverTriedAgain() {
    MemoryStorage disk = new MemoryStorage();
    FaultyStorage faulty = new FaultyStorage(disk, Operation.FORCE, 2, Effect.ERROR);
    Journal journal = open(faulty);
    append(journal, "lost or not");
    Throwable first = catchThrowable(() -> journal.flush(true));
    assertThat(first)
        .isInstanceOf(StorageFailed.class)
        .hasMessageContaining("forcing " + FileNames.segment(1));
    long forces = faulty.count(Operation.FORCE);
    for (Runnable work :
        List.<Runnable>of(
            () -> journal.flush(true),
            () -> journal.flush(false),
            () -> append(journal, "more"),
            () -> journal.reserve(10, 1),
            journal::startSnapshot)) {
      assertThat(catchThrowable(work::run)).isSameAs(first);
    }
    journal.housekeep();
    journal.close();
    assertThat(faulty.count(Operation.FORCE)).isEqualTo(forces);
  }

  @Test
  void aWriteThatFailedIsTheLastOneAndWhatIsThereCanStillBeRead() {
    for (Effect effect : List.of(Effect.ERROR, Effect.NO_SPACE)) {
      FaultyStorage counting = new FaultyStorage(new MemoryStorage(), Long.MAX_VALUE);
      open(counting);
      long before = counting.count(Operation.WRITE);
      MemoryStorage disk = new MemoryStorage();
      Journal journal = open(new FaultyStorage(disk, Operation.WRITE, before + 2, effect));
      long position = append(journal, "safe");
      journal.flush(true);
      append(journal, "torn in two halves");
      Throwable first = catchThrowable(() -> journal.flush(true));
      assertThat(first).isInstanceOf(StorageFailed.class).hasMessageContaining("writing to");
      assertThat(catchThrowable(() -> append(journal, "more"))).isSameAs(first);
      assertThat(Collected.text(journal.read(position))).isEqualTo("safe");
      journal.close();
      Collected found = new Collected();
      open(disk, found);
      assertThat(found.records).containsExactly("safe");
    }
  }

  @Test
  void whatAFailedForceForgotIsDurableAfterARestartThatShowsIt() {
    PowerLossStorage disk = new PowerLossStorage();
    Journal journal = open(disk);
    append(journal, "safe");
    journal.flush(true);
    append(journal, "in the cache only");
    disk.failForce(1);
    assertThatThrownBy(() -> journal.flush(true)).isInstanceOf(StorageFailed.class);
    Collected shown = new Collected();
    open(disk, shown);
    assertThat(shown.records).containsExactly("safe", "in the cache only");
    for (long seed = 0; seed < 20; seed++) {
      Collected found = new Collected();
      open(disk.powerCut(seed), found);
      assertThat(found.records).isEqualTo(shown.records);
    }
  }

  @Test
  void aFullDiskIsToldBeforeAnythingIsAppendedAndSpaceIsUsedWhenItIsBack() throws Exception {
    MemoryStorage memory = new MemoryStorage();
    FaultyStorage disk = new FaultyStorage(memory, SEGMENT + 1000);
    Journal journal = open(disk);
    int appended = 0;
    while (journal.reserve(1000, 1)) {
      append(journal, "x".repeat(1000));
      appended++;
    }
    assertThat(appended).isEqualTo(63);
    assertThat(journal.reserve(1000, 1)).isFalse();
    assertThat(journal.reserve(10, 1)).as("what fits into the rest").isTrue();
    assertThat(journal.backgroundFailure())
        .hasValueSatisfying(failure -> assertThat(failure).hasMessageContaining("No space left"));
    assertThat(memory.list()).containsExactly(FileNames.segment(1));
    journal.flush(true);

    disk.setCapacity(Long.MAX_VALUE);
    assertThat(journal.reserve(1000, 1)).isTrue();
    assertThat(journal.backgroundFailure()).isEmpty();
    append(journal, "x".repeat(1000));
    journal.close();
    Collected found = new Collected();
    open(memory, found);
    assertThat(found.records).hasSize(64);
  }

  @Test
  void onceTheDiskWasFullTheOwnerDoesNotWaitForTheNextAttempt() {
    Deque<Runnable> background = new ArrayDeque<>();
    boolean[] inline = {true};
    FaultyStorage disk = new FaultyStorage(new MemoryStorage(), SEGMENT + 1000);
    Journal journal =
        Journal.open(
            disk,
            options(ForcePolicy.FORCE, 1),
            task -> {
              if (inline[0]) {
                task.run();
              } else {
                background.add(task);
              }
            });
    journal.recover(new Collected());
    assertThat(journal.reserve(SEGMENT - 1000, 30)).isTrue();
    assertThat(journal.reserve(SEGMENT, 30)).isFalse();
    inline[0] = false;
    disk.setCapacity(Long.MAX_VALUE);
    assertThat(journal.reserve(SEGMENT, 30)).isFalse();
    assertThat(journal.reserve(SEGMENT, 30)).isFalse();
    assertThat(background).hasSize(1);
    background.remove().run();
    journal.housekeep();
    assertThat(journal.backgroundFailure()).isEmpty();
    assertThat(journal.reserve(40_000, 1)).isTrue();
  }

  @Test
  void whatWasReservedFitsHoweverTheRecordsFall() {
    Journal journal = open(new MemoryStorage());
    int half = SEGMENT / 2;
    int[] sizes = {half, half, half, half + 1000, half, half, 10};
    long total = 0;
    for (int size : sizes) {
      total += size;
    }
    FaultyStorage disk = new FaultyStorage(new MemoryStorage(), Long.MAX_VALUE);
    Journal full = open(disk);
    assertThat(full.reserve(total, sizes.length)).isTrue();
    disk.setCapacity(0);
    for (int size : sizes) {
      append(full, "x".repeat(size));
    }
    full.flush(true);
    journal.close();
  }

  @Test
  void appendingWithoutRoomFailsForGoodAndLosesNothingThatWasDurable() {
    MemoryStorage memory = new MemoryStorage();
    Journal journal = open(new FaultyStorage(memory, SEGMENT + 1000));
    for (int i = 0; i < 63; i++) {
      append(journal, "x".repeat(1000));
    }
    journal.flush(true);
    Throwable first = catchThrowable(() -> append(journal, "x".repeat(1000)));
    assertThat(first)
        .isInstanceOf(StorageFailed.class)
        .hasMessageContaining("no new segment")
        .hasMessageContaining("No space left");
    assertThat(catchThrowable(() -> append(journal, "x"))).isSameAs(first);
    journal.close();
    Collected found = new Collected();
    open(memory, found);
    assertThat(found.records).hasSize(63);
  }

  @Test
  void noRoomForTheFirstSegmentIsToldAsSuch() {
    FaultyStorage disk = new FaultyStorage(new MemoryStorage(), 1000);
    assertThatThrownBy(() -> open(disk))
        .isInstanceOf(StorageFailed.class)
        .hasMessageContaining("cannot be started")
        .hasMessageContaining("No space left")
        .hasMessageContaining("free some space");
  }

  @Test
  void anErrorAnywhereInARecoveryIsToldAndTheNextOneFindsEverything() {
    for (Operation operation : Operation.values()) {
      boolean failed = true;
      for (int nth = 1; failed; nth++) {
        MemoryStorage disk = new MemoryStorage();
        Journal journal = open(disk);
        append(journal, "1");
        Disks.snapshot(journal, "state");
        Disks.fillSegment(journal);
        journal.flush(true);
        append(journal, "torn");
        journal.flush(false);
        Disks.overwrite(disk, FileNames.segment(2), SEGMENT - 5, (byte) 1);
        FaultyStorage faulty = new FaultyStorage(disk, operation, nth, Effect.ERROR);
        Throwable refused = catchThrowable(() -> open(faulty));
        failed = faulty.hasFailed();
        if (refused != null) {
          assertThat(refused).isInstanceOf(StorageFailed.class);
        }
        Collected found = new Collected();
        open(disk, found);
        assertThat(found.chunks).containsExactly("state");
        assertThat(found.records).hasSize(65).endsWith("torn");
      }
    }
  }

  @Test
  void aRefusalBecauseOfTheDiskIsNotCalledDamage() {
    MemoryStorage disk = new MemoryStorage();
    append(open(disk), "1");
    FaultyStorage faulty = new FaultyStorage(disk, Operation.READ, 1, Effect.ERROR);
    StorageFailed refused = (StorageFailed) catchThrowable(() -> open(faulty));
    assertThat(refused.reason()).isEqualTo(Reason.DISK);
    assertThat(refused)
        .hasMessageContaining("cannot be read")
        .hasMessageContaining("Input/output error");
  }
}
