package io.queueruntime.autoconfigure.handler;

import io.queueruntime.listener.Delivery;
import io.queueruntime.message.ReceivedMessage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;

/**
 * A delivery as Spring's argument resolvers want to see it, with what they do not know carried
 * along.
 *
 * <p>Confined to the thread that calls the handler, until a handler keeps it: then immutable in
 * effect.
 */
final class DeliveredMessage implements Message<Object> {

  private final Object payload;
  private final @Nullable ReceivedMessage<?> received;
  private final Delivery delivery;
  private final Supplier<MessageHeaders> headersSource;
  private @Nullable MessageHeaders headers;

  private DeliveredMessage(
      Object payload,
      @Nullable ReceivedMessage<?> received,
      Delivery delivery,
      Supplier<MessageHeaders> headersSource) {
    this.payload = payload;
    this.received = received;
    this.delivery = delivery;
    this.headersSource = headersSource;
  }

  /** One message; its headers are collected only for handlers that ask for them. */
  static DeliveredMessage one(ReceivedMessage<Object> message, Delivery delivery, String client) {
    return new DeliveredMessage(
        message.payload(), message, delivery, () -> DeliveredHeaders.of(message, client));
  }

  /** A list in the form the handler takes, made out of several messages. */
  static DeliveredMessage several(
      Object list, Delivery delivery, Supplier<MessageHeaders> headers) {
    return new DeliveredMessage(list, null, delivery, headers);
  }

  @Override
  public Object getPayload() {
    return payload;
  }

  @Override
  public synchronized MessageHeaders getHeaders() {
    MessageHeaders collected = headers;
    if (collected == null) {
      collected = headersSource.get();
      headers = collected;
    }
    return collected;
  }

  /** Null for a batch. */
  @Nullable ReceivedMessage<?> received() {
    return received;
  }

  Delivery delivery() {
    return delivery;
  }

  /** Says what the message says of itself: ids and sizes. */
  @Override
  public String toString() {
    return received == null ? "DeliveredMessage[batch]" : received.toString();
  }
}
