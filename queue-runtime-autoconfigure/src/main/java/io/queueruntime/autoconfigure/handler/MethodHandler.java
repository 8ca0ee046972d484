package io.queueruntime.autoconfigure.handler;

import io.queueruntime.listener.Delivery;
import io.queueruntime.listener.MessageHandler;
import io.queueruntime.message.ReceivedMessage;
import org.jspecify.annotations.Nullable;

/** Calls a method with one message. Thread-safe if its bean is. */
final class MethodHandler implements MessageHandler<Object> {

  private final HandlerInvocation invocation;
  private final String client;

  MethodHandler(HandlerInvocation invocation, String client) {
    this.invocation = invocation;
    this.client = client;
  }

  @Override
  public @Nullable Object handle(ReceivedMessage<Object> message, Delivery delivery)
      throws Exception {
    return invocation.call(DeliveredMessage.one(message, delivery, client));
  }
}
