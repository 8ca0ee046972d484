package io.queueruntime.journal;

import static io.queueruntime.journal.Collected.bytes;
import static io.queueruntime.journal.Disks.append;
import static io.queueruntime.journal.Disks.fillSegment;
import static io.queueruntime.journal.Disks.open;
import static io.queueruntime.journal.Disks.options;
import static io.queueruntime.journal.Disks.snapshot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.storage.FaultyStorage;
import io.queueruntime.storage.FaultyStorage.Effect;
import io.queueruntime.storage.FaultyStorage.Operation;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.PowerLossStorage;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class SnapshotTests {

  @Test
  void recoveryGivesTheChunksThenWhatCameSinceTheStart() {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    append(journal, "before");
    SnapshotWriter writer = journal.startSnapshot();
    writer.add(bytes("chunk 1"));
    append(journal, "while");
    writer.add(bytes(""));
    writer.add(bytes("3".repeat(700_000)));
    writer.commit();
    append(journal, "after");
    journal.close();
    Collected found = new Collected();
    Journal again = open(disk, found);
    assertThat(found.chunks).containsExactly("chunk 1", "", "3".repeat(700_000));
    assertThat(found.records).containsExactly("while", "after");
    assertThat(again.nextSequence()).isEqualTo(4);
    assertThat(again.recordsSinceSnapshot()).isEqualTo(2);
  }

  @Test
  void oneIsWrittenAtATimeAndNotInsideAGroup() {
    Journal journal = open(new MemoryStorage());
    journal.append((byte) 1, true, bytes("half"), null);
    assertThatThrownBy(journal::startSnapshot).isInstanceOf(IllegalStateException.class);
    append(journal, "whole");
    SnapshotWriter writer = journal.startSnapshot();
    assertThat(journal.snapshotRunning()).isTrue();
    assertThatThrownBy(journal::startSnapshot).hasMessageContaining("already");
    writer.abort();
    writer.abort();
    assertThatThrownBy(() -> writer.add(bytes("late"))).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
    assertThat(journal.snapshotRunning()).isFalse();
    journal.startSnapshot();
    assertThat(journal.snapshotFailures()).isZero();
  }

  @Test
  void asManyAreKeptAsWasAskedFor() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    for (int i = 1; i <= 5; i++) {
      append(journal, "record");
      snapshot(journal, "state " + i);
    }
    assertThat(disk.list())
        .filteredOn(name -> name.startsWith("snapshot"))
        .containsExactly(FileNames.snapshot(5), FileNames.snapshot(6));
  }

  @Test
  void countsStartAgainWhereTheSnapshotStarted() {
    Journal journal = open(new MemoryStorage());
    append(journal, "1234");
    append(journal, "1234");
    assertThat(journal.recordsSinceSnapshot()).isEqualTo(2);
    assertThat(journal.bytesSinceSnapshot()).isEqualTo(2 * (4 + RecordFrame.SIZE));
    SnapshotWriter writer = journal.startSnapshot();
    append(journal, "1234");
    writer.commit();
    journal.housekeep();
    assertThat(journal.recordsSinceSnapshot()).isEqualTo(1);
    assertThat(journal.bytesSinceSnapshot()).isEqualTo(4 + RecordFrame.SIZE);
  }

  @Test
  void theJournalIsForcedBeforeAndNothingIsDeletedUntilTheDirectoryIsForced() {
    List<String> log = new ArrayList<>();
    LoggedStorage disk = new LoggedStorage(new MemoryStorage(), log);
    Journal journal = Journal.open(disk, options(ForcePolicy.FORCE, 1), Runnable::run);
    journal.recover(new Collected());
    append(journal, "1");
    snapshot(journal, "state 1");
    fillSegment(journal);
    log.clear();
    snapshot(journal, "state 2");
    String unfinished = "snapshot.tmp";
    assertThat(log)
        .containsSubsequence(
            "force journal 1",
            "force journal 2",
            "force " + unfinished,
            "rename " + unfinished + " snapshot",
            "forceDirectory",
            "delete snapshot",
            "delete journal 1");
    assertThat(log.indexOf("delete snapshot")).isGreaterThan(log.indexOf("forceDirectory"));
  }

  @Test
  void aCrashAtAnyStepLeavesTheOldOrTheNewSnapshotWhole() {
    boolean ended = false;
    for (int step = 0; !ended; step++) {
      PowerLossStorage disk = new PowerLossStorage();
      Journal journal = open(disk);
      append(journal, "1");
      snapshot(journal, "old");
      append(journal, "2");
      journal.flush(true);
      disk.stopAfter(step);
      try {
        snapshot(journal, "new");
        ended = journal.snapshotFailures() == 0 && journal.backgroundFailure().isEmpty();
      } catch (StorageFailed e) {
        // The power went while the journal was forced.
      }
      for (boolean cut : new boolean[] {false, true}) {
        Collected found = new Collected();
        PowerLossStorage back = cut ? disk.powerCut(step) : disk.goOn();
        Journal again = open(back, found);
        assertThat(found.chunks).hasSize(1);
        assertThat(found.records)
            .isEqualTo(found.chunks.get(0).equals("old") ? List.of("2") : List.of());
        if (ended) {
          assertThat(found.chunks).containsExactly("new");
        }
        again.close();
      }
    }
  }

  @Test
  void aFailureInTheBackgroundDropsTheSnapshotAndIsToldAndTheJournalGoesOn() throws IOException {
    for (Operation operation :
        List.of(
            Operation.CREATE,
            Operation.WRITE,
            Operation.FORCE,
            Operation.RENAME,
            Operation.FORCE_DIRECTORY)) {
      MemoryStorage memory = new MemoryStorage();
      FaultyStorage counting = new FaultyStorage(memory, Long.MAX_VALUE);
      Journal first = open(counting);
      append(first, "1");
      first.flush(true);
      long before = counting.count(operation);

      MemoryStorage disk = new MemoryStorage();
      FaultyStorage faulty = new FaultyStorage(disk, operation, before + 1, Effect.NO_SPACE);
      Journal journal = open(faulty);
      append(journal, "1");
      journal.flush(true);
      snapshot(journal, "lost");
      assertThat(faulty.hasFailed()).as("%s", operation).isTrue();
      assertThat(journal.snapshotFailures()).isEqualTo(1);
      assertThat(journal.backgroundFailure())
          .hasValueSatisfying(failure -> assertThat(failure).hasMessageContaining("No space left"));
      assertThat(journal.snapshotRunning()).isFalse();
      assertThat(disk.list()).noneMatch(name -> name.endsWith(".tmp"));
      assertThat(journal.recordsSinceSnapshot()).isEqualTo(1);

      append(journal, "2");
      snapshot(journal, "kept");
      assertThat(journal.backgroundFailure()).isEmpty();
      journal.close();
      Collected found = new Collected();
      open(disk, found);
      assertThat(found.chunks).containsExactly("kept");
    }
  }

  @Test
  void aJournalThatCannotBeForcedIsNotWrittenDown() throws IOException {
    PowerLossStorage disk = new PowerLossStorage();
    Journal journal = open(disk);
    append(journal, "1");
    disk.failForce(1);
    SnapshotWriter writer = journal.startSnapshot();
    writer.add(bytes("state"));
    assertThatThrownBy(writer::commit).isInstanceOf(StorageFailed.class);
    assertThat(disk.list()).noneMatch(name -> name.startsWith("snapshot"));
  }

  @Test
  void chunksWaitForASlowDiskInsteadOfFillingTheMemory() {
    Deque<Runnable> waiting = new ArrayDeque<>();
    Journal journal =
        Journal.open(new MemoryStorage(), options(ForcePolicy.FORCE, 1), new FirstInline(waiting));
    journal.recover(new Collected());
    SnapshotWriter writer = journal.startSnapshot();
    long given = 0;
    // Less than the bound may wait; what is beyond would block, so the test stops in front of it.
    while (given < 7 * 1024 * 1024) {
      writer.add(bytes("x".repeat(100_000)));
      given += 100_000;
    }
    assertThat(waiting).isNotEmpty();
    while (!waiting.isEmpty()) {
      waiting.remove().run();
    }
    writer.abort();
    while (!waiting.isEmpty()) {
      waiting.remove().run();
    }
    assertThat(journal.snapshotRunning()).isFalse();
  }

  @Test
  void aSnapshotLargerThanTheBoundIsWrittenBehindTheOwnersBack() {
    ExecutorService background = Executors.newSingleThreadExecutor();
    try {
      MemoryStorage disk = new MemoryStorage();
      Journal journal = Journal.open(disk, options(ForcePolicy.FORCE, 1), background);
      journal.recover(new Collected());
      SnapshotWriter writer = journal.startSnapshot();
      for (int i = 0; i < 200; i++) {
        writer.add(bytes("x".repeat(100_000)));
      }
      writer.commit();
      journal.close();
      Collected found = new Collected();
      open(disk, found);
      assertThat(found.chunks).hasSize(200);
    } finally {
      background.shutdown();
    }
  }

  /** Runs the first task, which makes the first segment and is waited for, and keeps the others. */
  private static final class FirstInline implements Executor {

    private final Deque<Runnable> waiting;
    private boolean started;

    FirstInline(Deque<Runnable> waiting) {
      this.waiting = waiting;
    }

    @Override
    public void execute(Runnable task) {
      if (started) {
        waiting.add(task);
      } else {
        started = true;
        task.run();
      }
    }
  }
}
