package io.queueruntime.listener;

import io.queueruntime.message.QueueSession;
import java.util.Optional;

/**
 * What a handler may do with the delivery it works on, besides returning.
 *
 * <p>Implementations are thread-safe, and may be used after the handler has returned.
 */
public interface Delivery {

  /**
   * Settles by hand; in AUTO mode what it was told wins over the handler's result. A batch is
   * settled as a whole.
   */
  Acknowledgment acknowledgment();

  /**
   * The lock on the message, on a session queue that of the session; of a batch: of all its
   * messages.
   */
  MessageLock lock();

  /** The session that is held; empty on a plain queue. */
  Optional<QueueSession> session();
}
