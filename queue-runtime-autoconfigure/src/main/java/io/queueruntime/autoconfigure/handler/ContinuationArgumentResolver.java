package io.queueruntime.autoconfigure.handler;

import org.springframework.core.MethodParameter;
import org.springframework.messaging.Message;
import org.springframework.messaging.handler.invocation.HandlerMethodArgumentResolver;

/** Gives a Kotlin suspend function what it resumes. Immutable and thread-safe. */
final class ContinuationArgumentResolver implements HandlerMethodArgumentResolver {

  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    return HandlerSignature.isContinuation(parameter.getParameterType());
  }

  @Override
  public Object resolveArgument(MethodParameter parameter, Message<?> message) {
    return new SuspendedCall();
  }
}
