package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Directories that were written long ago stay readable, and whatever happens to their bytes ends in
 * one of three ways: they show the same as before, they show it without the last group (whose end
 * nothing proves), or they refuse by name. Never is anything shown that was not there, and no start
 * goes on for ever.
 *
 * <p>The default build tries a sample; {@code -Dqueue-runtime.corruption=all} tries every byte.
 */
class GoldenDirectoryTests {

  private static final boolean ALL =
      "all".equals(System.getProperty("queue-runtime.corruption", "sample"));
  private static final int SAMPLES = 150;
  private static final int SECTOR = 512;

  /** How an open of changed files ended. */
  private enum Outcome {
    SAME,
    WITHOUT_ITS_END,
    REFUSED
  }

  private final Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);

  @Test
  void directoriesOfThisFormatVersionShowWhatTheyAlwaysShowed() {
    assertThat(GoldenDirectory.all()).hasSizeGreaterThanOrEqualTo(12);
    for (GoldenDirectory directory : GoldenDirectory.all()) {
      assertThat(directory.open(directory.files()))
          .as(directory.name())
          .isEqualTo(directory.shows());
    }
  }

  @Test
  void flippedByteIsNeverShownAsSomethingElse() {
    for (GoldenDirectory directory : GoldenDirectory.all()) {
      SplittableRandom random = new SplittableRandom(directory.wall());
      directory
          .files()
          .forEach(
              (name, bytes) -> {
                int used = used(bytes);
                int step = ALL ? 1 : Math.max(1, used * directory.files().size() / SAMPLES);
                for (int at = ALL ? 0 : random.nextInt(step); at < bytes.length; ) {
                  byte[] changed = bytes.clone();
                  changed[at] ^= (byte) (1 + random.nextInt(255));
                  judge(directory, name, changed, "byte " + at + " flipped");
                  // Behind what is used there are zeros, all alike.
                  at += at < used ? step : Math.max(step, bytes.length / 8);
                }
              });
    }
    // A check that sees no refusals and no cuts has not looked.
    assertThat(outcomes).containsKeys(Outcome.SAME, Outcome.WITHOUT_ITS_END, Outcome.REFUSED);
  }

  @Test
  void fileThatIsCutIsRefusedOrMadeUpFor() {
    for (GoldenDirectory directory : GoldenDirectory.all()) {
      directory
          .files()
          .forEach(
              (name, bytes) -> {
                int used = used(bytes);
                int step = ALL ? 1 : Math.max(1, used / 12);
                for (int length = 0; length < bytes.length; ) {
                  judge(directory, name, Arrays.copyOf(bytes, length), "cut at " + length);
                  length += length < used ? step : Math.max(step, bytes.length / 4);
                }
              });
    }
    assertThat(outcomes).containsKeys(Outcome.SAME, Outcome.REFUSED);
  }

  @Test
  void sectorsThatAreLostSwappedOrDoubledAreNeverShownAsSomethingElse() {
    for (GoldenDirectory directory : GoldenDirectory.all()) {
      SplittableRandom random = new SplittableRandom(directory.tick());
      directory
          .files()
          .forEach(
              (name, bytes) -> {
                int sectors = (used(bytes) + SECTOR - 1) / SECTOR;
                int step = ALL ? 1 : Math.max(1, sectors / 6);
                for (int sector = 0; sector < sectors; sector += step) {
                  int at = sector * SECTOR;
                  int end = Math.min(bytes.length, at + SECTOR);
                  byte[] lost = bytes.clone();
                  Arrays.fill(lost, at, end, (byte) 0);
                  judge(directory, name, lost, "sector " + sector + " lost");
                  int other = random.nextInt(sectors) * SECTOR;
                  int count = Math.min(end - at, Math.min(SECTOR, bytes.length - other));
                  byte[] doubled = bytes.clone();
                  System.arraycopy(bytes, other, doubled, at, count);
                  judge(directory, name, doubled, "sector at " + other + " also at " + at);
                  byte[] swapped = doubled.clone();
                  System.arraycopy(bytes, at, swapped, other, count);
                  judge(
                      directory, name, swapped, "sectors at " + other + " and " + at + " swapped");
                }
              });
    }
    assertThat(outcomes).containsKeys(Outcome.SAME, Outcome.REFUSED);
  }

  @Test
  void garbageBehindAFileAndFilesOfAnotherDirectoryAreRefusedOrIgnored() {
    List<GoldenDirectory> all = GoldenDirectory.all();
    for (int i = 0; i < all.size(); i++) {
      GoldenDirectory directory = all.get(i);
      GoldenDirectory other = all.get((i + 1) % all.size());
      SplittableRandom random = new SplittableRandom(i);
      directory
          .files()
          .forEach(
              (name, bytes) -> {
                byte[] longer = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(2000));
                for (int at = bytes.length; at < longer.length; at++) {
                  longer[at] = (byte) random.nextInt();
                }
                judge(directory, name, longer, "garbage behind it");
                if (directory.files().size() > 1) { // Alone it would be that other directory.
                  byte[] foreign = other.files().firstEntry().getValue();
                  judge(directory, name, foreign, "the file of another directory");
                }
              });
    }
    assertThat(outcomes).containsKeys(Outcome.REFUSED);
  }

  /** How far a file holds anything but zeros. */
  private static int used(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return end;
  }

  /** Each test has made its own changes. */
  @AfterEach
  void tell() {
    int changes = outcomes.values().stream().mapToInt(Integer::intValue).sum();
    if (changes > 0) {
      System.out.printf("RIG corruption cycles=%d violations=0 %s%n", changes, outcomes);
    }
  }

  private void judge(GoldenDirectory directory, String file, byte[] changed, String what) {
    TreeMap<String, byte[]> files = new TreeMap<>(directory.files());
    files.put(file, changed);
    String where = directory.name() + ", " + file + ", " + what;
    Outcome outcome;
    try {
      String shown = directory.open(files);
      if (shown.equals(directory.shows())) {
        outcome = Outcome.SAME;
      } else {
        assertThat(prefixes(directory, file, changed)).as(where).contains(shown);
        outcome = Outcome.WITHOUT_ITS_END;
      }
    } catch (StorageFailed refused) {
      checkNames(refused, where);
      outcome = Outcome.REFUSED;
    } catch (CompletionException e) {
      assertThat(e.getCause()).as(where).isInstanceOf(StorageFailed.class);
      checkNames((StorageFailed) e.getCause(), where);
      outcome = Outcome.REFUSED;
    }
    outcomes.merge(outcome, 1, Integer::sum);
  }

  private static void checkNames(StorageFailed refused, String where) {
    assertThat(refused.getMessage())
        .as(where)
        .containsPattern("(journal|snapshot)-\\d+\\.q[js]|[Mm]essage \\d+ of queue|a snapshot");
  }

  /**
   * What the directory may show when it ends before a record that was changed: nothing else, if a
   * record that was not changed proves that it was there.
   */
  private static List<String> prefixes(GoldenDirectory directory, String file, byte[] changed) {
    byte[] before = directory.files().get(file);
    List<RecordPlace> records = RecordPlace.all(directory.files());
    List<RecordPlace> whole =
        records.stream()
            .filter(
                record ->
                    !record.file().equals(file)
                        || record.end() <= changed.length
                            && Arrays.equals(
                                before,
                                record.offset(),
                                record.end(),
                                changed,
                                record.offset(),
                                record.end()))
            .toList();
    long proven = whole.stream().mapToLong(RecordPlace::proven).max().orElse(0);
    return records.stream()
        .filter(record -> whole.size() < records.size() && record.sequence() > proven)
        .map(record -> openedOrRefused(directory, record.cutBefore(directory.files())))
        .toList();
  }

  private static String openedOrRefused(GoldenDirectory directory, TreeMap<String, byte[]> files) {
    try {
      return directory.open(files);
    } catch (StorageFailed refused) {
      return "refused";
    }
  }
}
