package io.queueruntime.autoconfigure.kafka;

import io.queueruntime.converter.MessageConverter;
import io.queueruntime.kafka.KafkaQueueProvider;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Reads all that a session was ever sent, with payloads: for applications that keep their events at
 * Kafka and build their state from them.
 *
 * <p>Thread-safe; blocks.
 */
public final class KafkaHistory {

  private final Supplier<KafkaQueueProvider> provider;
  private final MessageConverter converter;

  /**
   * Reads nothing and connects to nothing yet.
   *
   * @param provider where the events are
   * @param converter makes payloads of their bodies
   */
  KafkaHistory(Supplier<KafkaQueueProvider> provider, MessageConverter converter) {
    this.provider = provider;
    this.converter = converter;
  }

  /**
   * Hands every message of a session over, in the order in which they were sent: those from the
   * first one to the last one there is when it begins, completed, expired and dead-lettered ones
   * among them. A dead letter that was put back stands there twice, with one message id.
   *
   * @param type of the payloads; {@code Object}: what each message says it is
   * @param each is called on this thread; what it throws ends the reading
   * @return how many there were
   * @throws io.queueruntime.QueueRuntimeException {@code ProviderFailed} when Kafka has deleted the
   *     beginning, {@code QueueNotFound}, {@code SerializationFailed} for a body that is no such
   *     payload, {@code OperationTimedOut} when Kafka falls silent
   */
  @SuppressWarnings(
      "unchecked") // the converter's contract: a payload is of the type that was asked for
  public <T> long replay(
      String queue, String sessionId, Class<T> type, Consumer<ReceivedMessage<T>> each) {
    return provider
        .get()
        .replay(
            QueueName.of(queue),
            SessionId.of(sessionId),
            message -> each.accept(message.withPayload((T) converter.fromMessage(message, type))));
  }
}
