package io.queueruntime.engine;

import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.nio.ByteBuffer;

/**
 * The chunks of a snapshot, each of which starts with its kind:
 *
 * <pre>
 * ENGINE      i32 next queue id
 * QUEUE       i32 id, text name, i64 created at, options, i64 next sequence
 * MESSAGES    i32 queue id, then until the end: i64 sequence, u8 home, u8 flags, i64 position, i32 size,
 *             i64 expires at, i64 due at, i32 delivery count, text session id,
 *             [text key], [dead-letter details], [i64 first failure]      as the flags say
 * SESSIONS    i32 queue id, then until the end: text id, bytes state
 * DUPLICATES  i32 queue id, then until the end: i64 i64 hash, i64 until
 * </pre>
 *
 * <p>Confined to the engine thread.
 */
final class SnapshotCodec {

  static final byte ENGINE = 1;
  static final byte QUEUE = 2;
  static final byte MESSAGES = 3;
  static final byte SESSIONS = 4;
  static final byte DUPLICATES = 5;

  private static final int SUPERSEDED = 1;
  private static final int KEY = 2;
  private static final int DETAILS = 4;
  private static final int FAILURE = 8;
  private static final Home[] HOMES = Home.values();

  private SnapshotCodec() {}

  static void queue(Bytes out, QueueState queue) {
    out.u8(QUEUE).i32(queue.id).text(queue.name.value()).i64(queue.createdAt);
    EventCodec.options(out, queue.options());
    out.i64(queue.nextSequence());
  }

  static void message(Bytes out, QueueState queue, StoredMessage message) {
    String key = queue.keyOf(message);
    DeadLetterDetails details = queue.detailsOf(message);
    long failure = queue.firstFailureOf(message.sequence);
    out.i64(message.sequence)
        .u8(message.home().ordinal())
        .u8(
            (message.isSuperseded() ? SUPERSEDED : 0)
                | (key != null ? KEY : 0)
                | (details != null ? DETAILS : 0)
                | (failure >= 0 ? FAILURE : 0))
        .i64(message.position)
        .i32(message.size)
        .i64(message.expiresAt)
        .i64(message.dueAt)
        .i32(message.deliveryCount())
        .text(message.lane.sessionId());
    if (key != null) {
      out.text(key);
    }
    if (details != null) {
      EventCodec.details(out, details);
    }
    if (failure >= 0) {
      out.i64(failure);
    }
  }

  static void read(ByteBuffer in, EngineState state) {
    byte kind = in.get();
    if (kind == ENGINE) {
      state.reserveQueueIds(in.getInt());
    } else if (kind == QUEUE) {
      readQueue(in, state);
    } else {
      int queueId = in.getInt();
      QueueState queue = state.find(queueId);
      if (queue == null) {
        throw new MalformedRecord(
            "a snapshot with a part of queue " + queueId + ", which it does not have");
      }
      while (in.hasRemaining()) {
        switch (kind) {
          case MESSAGES -> readMessage(in, queue);
          case SESSIONS -> {
            String id = Bytes.requireText(in);
            queue.session(id).state = Bytes.readBytes(in);
          }
          case DUPLICATES ->
              queue.duplicates.remember(
                  new DuplicateHistory.Hash(in.getLong(), in.getLong()), in.getLong());
          default ->
              throw new MalformedRecord("a snapshot with a part of the unknown kind " + kind);
        }
      }
    }
  }

  private static void readQueue(ByteBuffer in, EngineState state) {
    int id = in.getInt();
    QueueName name = QueueName.of(Bytes.requireText(in));
    long createdAt = in.getLong();
    QueueOptions options = EventCodec.options(in);
    state.restore(id, name, options, createdAt).restoreNextSequence(in.getLong());
  }

  private static void readMessage(ByteBuffer in, QueueState queue) {
    long sequence = in.getLong();
    Home home = HOMES[in.get()];
    int flags = in.get();
    long position = in.getLong();
    int size = in.getInt();
    long expiresAt = in.getLong();
    long dueAt = in.getLong();
    int deliveryCount = in.getInt();
    String session = Bytes.readText(in);
    String key = (flags & KEY) != 0 ? Bytes.requireText(in) : null;
    DeadLetterDetails details = (flags & DETAILS) != 0 ? EventCodec.details(in) : null;
    long failure = (flags & FAILURE) != 0 ? in.getLong() : -1;
    StoredMessage message =
        queue.restore(
            sequence,
            home,
            session,
            key,
            position,
            size,
            expiresAt,
            deliveryCount,
            details,
            failure);
    message.dueAt = dueAt;
    message.superseded((flags & SUPERSEDED) != 0);
  }
}
