package io.queueruntime.journal;

import static org.assertj.core.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The smallest thing that uses a journal as the engine does: entries that are added, moved and
 * done, kept as positions of their records, written down by fuzzy snapshots. Every record says its
 * own sequence, so that what comes back can be compared with what was appended.
 *
 * <p>Confined to its test.
 */
final class LedgerOnJournal implements RecoveryVisitor {

  private static final byte ADDED = 1;
  private static final byte MOVED = 2;
  private static final byte DONE = 3;
  private static final int HEAD = 16;

  /** What was appended, by sequence; the truth that recovery is held against. */
  static final class History {
    private final List<byte[]> payloads = new ArrayList<>();
    private final List<Byte> types = new ArrayList<>();
    private final List<Boolean> more = new ArrayList<>();

    long last() {
      return payloads.size();
    }

    boolean endsGroup(long sequence) {
      return sequence == 0 || !more.get((int) sequence - 1);
    }

    private void add(byte type, byte[] payload, boolean goesOn) {
      types.add(type);
      payloads.add(payload);
      more.add(goesOn);
    }

    private void cutAfter(long sequence) {
      payloads.subList((int) sequence, payloads.size()).clear();
      types.subList((int) sequence, types.size()).clear();
      more.subList((int) sequence, more.size()).clear();
    }

    /** Bodies of the entries that are not done. */
    private TreeMap<Long, byte[]> state() {
      TreeMap<Long, byte[]> state = new TreeMap<>();
      for (int i = 0; i < payloads.size(); i++) {
        long key = ByteBuffer.wrap(payloads.get(i)).getLong(8);
        if (types.get(i) == DONE) {
          state.remove(key);
        } else {
          state.put(key, payloads.get(i));
        }
      }
      return state;
    }
  }

  private record Place(long position, int size) {}

  final Journal journal;
  private final History history;
  private final TreeMap<Long, Place> entries = new TreeMap<>();

  private @Nullable SnapshotWriter writer;
  private long writerStart;
  private long writerKey;
  private int writerChunks;

  private long covered = 1;
  private long shownUpTo;
  private int chunksSeen;
  private boolean snapshotEnded;
  private long recovered;

  LedgerOnJournal(Journal journal, History history) {
    this.journal = journal;
    this.history = history;
  }

  // --- at work

  void add(SplittableRandom random, int bodySize, boolean more) {
    long key = journal.nextSequence();
    byte[] body = new byte[bodySize];
    if (bodySize > 0) {
      int step = random.nextInt(1, 100);
      for (int i = 0; i < bodySize; i += step) {
        body[i] = (byte) random.nextInt();
      }
    }
    append(ADDED, key, body, more);
  }

  void done(SplittableRandom random, boolean more) {
    Long key = any(random);
    if (key != null) {
      append(DONE, key, new byte[0], more);
    }
  }

  private @Nullable Long any(SplittableRandom random) {
    Long key = entries.ceilingKey(random.nextLong(journal.nextSequence() + 1));
    return key == null && !entries.isEmpty() ? entries.firstKey() : key;
  }

  private void append(byte type, long key, byte[] body, boolean more) {
    long sequence = journal.nextSequence();
    byte[] payload = new byte[HEAD + body.length];
    ByteBuffer.wrap(payload).putLong(sequence).putLong(key).put(body);
    int split = body.length / 3;
    long position =
        journal.append(
            type,
            more,
            ByteBuffer.wrap(payload, 0, HEAD + split),
            split == 0 && body.length == 0
                ? null
                : ByteBuffer.wrap(payload, HEAD + split, payload.length - HEAD - split));
    history.add(type, payload, more);
    apply(type, key, position, payload.length);
  }

  private void apply(byte type, long key, long position, int size) {
    Place before = type == DONE ? entries.remove(key) : entries.put(key, new Place(position, size));
    if (type != DONE) {
      journal.retain(position, size);
    }
    if (before != null) {
      journal.release(before.position(), before.size());
    }
  }

  /** Moves what is left in the segment that is worth it; at most so many records. */
  void clean(int records) {
    int segment = journal.segmentToClean().orElse(-1);
    if (segment < 0) {
      return;
    }
    List<byte[]> moving = new ArrayList<>();
    List<Long> keys = new ArrayList<>();
    journal.scan(
        segment,
        0,
        records,
        (type, position, payload) -> {
          long key = payload.getLong(8);
          Place place = entries.get(key);
          if (place != null && place.position() == position) {
            byte[] body = new byte[payload.remaining() - HEAD];
            payload.position(HEAD).get(body);
            moving.add(body);
            keys.add(key);
          }
        });
    for (int i = 0; i < keys.size(); i++) {
      append(MOVED, keys.get(i), moving.get(i), false);
    }
  }

  void snapshotStep(SplittableRandom random) {
    if (writer == null) {
      if (journal.snapshotRunning()) {
        return;
      }
      writer = journal.startSnapshot();
      writerStart = journal.nextSequence();
      writerKey = 0;
      writerChunks = 0;
      return;
    }
    ByteBuffer chunk = ByteBuffer.allocate(24 + 20 * 32);
    chunk.putLong(writerStart).putLong(journal.nextSequence() - 1).putInt(0).putInt(++writerChunks);
    while (chunk.remaining() >= 20 && entries.ceilingKey(writerKey) != null) {
      long key = entries.ceilingKey(writerKey);
      Place place = entries.get(key);
      chunk.putLong(key).putLong(place.position()).putInt(place.size());
      writerKey = key + 1;
    }
    boolean end = entries.ceilingKey(writerKey) == null;
    chunk.putInt(16, end ? 1 : 0);
    writer.add(chunk.flip());
    if (random.nextInt(20) == 0) {
      writer.abort();
      writer = null;
    } else if (end) {
      SnapshotWriter ended = writer;
      writer = null;
      ended.commit();
    }
  }

  /** Reads all entries and compares them with the history. */
  void checkEntries() {
    TreeMap<Long, byte[]> expected = history.state();
    if (!entries.keySet().equals(expected.keySet())) {
      fail("entries are " + entries.keySet() + ", should be " + expected.keySet());
    }
    entries.forEach(this::checkEntry);
  }

  void checkAny(SplittableRandom random) {
    Long key = any(random);
    if (key != null) {
      checkEntry(key, entries.get(key));
    }
  }

  private void checkEntry(Long key, Place place) {
    byte[] read = new byte[place.size()];
    ByteBuffer payload = journal.read(place.position());
    if (payload.remaining() != read.length) {
      fail("entry " + key + " has " + payload.remaining() + " bytes, should have " + read.length);
    }
    payload.get(read);
    long sequence = ByteBuffer.wrap(read).getLong(0);
    if (!Arrays.equals(read, history.payloads.get((int) sequence - 1))) {
      fail("entry " + key + " is not what was appended");
    }
  }

  // --- coming back

  @Override
  public void snapshotChunk(ByteBuffer chunk) {
    covered = chunk.getLong();
    shownUpTo = Math.max(shownUpTo, chunk.getLong());
    snapshotEnded |= chunk.getInt() == 1;
    if (chunk.getInt() != ++chunksSeen) {
      fail("chunk " + chunksSeen + " of the snapshot is not in its place");
    }
    recovered = covered - 1;
    while (chunk.hasRemaining()) {
      apply(ADDED, chunk.getLong(), chunk.getLong(), chunk.getInt());
    }
  }

  @Override
  public void record(byte type, long position, ByteBuffer payload) {
    long sequence = payload.getLong(0);
    if (sequence != recovered + 1) {
      fail("record " + sequence + " follows " + recovered);
    }
    if (sequence > history.last()
        || !payload.equals(ByteBuffer.wrap(history.payloads.get((int) sequence - 1)))
        || type != history.types.get((int) sequence - 1)) {
      fail("record " + sequence + " was never appended like this");
    }
    recovered = sequence;
    Place before = type == DONE ? null : entries.get(payload.getLong(8));
    if (before == null || before.position() != position) {
      apply(type, payload.getLong(8), position, payload.remaining());
    }
  }

  /**
   * Recovers and compares; returns the last sequence that came back, which is the end of the
   * history from now on.
   */
  long recover(long atLeast) {
    journal.recover(this);
    if (chunksSeen > 0 && !snapshotEnded) {
      fail("the snapshot is not whole");
    }
    if (recovered < atLeast) {
      fail("records up to " + atLeast + " were durable, but only " + recovered + " came back");
    }
    if (recovered < shownUpTo) {
      fail("the snapshot shows record " + shownUpTo + ", but only " + recovered + " came back");
    }
    if (!history.endsGroup(recovered)) {
      fail("record " + recovered + " came back without the rest of its group");
    }
    if (journal.nextSequence() != recovered + 1) {
      fail("the journal goes on with " + journal.nextSequence() + " after " + recovered);
    }
    history.cutAfter(recovered);
    checkEntries();
    return recovered;
  }
}
