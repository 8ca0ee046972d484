package io.queueruntime.journal;

import static io.queueruntime.journal.Collected.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.NioStorage;
import io.queueruntime.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTests {

  private static final JournalOptions OPTIONS = new JournalOptions(64 * 1024, ForcePolicy.FORCE, 2);

  @TempDir Path directory;

  @Test
  void whatWasFlushedIsThereAfterAReopenInOrder() {
    Storage storage = new MemoryStorage();
    List<String> expected = new ArrayList<>();
    List<Long> positions = new ArrayList<>();
    try (Journal journal = open(storage)) {
      for (int i = 0; i < 5000; i++) {
        String text = "record " + i + " " + "x".repeat(i % 100);
        positions.add(
            journal.append((byte) 1, i % 5 == 0, bytes(text), i % 3 == 0 ? bytes("!") : null));
        expected.add(i % 3 == 0 ? text + "!" : text);
        if (i % 7 == 0) {
          journal.flush(true);
        }
      }
      journal.append((byte) 1, true, bytes("unfinished"), null);
      for (int i = 0; i < 5000; i++) {
        assertThat(Collected.text(journal.read(positions.get(i)))).isEqualTo(expected.get(i));
      }
    }
    Collected collected = new Collected();
    try (Journal journal = Journal.open(storage, OPTIONS, Runnable::run)) {
      journal.recover(collected);
      assertThat(collected.records).isEqualTo(expected);
      assertThat(collected.positions).isEqualTo(positions);
      assertThat(journal.nextSequence()).isEqualTo(5001);
    }
  }

  @Test
  void snapshotsMakeSegmentsSuperfluousOnARealDisk() {
    ExecutorService background = Executors.newSingleThreadExecutor();
    try {
      Journal journal = Journal.inDirectory(directory.resolve("data"), OPTIONS, background);
      journal.recover(new Collected());
      for (int round = 0; round < 10; round++) {
        IntStream.range(0, 1000)
            .forEach(i -> journal.append((byte) 1, false, bytes("x".repeat(100)), null));
        journal.flush(true);
        SnapshotWriter snapshot = journal.startSnapshot();
        snapshot.add(bytes("round " + round));
        snapshot.commit();
        journal.append((byte) 1, false, bytes("after " + round), null);
        while (journal.snapshotRunning()) {
          Thread.onSpinWait();
        }
        journal.housekeep();
      }
      journal.close();
      Journal again = Journal.open(NioStorage.open(directory.resolve("data")), OPTIONS, background);
      Collected collected = new Collected();
      again.recover(collected);
      assertThat(collected.chunks).containsExactly("round 9");
      assertThat(collected.records).containsExactly("after 9");
      again.housekeep();
      assertThat(again.sizeOnDisk()).isLessThan(10 * OPTIONS.segmentSize());
      again.close();
    } finally {
      background.shutdown();
    }
  }

  @Test
  void aRecordIsReadWhereverItIs() {
    for (ForcePolicy policy : ForcePolicy.values()) {
      Journal journal =
          Journal.open(
              new MemoryStorage(), new JournalOptions(64 * 1024, policy, 1), Runnable::run);
      journal.recover(new Collected());
      String large = "y".repeat(journal.maxPayloadSize());
      long empty = Disks.append(journal, "");
      long buffered = Disks.append(journal, "buffered");
      assertThat(Collected.text(journal.read(buffered))).isEqualTo("buffered");
      journal.flush(false);
      long medium = Disks.append(journal, "m".repeat(20_000));
      long whole = Disks.append(journal, large);
      long last = Disks.append(journal, "last");
      for (int i = 0; i < 2; i++) {
        assertThat(Collected.text(journal.read(empty))).isEmpty();
        assertThat(Collected.text(journal.read(buffered))).isEqualTo("buffered");
        assertThat(Collected.text(journal.read(medium))).isEqualTo("m".repeat(20_000));
        assertThat(Collected.text(journal.read(whole))).isEqualTo(large);
        assertThat(Collected.text(journal.read(last))).isEqualTo("last");
        journal.flush(true);
      }
      assertThat(Segment.number(whole)).isEqualTo(2);
      assertThat(Segment.number(last)).isEqualTo(3);
      journal.close();
    }
  }

  @Test
  void aRecordLargerThanTheBufferGoesThroughIt() {
    MemoryStorage storage = new MemoryStorage();
    JournalOptions options = new JournalOptions(16 * 1024 * 1024, ForcePolicy.FORCE, 1);
    Journal journal = Journal.open(storage, options, Runnable::run);
    journal.recover(new Collected());
    Disks.append(journal, "small");
    String large = "z".repeat(9 * 1024 * 1024);
    long position = journal.append((byte) 1, false, bytes("head"), bytes(large));
    long behind = Disks.append(journal, "behind");
    assertThat(Collected.text(journal.read(position))).isEqualTo("head" + large);
    assertThat(Collected.text(journal.read(behind))).isEqualTo("behind");
    journal.close();
    Collected found = new Collected();
    Journal.open(storage, options, Runnable::run).recover(found);
    assertThat(found.records).containsExactly("small", "head" + large, "behind");
  }

  @Test
  void aRecordThatCannotFitIsRefusedAndTheJournalGoesOn() {
    Journal journal = open(new MemoryStorage());
    String text = "x".repeat(journal.maxPayloadSize());
    assertThatThrownBy(() -> journal.append((byte) 1, false, bytes(text), bytes("y")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(String.valueOf(journal.maxPayloadSize()));
    Disks.append(journal, text);
    journal.flush(true);
    assertThat(journal.nextSequence()).isEqualTo(2);
  }

  @Test
  void aDamagedRecordIsNotRead() {
    MemoryStorage storage = new MemoryStorage();
    Journal journal = open(storage);
    long position = Disks.append(journal, "payload");
    Disks.append(journal, "x".repeat(10_000));
    journal.flush(true);
    int offset = Segment.offset(position);
    for (int at = offset; at < offset + RecordFrame.SIZE + 7; at++) {
      Disks.flip(storage, FileNames.segment(1), at);
      assertThatThrownBy(() -> journal.read(position))
          .isInstanceOf(StorageFailed.class)
          .hasMessageContaining(FileNames.segment(1))
          .hasMessageContaining("offset " + offset);
      Disks.flip(storage, FileNames.segment(1), at);
    }
    assertThat(Collected.text(journal.read(position))).isEqualTo("payload");
    assertThatThrownBy(() -> journal.read(Segment.position(9, 32))).hasMessageContaining("gone");
    assertThatThrownBy(() -> journal.read(Segment.position(1, 60_000)))
        .isInstanceOf(StorageFailed.class);
  }

  @Test
  void aJournalInMemoryMayBeUsedAtOnceAndForgetsSegmentsThatNothingNeeds() {
    Journal journal = Journal.inMemory(64 * 1024);
    journal.recover(new Collected());
    long needed = Disks.append(journal, "needed");
    journal.retain(needed, 6);
    for (int i = 0; i < 10; i++) {
      Disks.fillSegment(journal);
    }
    journal.housekeep();
    assertThat(journal.sizeOnDisk()).isEqualTo(2 * 64 * 1024);
    assertThat(journal.segmentToClean()).hasValue(1);
    assertThat(Collected.text(journal.read(needed))).isEqualTo("needed");
    journal.release(needed, 6);
    journal.housekeep();
    assertThat(journal.sizeOnDisk()).isEqualTo(64 * 1024);
    assertThatThrownBy(journal::startSnapshot).isInstanceOf(IllegalStateException.class);
    journal.close();
    journal.close();
  }

  @Test
  void nothingWorksBeforeTheRecoveryOrAfterTheEnd() {
    Journal journal = Journal.open(new MemoryStorage(), OPTIONS, Runnable::run);
    assertThatThrownBy(() -> Disks.append(journal, "x")).hasMessageContaining("not recovered");
    journal.recover(new Collected());
    assertThatThrownBy(() -> journal.recover(new Collected()))
        .isInstanceOf(IllegalStateException.class);
    journal.close();
    assertThatThrownBy(() -> Disks.append(journal, "x")).hasMessageContaining("closed");
    assertThatThrownBy(() -> journal.flush(true)).hasMessageContaining("closed");
  }

  @Test
  void aSegmentIsScannedInSteps() {
    Journal journal = open(new MemoryStorage());
    Disks.fillSegment(journal);
    journal.flush(true);
    Collected found = new Collected();
    long offset = 0;
    int steps = 0;
    while (offset >= 0) {
      offset = journal.scan(1, offset, 10, found);
      steps++;
    }
    assertThat(found.records).hasSize(63).allMatch(text -> text.length() == 1000);
    assertThat(steps).isEqualTo(8);
    assertThat(journal.scan(77, 0, 10, found)).isEqualTo(-1);
    assertThatThrownBy(() -> journal.scan(2, 0, 10, found)).hasMessageContaining("not sealed");
  }

  @Test
  void aScanOfADamagedSegmentFailsWhereTheDamageIs() {
    MemoryStorage storage = new MemoryStorage();
    Journal journal = open(storage);
    long second = 0;
    for (int i = 0; i < 2; i++) {
      second = Disks.append(journal, "x".repeat(1000));
    }
    Disks.fillSegment(journal);
    journal.flush(true);
    Disks.flip(storage, FileNames.segment(1), Segment.offset(second) + 100);
    Collected found = new Collected();
    long next = journal.scan(1, 0, 10, found);
    assertThat(found.records).hasSize(1);
    int offset = Segment.offset(second);
    assertThat(next).isEqualTo(offset);
    assertThatThrownBy(() -> journal.scan(1, next, 10, found))
        .isInstanceOf(StorageFailed.class)
        .hasMessageContaining("offset " + offset);
  }

  @Test
  void whatIsAppendedOverwritesZerosThatAreThereAlready() throws IOException {
    List<String> log = new ArrayList<>();
    MemoryStorage memory = new MemoryStorage();
    Journal journal = open(new LoggedStorage(memory, log));
    assertThat(memory.open(FileNames.segment(1)).size()).isEqualTo(64 * 1024);
    log.clear();
    Disks.append(journal, "x".repeat(1000));
    journal.flush(true);
    assertThat(log).containsExactly("write journal 1", "force journal 1");
    log.clear();
    journal.flush(true);
    assertThat(log).isEmpty();
    journal.append((byte) 1, false, bytes("unforced"), null);
    journal.flush(false);
    journal.flush(true);
    assertThat(log).containsExactly("write journal 1", "force journal 1");

    while (!memory.list().contains(FileNames.segment(2))) {
      Disks.append(journal, "x".repeat(1000));
    }
    assertThat(journal.reserve(64 * 1024 - 100, 1)).isTrue();
    log.clear();
    while (Segment.number(Disks.append(journal, "x".repeat(1000))) == 1) {
      // To the end of what was prepared.
    }
    journal.flush(true);
    assertThat(log)
        .containsExactly(
            "write journal 1", "write journal 2", "force journal 1", "force journal 2");
  }

  private static Journal open(Storage storage) {
    Journal journal = Journal.open(storage, OPTIONS, Runnable::run);
    journal.recover(new Collected());
    return journal;
  }
}
