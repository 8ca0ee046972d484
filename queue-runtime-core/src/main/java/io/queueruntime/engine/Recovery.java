package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.journal.RecoveryVisitor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the state from what survived, then what follows from it: who is next, and what is due.
 *
 * <p>Confined to the thread that opens the engine.
 */
final class Recovery implements RecoveryVisitor {

  /**
   * A message that leaves because its last allowed delivery has failed.
   *
   * @param key which it held
   */
  private record Failed(StoredMessage message, @Nullable String key) {}

  private final EngineState state;

  Recovery(EngineState state) {
    this.state = state;
  }

  @Override
  public void snapshotChunk(ByteBuffer chunk) {
    try {
      SnapshotCodec.read(chunk, state);
    } catch (RuntimeException malformed) {
      throw unreadable("a snapshot", malformed);
    }
  }

  @Override
  public void record(byte type, long position, ByteBuffer payload) {
    if (type == EventLog.GROUP_END) {
      return;
    }
    int size = payload.remaining();
    try {
      state.apply(EventCodec.decode(type, payload), position, size);
      state.letGoOfDeleted(Integer.MAX_VALUE, message -> {});
    } catch (RuntimeException malformed) {
      throw unreadable("the record at position " + position, malformed);
    }
  }

  /** Puts every message where its receivers will find it; nothing is held after a restart. */
  static void resume(EngineContext context, Returns returns, Queues queues) {
    List<QueueState> all = List.copyOf(context.state.queues());
    List<Failed> failed = new ArrayList<>();
    for (QueueState queue : all) {
      link(queue, context, returns, failed);
    }
    // Their last allowed delivery ended with its holder: counted, and not followed by another one.
    // After all is linked, because a dead letter may be forwarded to the end of any queue; what has
    // failed there with the same key is no longer waiting to be replaced by it.
    for (Failed one : failed) {
      if (context.log.hasRoom(Returns.SETTLING_BYTES, 1)) {
        returns.lastDeliveryFailed(one.message);
      } else {
        // A full disk must not keep the engine from opening: it leaves after one delivery more.
        one.message.queue().staying(one.message, one.key);
        returns.comeBack(one.message);
      }
    }
    for (QueueState queue : all) {
      queue.traffic.lastUsed = context.tick();
      queues.armIdle(queue);
    }
  }

  private static void link(
      QueueState queue, EngineContext context, Returns returns, List<Failed> failed) {
    for (StoredMessage m = queue.main.ceiling(0);
        m != null;
        m = queue.main.ceiling(m.sequence + 1)) {
      if (m.isSuperseded() && context.log.hasRoom(Returns.SETTLING_BYTES, 1)) {
        returns.remove(m, Cause.SUPERSEDED);
        continue;
      }
      // A delay that was over when it was handed out is still in the books: that it ended is no
      // event.
      boolean inOrder = m.home() == Home.ACTIVE || m.home() == Home.DELAYED;
      if (inOrder && m.deliveryCount() >= queue.options().maxDeliveryCount()) {
        failed.add(new Failed(m, queue.leaving(m)));
        continue;
      }
      context.arm(m);
      if (m.home() == Home.ACTIVE) {
        m.lane.addFresh(m);
        context.stir(m.lane);
      } else if (m.home() == Home.DELAYED && m.lane.isStrict()) {
        m.lane.addReturned(m);
      }
    }
    for (StoredMessage m = queue.dead.ceiling(0);
        m != null;
        m = queue.dead.ceiling(m.sequence + 1)) {
      queue.deadLane.addFresh(m);
    }
  }

  private static StorageFailed unreadable(String what, RuntimeException cause) {
    return new StorageFailed(
        StorageFailed.Reason.DAMAGED,
        "Cannot open the engine: %s has the right checksum but holds %s. It was written by another version, or damaged in memory; use the version that wrote it, or a backup. Nothing was changed."
            .formatted(what, cause.getMessage()),
        cause);
  }
}
