package io.queueruntime.store;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The states of sessions, fenced: who took a unit over reads and writes the states of the sessions
 * in it, until the next one takes it over.
 *
 * <p>A unit is what the broker gives to one consumer at a time: a partition, a queue with a single
 * active consumer, or a session where the broker knows such. Take it over right after the broker
 * gave it, and look afterwards whether the broker still does; from then on the holder before can
 * neither read nor write, whatever it believes. Which sessions belong to which unit must not change
 * while a queue is in use. Each unit keeps one small entry for as long as its queue exists.
 *
 * <p>Implementations are thread-safe.
 */
public interface SessionStates {

  /** Longest name of a unit, in characters. */
  int MAX_UNIT_LENGTH = 260;

  /**
   * Takes the unit over: fences given out for it before are worthless from now on. A repetition
   * takes it over once more.
   *
   * @param unit 1 to {@value #MAX_UNIT_LENGTH} characters, no control characters
   */
  CompletableFuture<Fence> takeOver(QueueName queue, String unit);

  /**
   * What was last stored with the session; fails with {@code SessionLockLost} when the fence's unit
   * was taken over since.
   */
  CompletableFuture<Optional<byte[]>> get(Fence fence, SessionId session);

  /**
   * Stores something with the session, null takes it away; fails with {@code SessionLockLost} and
   * changes nothing when the fence's unit was taken over since, with {@code ValidationFailed} when
   * it is larger than {@link StoreLimits#maxSessionStateSize()}. A repetition stores it once more.
   */
  CompletableFuture<Void> set(Fence fence, SessionId session, byte @Nullable [] state);
}
