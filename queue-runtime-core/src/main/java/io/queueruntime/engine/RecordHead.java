package io.queueruntime.engine;

import io.queueruntime.engine.Event.Enqueued;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The part of a message's record that the engine decides: what stands before its {@link
 * MessageContent} in every payload that has one. Written and read in place.
 *
 * <pre>
 * i32 queue id, i64 sequence, u8 kind, u8 hops, i64 origin, i64 first sequence, i64 enqueued time, i64 due at, i64 expires at, i64 remembered until
 * </pre>
 *
 * <p>Thread-safe, as far as the arrays are.
 */
final class RecordHead {

  private static final int SEQUENCE_AT = 4;
  private static final int KIND_AT = SEQUENCE_AT + 8;
  private static final int HOPS_AT = KIND_AT + 1;
  private static final int ORIGIN_AT = HOPS_AT + 1;
  private static final int FIRST_AT = ORIGIN_AT + 8;
  private static final int ENQUEUED_TIME_AT = FIRST_AT + 8;
  private static final int DUE_AT = ENQUEUED_TIME_AT + 8;
  private static final int EXPIRES_AT = DUE_AT + 8;
  private static final int REMEMBERED_AT = EXPIRES_AT + 8;

  /** How many bytes it takes. */
  static final int SIZE = REMEMBERED_AT + 8;

  private static final Enqueued.Kind[] KINDS = Enqueued.Kind.values();

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private RecordHead() {}

  /**
   * Fills in what was decided.
   *
   * @param hops how often the message was forwarded from one queue to another
   * @param origin the place it had before, for one that became due or was replayed
   * @param first the place it was first given, when it has had more than one; 0: this one
   * @param dueAt when it becomes active; 0: at once
   * @param expiresAt end of its life; while it is scheduled the length of it
   * @param rememberedUntil until when its message id counts as seen; 0: not at all
   */
  static void put(
      byte[] payload,
      int queueId,
      long sequence,
      Enqueued.Kind kind,
      int hops,
      long origin,
      long first,
      long enqueuedTime,
      long dueAt,
      long expiresAt,
      long rememberedUntil) {
    INT.set(payload, 0, queueId);
    LONG.set(payload, SEQUENCE_AT, sequence);
    payload[KIND_AT] = (byte) kind.ordinal();
    payload[HOPS_AT] = (byte) hops;
    LONG.set(payload, ORIGIN_AT, origin);
    LONG.set(payload, FIRST_AT, first);
    LONG.set(payload, ENQUEUED_TIME_AT, enqueuedTime);
    LONG.set(payload, DUE_AT, dueAt);
    LONG.set(payload, EXPIRES_AT, expiresAt);
    LONG.set(payload, REMEMBERED_AT, rememberedUntil);
  }

  static int queueId(byte[] payload) {
    return (int) INT.get(payload, 0);
  }

  static long sequence(byte[] payload) {
    return (long) LONG.get(payload, SEQUENCE_AT);
  }

  static Enqueued.Kind kind(byte[] payload) {
    return KINDS[payload[KIND_AT]];
  }

  /** How often the message was forwarded. */
  static int hops(byte[] payload) {
    return payload[HOPS_AT];
  }

  static long origin(byte[] payload) {
    return (long) LONG.get(payload, ORIGIN_AT);
  }

  /** The sequence number that the message was first given; 0: the one it has. */
  static long first(byte[] payload) {
    return (long) LONG.get(payload, FIRST_AT);
  }

  static long dueAt(byte[] payload) {
    return (long) LONG.get(payload, DUE_AT);
  }

  static long expiresAt(byte[] payload) {
    return (long) LONG.get(payload, EXPIRES_AT);
  }

  static long rememberedUntil(byte[] payload) {
    return (long) LONG.get(payload, REMEMBERED_AT);
  }

  /** The queue a payload with content belongs to. */
  static int queueId(ByteBuffer payload) {
    return payload.getInt(payload.position());
  }

  static long sequence(ByteBuffer payload) {
    return payload.getLong(payload.position() + SEQUENCE_AT);
  }

  /** The sequence number that the message was first given; 0: the one it has. */
  static long first(ByteBuffer payload) {
    return payload.getLong(payload.position() + FIRST_AT);
  }

  static long enqueuedTime(ByteBuffer payload) {
    return payload.getLong(payload.position() + ENQUEUED_TIME_AT);
  }

  /** What stands behind it. */
  static ByteBuffer content(ByteBuffer payload) {
    return payload.slice(payload.position() + SIZE, payload.remaining() - SIZE);
  }

  /** What stands behind it. */
  static ByteBuffer content(byte[] payload) {
    return ByteBuffer.wrap(payload, SIZE, payload.length - SIZE);
  }
}
