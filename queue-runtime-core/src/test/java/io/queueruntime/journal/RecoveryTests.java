package io.queueruntime.journal;

import static io.queueruntime.journal.Collected.bytes;
import static io.queueruntime.journal.Disks.append;
import static io.queueruntime.journal.Disks.content;
import static io.queueruntime.journal.Disks.fillSegment;
import static io.queueruntime.journal.Disks.flip;
import static io.queueruntime.journal.Disks.open;
import static io.queueruntime.journal.Disks.overwrite;
import static io.queueruntime.journal.Disks.snapshot;
import static io.queueruntime.journal.Disks.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.StorageFailed.Reason;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.PowerLossStorage;
import io.queueruntime.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RecoveryTests {

  private static final String FIRST = FileNames.segment(1);
  private static final Logger WARNINGS = (Logger) LoggerFactory.getLogger(DirectoryContent.class);

  @BeforeAll
  static void keepQuietAboutDamageThatIsMeant() {
    WARNINGS.setLevel(Level.OFF);
  }

  @AfterAll
  static void speakAgain() {
    WARNINGS.setLevel(null);
  }

  @Test
  void eachSegmentThatIsCutOffIsGoneForGoodBeforeTheOneInFrontOfIt() {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = Disks.open(disk);
    Disks.append(journal, "whole");
    for (int i = 0; i < 150; i++) { // A group without an end, through three segments.
      journal.append((byte) 1, true, Collected.bytes("x".repeat(1000)), null);
    }
    journal.flush(true);
    journal.housekeep();

    LoggedStorage logged = new LoggedStorage(disk, new ArrayList<>());
    Disks.open(logged);
    List<String> deletions =
        logged.log().stream()
            .filter(line -> line.startsWith("delete journal") || line.startsWith("forceDirectory"))
            .dropWhile(line -> !line.startsWith("delete"))
            .toList();
    assertThat(deletions.stream().filter(line -> line.startsWith("delete")).count())
        .isGreaterThan(1);
    for (int i = 0; i < deletions.size(); i++) {
      if (deletions.get(i).startsWith("delete")) {
        assertThat(deletions.get(i + 1)).startsWith("forceDirectory");
      }
    }
  }

  @Test
  void anEmptyDirectoryStartsWithSequenceOne() {
    Collected found = new Collected();
    Journal journal = open(new MemoryStorage(), found);
    assertThat(found.records).isEmpty();
    assertThat(journal.nextSequence()).isEqualTo(1);
  }

  @Test
  void aTailTornAtAnyByteIsCutToWholeRecordsAndGroups() {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    List<Integer> ends = new ArrayList<>();
    String[] texts = {"one", "two", "", "four", "five"};
    for (int i = 0; i < texts.length; i++) {
      // The second to the fourth are one group.
      long position = journal.append((byte) 1, i == 1 || i == 2, bytes(texts[i]), null);
      ends.add(Segment.offset(position) + RecordFrame.SIZE + texts[i].length());
    }
    journal.flush(true);
    TreeMap<String, ByteBuffer> whole = content(disk);

    for (int cut = SegmentHeader.SIZE; cut <= ends.get(4); cut++) {
      byte[] torn = Arrays.copyOf(whole.get(FIRST).array(), whole.get(FIRST).capacity());
      Arrays.fill(torn, cut, torn.length, (byte) 0);
      MemoryStorage tornDisk = with(new TreeMap<>(Map.of(FIRST, ByteBuffer.wrap(torn))));
      Collected found = new Collected();
      Journal again = open(tornDisk, found);
      int records = cut < ends.get(0) ? 0 : cut < ends.get(3) ? 1 : cut < ends.get(4) ? 4 : 5;
      assertThat(found.records).as("cut at %d", cut).isEqualTo(List.of(texts).subList(0, records));

      append(again, "next");
      again.close();
      Collected second = new Collected();
      open(tornDisk, second);
      List<String> expected = new ArrayList<>(found.records);
      expected.add("next");
      assertThat(second.records).as("after the cut at %d", cut).isEqualTo(expected);
    }
  }

  @Test
  void recordsBeyondTheCutNeverComeBack() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    long first = append(journal, "same length 1");
    append(journal, "same length 2");
    append(journal, "same length 3");
    journal.flush(true);
    overwrite(disk, FIRST, Segment.offset(first), new byte[RecordFrame.SIZE]);

    // Nothing proves that the first was forced: all three were one batch.
    Journal again = open(disk);
    assertThat(again.nextSequence()).isEqualTo(1);
    append(again, "another one 1");
    again.close();
    Collected found = new Collected();
    open(disk, found);
    assertThat(found.records).containsExactly("another one 1");
  }

  @Test
  void laterSegmentsGoWithTheTail() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    long first = append(journal, "first");
    fillSegment(journal);
    fillSegment(journal);
    journal.flush(true);
    assertThat(disk.list()).contains(FileNames.segment(3));
    flip(disk, FIRST, Segment.offset(first) + RecordFrame.SIZE);

    open(disk);
    assertThat(disk.list()).containsExactly(FIRST);
  }

  @Test
  void whatACutDeletedIsGoneForGoodBeforeAnythingIsAppended() {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    long first = append(journal, "first");
    fillSegment(journal);
    fillSegment(journal);
    journal.flush(true);
    flip(disk, FIRST, Segment.offset(first) + RecordFrame.SIZE);
    List<String> log = new ArrayList<>();
    append(open(new LoggedStorage(disk, log)), "next");
    assertThat(log)
        .containsSubsequence(
            "delete journal 3",
            "delete journal 2",
            "forceDirectory",
            "write journal 1",
            "force journal 1");
  }

  @Test
  void aSegmentThatWasReadyWhenTheProcessEndedIsNotLostWithItsName() {
    for (int step = 0; step < 8; step++) {
      PowerLossStorage disk = new PowerLossStorage();
      Journal journal = open(disk);
      disk.stopAfter(step);
      for (int i = 0; i < 20; i++) {
        append(journal, "x".repeat(1000));
      }
      Journal again = open(disk.goOn());
      fillSegment(again);
      append(again, "last");
      again.flush(true);
      for (long seed = 0; seed < 10; seed++) {
        Collected found = new Collected();
        open(disk.powerCut(seed), found);
        assertThat(found.records).as("step %d, seed %d", step, seed).endsWith("last");
      }
    }
  }

  @Test
  void damageInTheMiddleIsRefusedAndNothingIsChanged() {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    List<Long> positions = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      positions.add(append(journal, "record " + i));
      journal.flush(true);
    }
    int third = Segment.offset(positions.get(2));
    int fourth = Segment.offset(positions.get(3));
    for (int at = third; at < fourth; at++) {
      MemoryStorage damaged = with(content(disk));
      flip(damaged, FIRST, at);
      StorageFailed refused = refused(damaged);
      assertThat(refused)
          .hasMessageContaining(FIRST)
          .hasMessageContaining("offset " + third)
          .hasMessageContaining("record 3 was expected")
          .hasMessageContaining("2 valid records follow")
          .hasMessageContaining("Nothing was changed")
          .hasMessageContaining("backup");
    }
  }

  @Test
  void aHoleBeforeALaterSegmentIsRefused() {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    append(journal, "first");
    journal.flush(true);
    long second = append(journal, "second");
    journal.flush(true);
    fillSegment(journal);
    journal.flush(true);
    append(journal, "behind");
    journal.flush(true);
    overwrite(
        disk, FIRST, Segment.offset(second), new byte[Disks.SEGMENT - Segment.offset(second)]);
    assertThat(refused(disk)).hasMessageContaining("there are zeros");
  }

  @Test
  void theLastRecordsAreRefusedWhenASnapshotSaysTheyWereThere() {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    append(journal, "first");
    SnapshotWriter writer = journal.startSnapshot();
    long last = append(journal, "while the snapshot is written");
    writer.commit();
    flip(disk, FIRST, Segment.offset(last) + RecordFrame.SIZE + 3);
    assertThat(refused(disk)).hasMessageContaining("the snapshot says");
  }

  @Test
  void aMissingSegmentIsRefusedAlsoWhenTheNextOneIsEmpty() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    fillSegment(journal);
    for (int i = 0; i < 30; i++) {
      append(journal, "x".repeat(1000)); // Enough for the third to be prepared.
    }
    journal.flush(true);
    assertThat(disk.list()).contains(FileNames.segment(3));
    disk.delete(FileNames.segment(2));
    assertThat(refused(disk))
        .hasMessageContaining(FileNames.segment(2))
        .hasMessageContaining("not there");
  }

  @Test
  void aMissingFirstSegmentIsRefused() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    fillSegment(journal);
    journal.flush(true);
    disk.delete(FIRST);
    assertThat(refused(disk)).hasMessageContaining("first one left is " + FileNames.segment(2));
  }

  @Test
  void aHeaderWithAnyByteChangedIsRefused() {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    append(journal, "first");
    journal.flush(true);
    for (int at = 0; at < SegmentHeader.SIZE; at++) {
      MemoryStorage damaged = with(content(disk));
      flip(damaged, FIRST, at);
      assertThat(refused(damaged)).hasMessageContaining(FIRST);
    }
  }

  @Test
  void aSegmentOfTheWrongLengthIsRefused() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    open(disk).flush(true);
    disk.open(FIRST).truncate(Disks.SEGMENT - 1);
    assertThat(refused(disk)).hasMessageContaining("instead of " + Disks.SEGMENT);
    disk.open(FIRST).truncate(0);
    assertThat(refused(disk)).hasMessageContaining("does not begin like a segment");
  }

  @Test
  void aNewerFormatIsToldAsSuch() {
    MemoryStorage disk = new MemoryStorage();
    open(disk).flush(true);
    ByteBuffer header =
        ByteBuffer.wrap(Arrays.copyOf(content(disk).get(FIRST).array(), SegmentHeader.SIZE));
    CRC32C crc = new CRC32C();
    crc.update(header.putInt(8, 2).array(), 0, SegmentHeader.SIZE - 4);
    overwrite(disk, FIRST, 0, header.putInt(SegmentHeader.SIZE - 4, (int) crc.getValue()).array());
    TreeMap<String, ByteBuffer> before = content(disk);
    StorageFailed refused = catchThrowableOfType(StorageFailed.class, () -> open(disk));
    assertThat(refused.reason()).isEqualTo(Reason.NEWER_FORMAT);
    assertThat(refused).hasMessageContaining("format version 2");
    assertThat(content(disk)).isEqualTo(before);
  }

  @Test
  void filesOfTwoDirectoriesAreNotMixed() {
    MemoryStorage one = new MemoryStorage();
    MemoryStorage other = new MemoryStorage();
    for (MemoryStorage disk : List.of(one, other)) {
      Journal journal = open(disk);
      fillSegment(journal);
      journal.flush(true);
    }
    TreeMap<String, ByteBuffer> mixed = content(one);
    mixed.put(FileNames.segment(2), content(other).get(FileNames.segment(2)));
    assertThat(refused(with(mixed))).hasMessageContaining("belongs to another data directory");
  }

  @Test
  void aRecordMadeUpInAPayloadProvesNothing() {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    append(journal, "first");
    journal.flush(true);
    // What a sender could make of the documented format, not knowing the directory's id: record 9
    // after record 8.
    ByteBuffer forged = ByteBuffer.allocate(RecordFrame.SIZE + 4);
    RecordFrame.put(forged, 0, forged.capacity(), 9, 8, (byte) 1, false);
    forged.putInt(0, RecordFrame.crc(new CRC32C(), 0, forged, 0, forged.capacity()));
    long position = journal.append((byte) 1, false, forged, null);
    journal.flush(true);
    flip(disk, FIRST, Segment.offset(position));
    Collected found = new Collected();
    open(disk, found);
    assertThat(found.records).containsExactly("first");
  }

  @Test
  void preparedSegmentsAreUsedAfterARestart() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    for (int i = 0; i < 30; i++) {
      append(journal, "x".repeat(1000));
    }
    journal.close();
    List<String> before = disk.list();
    assertThat(before).containsExactly(FIRST, FileNames.segment(2));
    Journal again = open(disk);
    assertThat(disk.list()).isEqualTo(before);
    fillSegment(again);
    again.close();
    Collected found = new Collected();
    open(disk, found);
    assertThat(found.records).hasSizeGreaterThan(60);
  }

  @Test
  void leftoversOfUnfinishedFilesGo() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    disk.create(FileNames.unfinished(FileNames.segment(1), 7));
    disk.create(FileNames.unfinished(FileNames.snapshot(12), 1));
    disk.create("notes.txt");
    open(disk);
    assertThat(disk.list()).containsExactly(FIRST, "notes.txt");
  }

  @Test
  void garbageNeverEndsInAnythingButARefusalOrACut() {
    for (long seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      MemoryStorage disk = new MemoryStorage();
      Journal journal = open(disk);
      List<String> written = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        written.add("record " + i);
        append(journal, "record " + i);
        if (random.nextInt(3) == 0) {
          journal.flush(true);
        }
      }
      journal.close();
      for (int damages = random.nextInt(1, 5); damages > 0; damages--) {
        byte[] garbage = new byte[random.nextInt(1, 200)];
        random.nextBytes(garbage);
        int at = random.nextInt(SegmentHeader.SIZE, 3000);
        overwrite(disk, FIRST, at, garbage);
        if (random.nextBoolean()) {
          // A length that is absurd, at a place where one could stand.
          overwrite(disk, FIRST, at, new byte[] {1, 2, 3, 4, 0x7f, -1, -1, -1});
        }
      }
      TreeMap<String, ByteBuffer> before = content(disk);
      Collected found = new Collected();
      try {
        open(disk, found);
        assertThat(found.records).isEqualTo(written.subList(0, found.records.size()));
      } catch (StorageFailed e) {
        assertThat(e.reason()).isEqualTo(Reason.DAMAGED);
        assertThat(content(disk)).isEqualTo(before);
      }
    }
  }

  @Test
  void aJournalThatIsNotDurableDoesNotTouchOneThatIs() {
    MemoryStorage disk = new MemoryStorage();
    append(open(disk), "first");
    TreeMap<String, ByteBuffer> before = content(disk);
    Journal journal = Journal.open(disk, Disks.options(ForcePolicy.NEVER, 1), Runnable::run);
    StorageFailed refused =
        catchThrowableOfType(StorageFailed.class, () -> journal.recover(new Collected()));
    assertThat(refused.reason()).isEqualTo(Reason.DIRECTORY_NOT_USABLE);
    assertThat(content(disk)).isEqualTo(before);
  }

  @Test
  void aNewestSnapshotThatIsDamagedIsPassedOverForTheOneBefore() {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = open(disk);
    append(journal, "1");
    snapshot(journal, "state 1");
    append(journal, "2");
    snapshot(journal, "state 2");
    append(journal, "3");
    journal.close();
    ByteBuffer newest = Disks.read(disk, FileNames.snapshot(3));
    for (int at = 0; at < newest.limit(); at++) {
      MemoryStorage damaged = with(content(disk));
      flip(damaged, FileNames.snapshot(3), at);
      Collected found = new Collected();
      open(damaged, found);
      assertThat(found.chunks).as("byte %d", at).containsExactly("state 1");
      assertThat(found.records).containsExactly("2", "3");
    }
  }

  @Test
  void noSnapshotBehindTheFirstSegmentLeftIsRefused() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    Journal journal = Journal.open(disk, Disks.options(ForcePolicy.FORCE, 1), Runnable::run);
    journal.recover(new Collected());
    fillSegment(journal);
    snapshot(journal, "state");
    journal.close();
    assertThat(disk.list()).doesNotContain(FIRST);
    String snapshot =
        disk.list().stream().filter(name -> name.endsWith(".qs")).findFirst().orElseThrow();
    flip(disk, snapshot, SnapshotFile.HEADER_SIZE);
    assertThat(refused(disk))
        .hasMessageContaining("no snapshot can be read")
        .hasMessageContaining(snapshot);
    disk.delete(snapshot);
    assertThat(refused(disk)).hasMessageContaining("no snapshot can be read");
  }

  private static StorageFailed refused(Storage disk) {
    TreeMap<String, ByteBuffer> before = content(disk);
    StorageFailed refused = catchThrowableOfType(StorageFailed.class, () -> open(disk));
    assertThat(refused).isNotNull();
    assertThat(refused.reason()).isEqualTo(Reason.DAMAGED);
    assertThat(content(disk)).isEqualTo(before);
    return refused;
  }
}
