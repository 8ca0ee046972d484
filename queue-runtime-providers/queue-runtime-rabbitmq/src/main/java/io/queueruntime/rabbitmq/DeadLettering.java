package io.queueruntime.rabbitmq;

import com.rabbitmq.client.AMQP;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.provider.front.Letter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Moves messages to dead-letter queues: a copy with the reason, confirmed, before the original is
 * acknowledged. Who dies in between leaves both, with one message id.
 *
 * <p>Thread-safe.
 */
final class DeadLettering {

  private final ProviderParts parts;

  DeadLettering(ProviderParts parts) {
    this.parts = parts;
  }

  /** Completes once the copy is durable. */
  CompletableFuture<Void> bury(Definition queue, Incoming message, Letter letter) {
    AMQP.BasicProperties properties = properties(queue, message, letter);
    return publish(queue, properties, message.body())
        .handle(
            (done, failure) -> {
              if (failure == null) {
                return CompletableFuture.<Void>completedFuture(null);
              }
              if (unwrap(failure) instanceof QueueNotFound) {
                // a foreign queue has none yet
                parts.declarations().declareDeadLetters(queue.name().value());
                return publish(queue, properties, message.body());
              }
              return CompletableFuture.<Void>failedFuture(failure);
            })
        .thenCompose(outcome -> outcome);
  }

  private static Throwable unwrap(Throwable failure) {
    return io.queueruntime.provider.TransientRetry.unwrap(failure);
  }

  private CompletableFuture<Void> publish(
      Definition queue, AMQP.BasicProperties properties, byte[] body) {
    return parts
        .publisher()
        .publish(queue.name().value(), "", queue.deadLetters(), properties, body);
  }

  private AMQP.BasicProperties properties(Definition queue, Incoming message, Letter letter) {
    Map<String, Object> headers = new LinkedHashMap<>(message.headers());
    headers.remove(Wire.DELIVERY_COUNT);
    headers.remove("x-acquired-count");
    headers.remove(Wire.DEATH); // else the broker takes it for a circle
    headers.remove(Wire.EXPIRES);
    headers.put(Wire.SEQUENCE, parts.numbers().next().value());
    headers.put(Wire.ENQUEUED, message.enqueued().toEpochMilli());
    headers.put(Wire.DEAD_REASON, letter.reason());
    String description = letter.description();
    if (description != null) {
      headers.put(Wire.DEAD_DESCRIPTION, description);
    }
    headers.put(Wire.DEAD_SOURCE, queue.name().value());
    headers.put(Wire.DEAD_SEQUENCE, message.sequenceNumber().value());
    headers.put(Wire.DEAD_COUNT, letter.deliveries());
    String exception = letter.exceptionClass();
    if (exception != null) {
      headers.put(Wire.DEAD_EXCEPTION, exception);
    }
    Instant first = letter.firstFailure();
    if (first != null) {
      headers.put(Wire.DEAD_FIRST, first.toEpochMilli());
    }
    headers.put(Wire.DEAD_LAST, letter.when().toEpochMilli());
    return message
        .properties()
        .builder()
        .headers(headers)
        .messageId(message.properties().getMessageId())
        .expiration(null)
        .deliveryMode(2)
        .build();
  }
}
