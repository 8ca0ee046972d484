package io.queueruntime.autoconfigure.handler;

import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.messaging.Message;
import org.springframework.messaging.converter.SimpleMessageConverter;
import org.springframework.messaging.handler.annotation.support.PayloadMethodArgumentResolver;

/**
 * Spring's payload resolver for payloads that have been read and validated already. Unlike there,
 * an empty text is a payload like any other. Thread-safe.
 */
final class ReadPayloadArgumentResolver extends PayloadMethodArgumentResolver {

  ReadPayloadArgumentResolver() {
    super(new SimpleMessageConverter());
  }

  @Override
  protected boolean isEmptyPayload(@Nullable Object payload) {
    return payload == null;
  }

  @Override
  protected void validate(Message<?> message, MethodParameter parameter, Object target) {
    // done when the payload was read, so that one bad message of a batch does not spoil the others
  }
}
