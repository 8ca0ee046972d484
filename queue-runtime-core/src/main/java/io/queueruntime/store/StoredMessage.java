package io.queueruntime.store;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message as a store keeps it.
 *
 * <p>Immutable. The content array is not copied: do not change it.
 *
 * @param queue where it belongs
 * @param number by which it is asked for; the provider's choice, one of its own for each message of
 *     a queue
 * @param messageId tells whether a number is used for another message by mistake
 * @param dueAt when it becomes due, cut to milliseconds; {@code null}: never
 * @param content everything about it, in the provider's own form
 */
public record StoredMessage(
    QueueName queue,
    SequenceNumber number,
    String messageId,
    @Nullable Instant dueAt,
    byte[] content) {

  /** When it becomes due. */
  public Optional<Instant> due() {
    return Optional.ofNullable(dueAt);
  }

  /** Ids and sizes only: contents do not belong into logs. */
  @Override
  public String toString() {
    return "StoredMessage[%s#%s, %s, due %s, %d bytes]"
        .formatted(queue, number, messageId, dueAt, content.length);
  }
}
