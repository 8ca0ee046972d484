package io.queueruntime.journal;

import static io.queueruntime.journal.Disks.append;
import static io.queueruntime.journal.Disks.fillSegment;
import static io.queueruntime.journal.Disks.open;
import static io.queueruntime.journal.Disks.snapshot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.storage.FaultyStorage;
import io.queueruntime.storage.FaultyStorage.Effect;
import io.queueruntime.storage.FaultyStorage.Operation;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReclaimTests {

  private final MemoryStorage disk = new MemoryStorage();

  @Test
  void aSegmentGoesOnceEveryKeptSnapshotCoversIt() throws IOException {
    Journal journal = open(disk);
    snapshot(journal, "before all");
    fillSegment(journal);
    journal.flush(true);
    journal.housekeep();
    assertThat(segments(disk)).contains(FileNames.segment(1));
    snapshot(journal, "one covers it");
    assertThat(segments(disk)).contains(FileNames.segment(1));
    snapshot(journal, "the same again");
    assertThat(segments(disk)).contains(FileNames.segment(1));
    append(journal, "x");
    snapshot(journal, "two cover it");
    assertThat(segments(disk)).doesNotContain(FileNames.segment(1)).contains(FileNames.segment(2));
  }

  @Test
  void aSegmentStaysWhileARecordInItIsNeeded() throws IOException {
    Journal journal = open(disk);
    long needed = append(journal, "needed");
    journal.retain(needed, 6);
    cover(journal);
    assertThat(segments(disk)).contains(FileNames.segment(1));
    assertThat(Collected.text(journal.read(needed))).isEqualTo("needed");
    journal.release(needed, 6);
    journal.housekeep();
    assertThat(segments(disk)).doesNotContain(FileNames.segment(1));
  }

  @Test
  void whatReleasedARecordMustBeDurableFirst() throws IOException {
    Journal journal = open(disk);
    long needed = append(journal, "needed");
    journal.retain(needed, 6);
    cover(journal);
    append(journal, "done with it");
    journal.release(needed, 6);
    journal.housekeep();
    assertThat(segments(disk)).contains(FileNames.segment(1));
    journal.flush(true);
    journal.housekeep();
    assertThat(segments(disk)).doesNotContain(FileNames.segment(1));
  }

  @Test
  void theNextSegmentsFirstRecordMustBeDurableFirst() throws IOException {
    Journal journal = Journal.open(disk, Disks.options(ForcePolicy.FORCE, 1), Runnable::run);
    journal.recover(new Collected());
    for (int i = 0; i < 63; i++) {
      append(journal, "x".repeat(1000));
    }
    snapshot(journal, "covers all of the first segment");
    append(journal, "y".repeat(1000));
    journal.housekeep();
    assertThat(journal.nextSequence()).isEqualTo(65);
    assertThat(segments(disk)).contains(FileNames.segment(1));
    journal.flush(true);
    journal.housekeep();
    assertThat(segments(disk)).doesNotContain(FileNames.segment(1));
  }

  @Test
  void theEmptiestCoveredSegmentIsToBeCleanedWhenLessThanHalfIsNeeded() {
    Journal journal = open(disk);
    long[] positions = new long[3];
    for (int i = 0; i < 3; i++) {
      positions[i] = append(journal, "x".repeat(10_000 * (3 - i)));
      journal.retain(positions[i], 10_000 * (3 - i));
      fillSegment(journal);
    }
    assertThat(journal.segmentToClean()).as("nothing is covered yet").isEmpty();
    cover(journal);
    assertThat(journal.segmentToClean()).hasValue(3);
    journal.release(positions[2], 10_000);
    assertThat(journal.segmentToClean()).hasValue(2);
    journal.retain(positions[1], 20_000);
    assertThat(journal.segmentToClean()).as("the second is more than half needed").hasValue(1);
  }

  @Test
  void aSnapshotMaySpeakOfADeletedSegmentIfReplayReleasesIt() throws IOException {
    Journal journal = open(disk);
    long needed = append(journal, "needed");
    journal.retain(needed, 6);
    cover(journal);
    append(journal, "done");
    journal.release(needed, 6);
    journal.flush(true);
    journal.housekeep();
    assertThat(segments(disk)).doesNotContain(FileNames.segment(1));
    journal.close();

    Journal again = Journal.open(disk, Disks.options(ForcePolicy.FORCE, 2), Runnable::run);
    again.recover(new Speaking(again, needed, true));
    again.close();
    Journal forgetful = Journal.open(disk, Disks.options(ForcePolicy.FORCE, 2), Runnable::run);
    assertThatThrownBy(() -> forgetful.recover(new Speaking(forgetful, needed, false)))
        .isInstanceOf(StorageFailed.class)
        .hasMessageContaining(FileNames.segment(1))
        .hasMessageContaining("missing");
  }

  @Test
  void liveBytesAreCountedExactly() {
    Journal journal = open(disk);
    long position = append(journal, "needed");
    journal.retain(position, 6);
    assertThatThrownBy(() -> journal.release(position, 7))
        .isInstanceOf(IllegalStateException.class);
    journal.release(position, 6);
    assertThatThrownBy(() -> journal.release(position, 6))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> journal.retain(Segment.position(9, 32), 6))
        .isInstanceOf(StorageFailed.class);
    assertThatThrownBy(() -> journal.release(Segment.position(9, 32), 6))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatCouldNotBeDeletedIsTriedAgain() throws IOException {
    FaultyStorage faulty = new FaultyStorage(disk, Operation.DELETE, 1, Effect.ERROR);
    Journal journal = Journal.open(faulty, Disks.options(ForcePolicy.FORCE, 1), Runnable::run);
    journal.recover(new Collected());
    fillSegment(journal);
    snapshot(journal, "state");
    assertThat(segments(disk)).contains(FileNames.segment(1));
    assertThat(journal.backgroundFailure()).isPresent();
    journal.housekeep();
    assertThat(segments(disk)).doesNotContain(FileNames.segment(1));
    assertThat(journal.backgroundFailure()).isEmpty();
  }

  /** Two snapshots behind the first segment. */
  private static void cover(Journal journal) {
    for (int i = 0; i < 2; i++) {
      fillSegment(journal);
      snapshot(journal, "state");
    }
  }

  private static List<String> segments(Storage disk) throws IOException {
    return disk.list().stream().filter(name -> name.startsWith("journal")).toList();
  }

  /**
   * Takes the snapshot to say that a record is needed, and a record, if it listens, to say that it
   * is not.
   */
  private record Speaking(Journal journal, long needed, boolean listens)
      implements RecoveryVisitor {

    @Override
    public void snapshotChunk(ByteBuffer chunk) {
      journal.retain(needed, 6);
    }

    @Override
    public void record(byte type, long position, ByteBuffer payload) {
      if (listens && Collected.text(payload).equals("done")) {
        journal.release(needed, 6);
      }
    }
  }
}
