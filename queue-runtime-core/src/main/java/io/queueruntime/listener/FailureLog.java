package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.Settlement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells people of failed deliveries: ids and counts, never bodies. Thread-safe. */
final class FailureLog {

  private static final Logger log = LoggerFactory.getLogger(FailureLog.class);

  private FailureLog() {}

  static void tell(String listener, Work work, Throwable failure, Settlement settlement) {
    ReceivedMessage<byte[]> first = work.messages().get(0);
    // The text of a reader's exception quotes what it could not read, so it stays out of the log.
    Throwable shown = failure instanceof SerializationFailed ? null : failure;
    if (settlement instanceof Settlement.DeadLetter dead) {
      log.error(
          "Listener '{}' failed on {}; it is dead-lettered ({}). {}",
          listener,
          work,
          dead.reason(),
          shown == null ? failure.getMessage() : "",
          shown);
    } else if (settlement instanceof Settlement.Abandon abandon) {
      log.warn(
          "Listener '{}' failed on {}, delivery {}; it is delivered again after {}.",
          listener,
          work,
          first.deliveryCount(),
          abandon.delay(),
          shown);
    } else {
      log.warn(
          "Listener '{}' failed on {}: {}.", listener, work, Settler.nameOf(settlement), shown);
    }
  }
}
