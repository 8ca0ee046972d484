package io.queueruntime.provider.front;

import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where a front's deliveries come from: a queue of the broker, or a part of it.
 *
 * <p>Implementations are thread-safe; what talks to the broker blocks.
 */
public interface Feed {

  /** Who takes the deliveries. Thread-safe. */
  interface Sink {

    void arrived(Feed feed, Delivery delivery);

    /**
     * All deliveries that came through that are void.
     *
     * @param meant whether the feed was told to close
     * @param sessions those whose messages come through it
     */
    void lost(Feed feed, Object through, boolean meant, Predicate<SessionId> sessions);

    /** It {@linkplain #isWarming is not warming} any more; told as often as it likes. */
    void warmed();
  }

  /**
   * What the broker gives to one consumer at a time, while this process has it. Immutable.
   *
   * @param name of the unit within its queue, the same for whoever has it
   * @param through what its deliveries come through here: another object each time it is given
   */
  record Unit(String name, Object through) {}

  /** Its name at the broker. */
  String queue();

  /**
   * Whether a single delivery can be given back; else all that are not acknowledged go back at
   * once, in their order, when the feed is closed.
   */
  boolean returnsOne();

  /** Whether deliveries may be on their way that were there when it began. */
  boolean isWarming();

  /** Waits for nothing that was expected any more. */
  void warm();

  /** How long it is waited for what is expected. */
  Duration warmMax();

  /** Whether it has begun and has not rested or ended since. */
  boolean isRunning();

  /**
   * Sees to it that so many deliveries can be here unacknowledged.
   *
   * @throws io.queueruntime.QueueRuntimeException when the queue cannot be consumed
   */
  void want(int credit);

  /** Lets nothing more come; what came can still be settled. */
  void rest();

  /** Returns once the broker has seen all that it was told of deliveries. */
  void sync();

  /** What a session's messages come in now; {@code null} while this process has it not. */
  @Nullable Unit unitOf(SessionId session);

  /**
   * Lets go of what came through that as if it had been lost, so that the broker decides anew who
   * gets it.
   */
  void giveUp(Object through);

  /** Ends it: what is not acknowledged goes back to the queue. Idempotent. */
  void close();
}
