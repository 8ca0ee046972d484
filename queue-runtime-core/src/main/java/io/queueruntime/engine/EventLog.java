package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.Event.Delivered;
import io.queueruntime.engine.Event.Enqueued;
import io.queueruntime.engine.Event.Relocated;
import io.queueruntime.engine.Event.Removed;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes events to the journal and applies them, in one step, so that the order in both is the
 * same.
 *
 * <p>An event is visible to the decisions of the same batch before it is durable, but to nobody
 * outside: answers are held until the batch is forced, and when that fails the engine stops, so
 * nothing undurable was ever shown.
 *
 * <p>Confined to the engine thread.
 */
final class EventLog {

  /** Ends a group whose last event is not known in advance. */
  static final byte GROUP_END = 13;

  private static final int MARK_BYTES = 4;
  private static final int CACHED_BYTES = 48 * 1024 * 1024;

  private final RecordStore records;
  private final EngineState state;
  private final EventCodec codec = new EventCodec();
  private final ContentCache cache = new ContentCache(CACHED_BYTES);
  private final long reserveForSettling;

  /**
   * All records before this position are forced. At first nothing is known to be, also of what was
   * read back.
   */
  private long unforcedFrom;

  /** Whether nothing that no force has covered has changed what is handed out next. */
  private boolean nextIsSame = true;

  /** The same of what was recorded since the force began that is running, if one is. */
  private long unforcedSince = Long.MAX_VALUE;

  private boolean nextIsSameSince = true;

  private boolean written;
  private boolean mustForce;
  private int groups;
  private boolean groupIsOpen;

  /** Whether the last message that asked for space did not get any. */
  private boolean shortOfSpace;

  EventLog(RecordStore records, EngineState state, long reserveForSettling) {
    this.records = records;
    this.state = state;
    this.reserveForSettling = reserveForSettling;
  }

  /** An event on its own. */
  @Nullable StoredMessage record(Event event) {
    return record(event, false);
  }

  /**
   * An event of a group, all of which survives or nothing: {@code more} says that another one
   * follows.
   */
  @Nullable StoredMessage record(Event event, boolean more) {
    ByteBuffer payload = codec.encode(event);
    int size = payload.remaining();
    boolean followed = more || groups > 0;
    long position = records.append(EventCodec.typeOf(event), followed, payload);
    unforcedFrom = Math.min(unforcedFrom, position);
    unforcedSince = Math.min(unforcedSince, position);
    if (!leavesNextAlone(event)) {
      nextMustWait();
    }
    groupIsOpen = followed;
    written = true;
    // Losing a delivery costs one count after a power cut; losing a copy costs nothing. The rest
    // must last.
    mustForce |= !(event instanceof Delivered || event instanceof Relocated);
    StoredMessage message = state.apply(event, position, size);
    if (message != null && event instanceof Enqueued && message.cached != null) {
      cache.added(message);
    }
    return message;
  }

  /** All events that {@code recording} records survive, or none of them. Groups may be nested. */
  void group(int queueId, Runnable recording) {
    groups++;
    try {
      recording.run();
    } finally {
      groups--;
      if (groups == 0 && groupIsOpen) {
        records.append(GROUP_END, false, ByteBuffer.allocate(4).putInt(0, queueId));
        groupIsOpen = false;
        written = true;
      }
    }
  }

  /** Whether there is something that {@link #flush} has not written. */
  boolean isDirty() {
    return written;
  }

  /** Whether {@link #flush} will force the disk. */
  boolean mustForce() {
    return mustForce;
  }

  /** Writes what was recorded, so that it survives the process; {@link #flush} must follow. */
  void write() {
    records.flush(false);
  }

  /**
   * Whether that message, which is handed out for the first time, would be there and be next just
   * the same if everything were lost that no force has covered. Then whoever receives it learns
   * nothing that a power cut could make untrue, except that it is delivered, whose loss costs one
   * count; so the delivery need only be written. Sends go behind it, and a complete that is lost
   * brings back what its holder had anyhow; after anything else it is not sure any more, until the
   * next force.
   */
  boolean isSurelyNext(StoredMessage message) {
    return nextIsSame && message.position < unforcedFrom;
  }

  /** Something was handed out that must wait for a force: what comes after it waits, too. */
  void nextMustWait() {
    nextIsSame = false;
    nextIsSameSince = false;
  }

  /** Whether what is handed out next does not depend on whether that event survives. */
  private static boolean leavesNextAlone(Event event) {
    return event instanceof Delivered
        || event instanceof Relocated
        || event instanceof Enqueued enqueued && enqueued.kind() == Enqueued.Kind.SENT
        || event instanceof Removed removed && removed.cause() == Cause.COMPLETED;
  }

  void flush() {
    if (written) {
      records.flush(mustForce);
      if (mustForce) {
        unforcedFrom = Long.MAX_VALUE;
        nextIsSame = true;
      }
      written = false;
      mustForce = false;
    }
  }

  /**
   * Writes what was recorded and begins to force it, as {@link RecordStore#beginForce} does; what
   * is recorded from now on is not covered. False where nothing is forced.
   */
  boolean beginForce() {
    boolean begun = records.beginForce();
    written = false;
    mustForce = false;
    unforcedSince = Long.MAX_VALUE;
    nextIsSameSince = true;
    if (!begun) {
      forced();
    }
    return begun;
  }

  void endForce() {
    records.endForce();
    forced();
  }

  private void forced() {
    unforcedFrom = unforcedSince;
    nextIsSame = nextIsSameSince;
  }

  /** The record of a message, to be read only. */
  ByteBuffer payload(StoredMessage message) {
    byte[] cached = message.cached;
    return cached != null ? ByteBuffer.wrap(cached) : records.read(message.position);
  }

  /** A copy of the record of a message. */
  byte[] copyPayload(StoredMessage message) {
    ByteBuffer payload = payload(message);
    byte[] copy = new byte[payload.remaining()];
    payload.get(copy);
    return copy;
  }

  /** Refuses new messages while there is still room to settle old ones. */
  void requireRoomForMessages(QueueState queue, long bytes, int count) {
    shortOfSpace = !records.reserve(bytes + reserveForSettling, count);
    if (shortOfSpace) {
      throw full(queue, "take new messages into");
    }
  }

  /** Whether messages are refused because the disk is full. */
  boolean isShortOfSpace() {
    return shortOfSpace;
  }

  /**
   * Records something that says nothing, so that the next snapshot covers more than the one before;
   * does nothing where there is no room.
   */
  void recordNothing() {
    if (hasRoom(MARK_BYTES, 1)) {
      records.append(GROUP_END, false, ByteBuffer.allocate(MARK_BYTES));
      written = true;
    }
  }

  void requireRoom(QueueState queue, long bytes, int count) {
    if (!hasRoom(bytes, count)) {
      throw full(queue, "settle messages of");
    }
  }

  /** Whether a copy of so many bytes leaves room to settle. */
  boolean hasRoomForCopy(long bytes) {
    shortOfSpace = !records.reserve(bytes + reserveForSettling, 1);
    return !shortOfSpace;
  }

  boolean hasRoom(long bytes, int count) {
    return records.reserve(bytes, count);
  }

  private static QuotaExceeded full(QueueState queue, String attempt) {
    return new QuotaExceeded(
        queue.name.value(),
        "Cannot %s queue '%s': the disk that holds its journal is full. Nothing was changed; free some space and try again."
            .formatted(attempt, queue.name),
        null);
  }

  /**
   * Whether the journal has failed for good is its own to say; this names what could not be done.
   */
  static StorageFailed unreadable(StoredMessage message, RuntimeException cause) {
    return new StorageFailed(
        "Cannot read message %d of queue '%s': %s. It stays where it is; restore the data directory from a backup."
            .formatted(message.sequence, message.queue().name, cause.getMessage()),
        cause);
  }
}
