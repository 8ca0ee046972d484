package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusMessage;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import org.jspecify.annotations.Nullable;

/**
 * A message that passed all checks. Immutable.
 *
 * @param id it goes by
 * @param size about how many bytes it takes
 */
record Outgoing(OutgoingMessage message, String id, long size) {

  boolean isScheduled() {
    return message.scheduledEnqueueTime().isPresent();
  }

  /** As the SDK takes it; a new one each time. */
  ServiceBusMessage wire() {
    return OutgoingConversion.convert(message, id);
  }

  /**
   * What its sender is told.
   *
   * @param sequenceNumber null: unknown, as Service Bus tells that of scheduled messages only
   */
  SendReceipt receipt(@Nullable Long sequenceNumber) {
    return new SendReceipt(
        id,
        SendOutcome.ENQUEUED,
        sequenceNumber == null ? null : SequenceNumber.of(sequenceNumber));
  }
}
