package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.journal.SnapshotWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the state down a little at a time, between batches, so that nobody waits for it.
 *
 * <p>The snapshot is fuzzy: it covers the journal up to its start, and shows later effects for what
 * it came to later. That is right because recovery applies everything since the start again, and
 * events say what holds, not what changed. Messages are visited in ascending sequence, so one that
 * moves to a new place at the end while the snapshot runs is met there if it was not met before.
 * Confined to the engine thread.
 */
final class Snapshotting {

  /** About a tenth of a millisecond, which is what every turn's answers wait longer meanwhile. */
  private static final int ENTRIES_PER_STEP = 500;

  private static final int CHUNK_BYTES = 256 * 1024;

  /** How long no snapshot is tried after one that failed. */
  private static final long REST_MILLIS = 5_000;

  /** The least time between two snapshots while messages are refused for want of space. */
  private static final long REST_WITHOUT_SPACE_MILLIS = 250;

  /** The same after one that failed: perhaps somebody has made some room. */
  private static final long RETRY_WITHOUT_SPACE_MILLIS = 1_000;

  private final EngineContext context;
  private final RecordStore records;
  private final Bytes chunk = new Bytes(8 * 1024);
  private final List<Reply<Void>> asked = new ArrayList<>();
  private final List<Reply<Void>> answered = new ArrayList<>();
  private @Nullable SnapshotWriter writer;
  private @Nullable Iterator<QueueState> queues;
  private @Nullable QueueState queue;
  private final ArrayDeque<Session> sessions = new ArrayDeque<>();
  private long nextDuplicate;
  private long endOfDuplicates;
  private boolean inDead;
  private long nextSequence;
  private boolean finishing;
  private long failuresBefore;

  /** Before that moment of the ticker none is begun that nobody asked for. */
  private long restUntil = Long.MIN_VALUE;

  private long lastStart;

  /** How many more snapshots it takes until the ones before the last change are gone. */
  private int moreForSpace;

  Snapshotting(EngineContext context, RecordStore records) {
    this.context = context;
    this.records = records;
    this.lastStart = context.tick();
  }

  /** Asks for a snapshot that shows all that has happened by now. */
  void ask(Reply<Void> reply) {
    if (records.isRecoverable()) {
      asked.add(reply);
    } else {
      reply.failure(notDurable());
    }
  }

  /** Whether somebody asked and one can be begun. */
  boolean isAsked() {
    return !asked.isEmpty() && !finishing;
  }

  /** Whoever asked and was not answered yet never will be. */
  void failAsking(QueueRuntimeException why) {
    asked.forEach(reply -> reply.fail(why));
    asked.clear();
    answered.forEach(reply -> reply.fail(why));
    answered.clear();
  }

  private static UnsupportedCapability notDurable() {
    return new UnsupportedCapability(
        null, "Cannot write a snapshot: nothing of this engine is durable.");
  }

  /** Does a little; true when there is more to do at once. */
  boolean step() {
    if (!records.isRecoverable()) {
      failAsking(notDurable());
      return false;
    }
    if (finishing) {
      if (records.snapshotRunning()) {
        return false;
      }
      ended();
    }
    if (writer == null) {
      if (!isDue()) {
        return false;
      }
      start();
    }
    return writeSome();
  }

  /**
   * Says how the one that was being written ended; one that failed is not tried again at once,
   * which would never end.
   */
  private void ended() {
    finishing = false;
    records.housekeep();
    boolean failed = records.snapshotFailures() > failuresBefore;
    boolean hurry = context.log.isShortOfSpace();
    restUntil =
        failed ? context.tick() + (hurry ? RETRY_WITHOUT_SPACE_MILLIS : REST_MILLIS) : restUntil;
    Throwable why = failed ? records.backgroundFailure() : null;
    for (Reply<Void> reply : answered) {
      if (failed) {
        reply.failure(
            new StorageFailed(
                "The snapshot could not be written: %s. The journal still has everything; see to the disk and try again."
                    .formatted(why),
                why));
      } else {
        reply.done();
      }
    }
    answered.clear();
  }

  /** Writes all of it, now: at a shutdown. */
  void complete() {
    if (writer == null
        && !finishing
        && records.isRecoverable()
        && records.recordsSinceSnapshot() > 0) {
      start();
    }
    while (writer != null) {
      writeSome();
    }
  }

  private boolean isDue() {
    if (!asked.isEmpty()) {
      return true;
    }
    if (context.tick() < restUntil) {
      return false;
    }
    long fresh = records.recordsSinceSnapshot();
    if (context.log.isShortOfSpace() && mayFreeSpace(fresh)) {
      return true;
    }
    boolean intervalOver =
        context.tick() - lastStart >= context.options.snapshotInterval().toMillis();
    if (fresh == 0 || fresh < context.options.snapshotEvery() && !intervalOver) {
      return false;
    }
    // The more there is to write, the rarer: a snapshot costs what is live, so it waits for work in
    // proportion to that.
    return fresh >= records.live() / (intervalOver ? 16 : 4);
  }

  /**
   * While messages are refused for want of space, snapshots come sooner: segments in which nothing
   * is needed any more go only once every snapshot that is kept covers them.
   */
  private boolean mayFreeSpace(long fresh) {
    if (context.tick() - lastStart < REST_WITHOUT_SPACE_MILLIS) {
      return false;
    }
    if (fresh > 0 && fresh >= records.live() / 16) {
      moreForSpace = context.options.snapshotsKept() - 1;
      return true;
    }
    if (moreForSpace == 0) {
      return false;
    }
    moreForSpace--;
    context.log.recordNothing();
    return true;
  }

  private void start() {
    lastStart = context.tick();
    failuresBefore = records.snapshotFailures();
    answered.addAll(asked);
    asked.clear();
    writer = records.startSnapshot();
    chunk.clear().u8(SnapshotCodec.ENGINE).i32(context.state.nextQueueId());
    writer.add(chunk.view());
    queues = List.copyOf(context.state.queues()).iterator();
    queue = null;
  }

  private boolean writeSome() {
    SnapshotWriter to = writer;
    if (to == null || queues == null) {
      return false;
    }
    if (queue == null) {
      if (!queues.hasNext()) {
        writer = null;
        queues = null;
        finishing = true;
        to.commit();
        return true;
      }
      queue = queues.next();
      if (context.state.find(queue.id) != queue) {
        queue = null;
        return true;
      }
      chunk.clear();
      SnapshotCodec.queue(chunk, queue);
      to.add(chunk.view());
      inDead = false;
      nextSequence = 0;
      from(queue);
      return true;
    }
    if (context.state.find(queue.id) != queue) {
      // Deleted since: the journal says so after the snapshot's start.
      queue = null;
      return true;
    }
    if (!sessions.isEmpty()) {
      writeSessions(to, queue);
    } else if (nextDuplicate < endOfDuplicates) {
      writeDuplicates(to, queue);
    } else {
      writeMessages(to, queue);
    }
    return true;
  }

  /** What is there now is written a little at a time; what comes later stands in the journal. */
  private void from(QueueState begun) {
    sessions.clear();
    for (Session session : begun.sessions.values()) {
      if (session.state != null) {
        sessions.add(session);
      }
    }
    begun.duplicates.forget(context.wall());
    nextDuplicate = begun.duplicates.firstEntry();
    endOfDuplicates = begun.duplicates.endEntry();
  }

  private void writeMessages(SnapshotWriter to, QueueState from) {
    MessageDirectory directory = inDead ? from.dead : from.main;
    chunk.clear().u8(SnapshotCodec.MESSAGES).i32(from.id);
    StoredMessage message = directory.ceiling(nextSequence);
    for (int n = 0; message != null && n < ENTRIES_PER_STEP && chunk.length() < CHUNK_BYTES; n++) {
      SnapshotCodec.message(chunk, from, message);
      nextSequence = message.sequence + 1;
      message = directory.ceiling(nextSequence);
    }
    to.add(chunk.view());
    if (message == null) {
      nextSequence = 0;
      if (inDead) {
        queue = null;
      }
      inDead = !inDead;
    }
  }

  private void writeSessions(SnapshotWriter to, QueueState from) {
    start(SnapshotCodec.SESSIONS, from);
    Session session = sessions.poll();
    for (int n = 0; session != null; session = sessions.poll()) {
      if (session.state != null) {
        chunk.text(session.sessionId()).bytes(session.state);
      }
      if (++n == ENTRIES_PER_STEP || chunk.length() > CHUNK_BYTES) {
        break;
      }
    }
    to.add(chunk.view());
  }

  private void writeDuplicates(SnapshotWriter to, QueueState from) {
    start(SnapshotCodec.DUPLICATES, from);
    // What ended since the last step is gone.
    nextDuplicate = Math.max(nextDuplicate, from.duplicates.firstEntry());
    long last = Math.min(endOfDuplicates, from.duplicates.endEntry());
    long end = Math.min(last, nextDuplicate + ENTRIES_PER_STEP);
    for (; nextDuplicate < end; nextDuplicate++) {
      from.duplicates.write(nextDuplicate, chunk);
    }
    to.add(chunk.view());
    if (nextDuplicate >= last) {
      endOfDuplicates = nextDuplicate;
    }
  }

  private void start(byte kind, QueueState from) {
    chunk.clear().u8(kind).i32(from.id);
  }
}
