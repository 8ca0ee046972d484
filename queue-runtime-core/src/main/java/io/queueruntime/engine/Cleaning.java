package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import java.nio.ByteBuffer;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the few messages left in an old segment to the end of the journal, so that one stuck
 * message does not keep all that was written beside it.
 *
 * <p>Confined to the engine thread.
 */
final class Cleaning {

  private static final int RECORDS_PER_STEP = 256;

  /**
   * How long nothing is looked for after nothing was found: looking costs the number of segments.
   */
  private static final long REST_MILLIS = 100;

  /** How long no segment is looked at after one could not be read. */
  private static final long DAMAGED_REST_MILLIS = 600_000;

  private static final Logger log = LoggerFactory.getLogger(Cleaning.class);

  private final EngineContext context;
  private final RecordStore records;
  private int segment = -1;
  private long restUntil;
  private long offset;
  private boolean full;

  Cleaning(EngineContext context, RecordStore records) {
    this.context = context;
    this.records = records;
  }

  /** Does a little; true when there is more to do at once. */
  boolean step() {
    if (segment < 0) {
      // What a deleted queue has not let go of yet keeps segments that no copy would empty.
      if (context.tick() < restUntil || context.state.isLettingGo()) {
        return false;
      }
      OptionalInt next = records.segmentToClean();
      if (next.isEmpty()) {
        restUntil = context.tick() + REST_MILLIS;
        return false;
      }
      segment = next.getAsInt();
      offset = 0;
    }
    full = false;
    try {
      offset = records.scan(segment, offset, RECORDS_PER_STEP, this::copyIfLive);
    } catch (StorageFailed unreadable) {
      // Damage in one old record costs disk space, not the engine: what can be read there still is
      // delivered.
      records.requireWorking();
      log.error("Cannot clean journal segment {}; it stays as it is.", segment, unreadable);
      segment = -1;
      restUntil = context.tick() + DAMAGED_REST_MILLIS;
      return false;
    }
    if (full) {
      segment = -1;
      restUntil = context.tick() + REST_MILLIS;
      return false;
    }
    if (offset < 0) {
      segment = -1;
    }
    return true;
  }

  private void copyIfLive(byte type, long position, ByteBuffer payload) {
    if (type != EventCodec.ENQUEUED && type != EventCodec.RELOCATED) {
      return;
    }
    QueueState queue = context.state.find(RecordHead.queueId(payload));
    if (queue == null) {
      return;
    }
    long sequence = RecordHead.sequence(payload);
    StoredMessage message = queue.main.get(sequence);
    if (message == null || message.position != position) {
      message = queue.dead.get(sequence);
    }
    if (message != null && message.position == position) {
      // Room for each by itself, since those of one step may be of any size together; sends come
      // first.
      full = full || !context.log.hasRoomForCopy(payload.remaining());
      if (full) {
        return;
      }
      byte[] copy = new byte[payload.remaining()];
      payload.get(copy);
      context.log.record(new Event.Relocated(queue.id, sequence, copy));
    }
  }
}
