package io.queueruntime.autoconfigure.handler;

import io.queueruntime.listener.BatchHandler;
import io.queueruntime.listener.Delivery;
import io.queueruntime.message.ReceivedMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;

/** Calls a method with several messages, in the form it takes them. Thread-safe if its bean is. */
final class BatchMethodHandler implements BatchHandler<Object> {

  private final HandlerInvocation invocation;
  private final HandlerSignature.Element element;
  private final String client;

  BatchMethodHandler(
      HandlerInvocation invocation, HandlerSignature.Element element, String client) {
    this.invocation = invocation;
    this.element = element;
    this.client = client;
  }

  @Override
  public @Nullable Object handle(List<ReceivedMessage<Object>> messages, Delivery delivery)
      throws Exception {
    return invocation.call(
        DeliveredMessage.several(
            elements(messages, delivery),
            delivery,
            () -> DeliveredHeaders.ofBatch(messages, client)));
  }

  private List<?> elements(List<ReceivedMessage<Object>> messages, Delivery delivery) {
    return switch (element) {
      case PAYLOAD -> messages.stream().map(ReceivedMessage::payload).toList();
      case RECEIVED_MESSAGE -> List.copyOf(messages);
      case SPRING_MESSAGE ->
          messages.stream()
              .<Message<Object>>map(message -> DeliveredMessage.one(message, delivery, client))
              .toList();
    };
  }
}
