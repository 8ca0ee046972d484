package io.queueruntime.autoconfigure.handler;

import io.queueruntime.listener.Acknowledgment;
import io.queueruntime.listener.Delivery;
import io.queueruntime.listener.MessageLock;
import io.queueruntime.message.QueueSession;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.template.QueueTemplate;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.messaging.Message;
import org.springframework.messaging.handler.invocation.HandlerMethodArgumentResolver;

/** Gives a handler what it may do with its delivery. Immutable and thread-safe. */
final class DeliveryArgumentResolver implements HandlerMethodArgumentResolver {

  private final Map<Class<?>, Function<DeliveredMessage, @Nullable Object>> byType;

  DeliveryArgumentResolver(Supplier<QueueTemplate> template) {
    this.byType =
        Map.of(
            Acknowledgment.class, message -> message.delivery().acknowledgment(),
            MessageLock.class, message -> message.delivery().lock(),
            QueueSession.class, message -> message.delivery().session().orElse(null),
            Delivery.class, DeliveredMessage::delivery,
            ReceivedMessage.class, DeliveredMessage::received,
            QueueTemplate.class, message -> template.get());
  }

  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    return byType.containsKey(parameter.getParameterType());
  }

  @Override
  public @Nullable Object resolveArgument(MethodParameter parameter, Message<?> message) {
    Function<DeliveredMessage, @Nullable Object> value = byType.get(parameter.getParameterType());
    return value == null ? null : value.apply((DeliveredMessage) message);
  }
}
