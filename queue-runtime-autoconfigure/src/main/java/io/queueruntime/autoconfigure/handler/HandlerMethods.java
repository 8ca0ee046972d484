package io.queueruntime.autoconfigure.handler;

import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import io.queueruntime.listener.BatchHandler;
import io.queueruntime.listener.MessageHandler;
import io.queueruntime.template.QueueTemplate;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.convert.ConversionService;
import org.springframework.messaging.handler.annotation.support.HeaderMethodArgumentResolver;
import org.springframework.messaging.handler.annotation.support.HeadersMethodArgumentResolver;
import org.springframework.messaging.handler.annotation.support.MessageMethodArgumentResolver;
import org.springframework.messaging.handler.invocation.HandlerMethodArgumentResolverComposite;
import org.springframework.validation.Validator;

/**
 * Makes handlers out of methods, for the listeners of one client.
 *
 * <p>Thread-safe.
 */
public final class HandlerMethods {

  private final String client;
  private final MessageConverter converter;
  private final @Nullable Validator validator;
  private final PayloadTypes types;
  private final HandlerMethodArgumentResolverComposite arguments =
      new HandlerMethodArgumentResolverComposite();

  /**
   * @param client name of the client, which handlers see as a header
   * @param template what handlers get that ask for a {@code QueueTemplate}
   * @param converter reads payloads
   * @param types names by which class-level listeners choose a method
   * @param validator validates payloads that are marked so; null: nobody does
   * @param conversion turns headers into what handlers declare
   * @param beanFactory resolves placeholders in header names and default values
   */
  public HandlerMethods(
      String client,
      Supplier<QueueTemplate> template,
      MessageConverter converter,
      PayloadTypes types,
      @Nullable Validator validator,
      ConversionService conversion,
      ConfigurableBeanFactory beanFactory) {
    this.client = client;
    this.types = types;
    this.converter = converter;
    this.validator = validator;
    arguments.addResolver(new HeaderMethodArgumentResolver(conversion, beanFactory));
    arguments.addResolver(new HeadersMethodArgumentResolver());
    arguments.addResolver(new MessageMethodArgumentResolver());
    arguments.addResolver(new DeliveryArgumentResolver(template));
    arguments.addResolver(new ContinuationArgumentResolver());
    arguments.addResolver(new ReadPayloadArgumentResolver());
  }

  /**
   * Reads what the method takes; what is not as the method wants it is for the dead-letter queue.
   */
  public MessageConverter reader(HandlerSignature signature) {
    Annotation validation = signature.validation();
    return validation == null || validator == null
        ? converter
        : new ReadingConverter(converter, validator, validation);
  }

  /** A handler that calls the method with one message that was read. */
  public MessageHandler<Object> one(Object bean, HandlerSignature signature) {
    return new MethodHandler(invocation(bean, signature), client);
  }

  /** A handler that calls the method with several messages that were read. */
  public BatchHandler<Object> several(Object bean, HandlerSignature signature) {
    return new BatchMethodHandler(invocation(bean, signature), signature.element(), client);
  }

  /**
   * A handler that calls whichever method takes the message's payload; {@code fallback} where none
   * does.
   */
  public MessageHandler<byte[]> byPayload(
      Object bean, List<HandlerSignature> signatures, @Nullable HandlerSignature fallback) {
    return new PayloadTypeHandler(
        signatures.stream().map(signature -> target(bean, signature)).toList(),
        fallback == null ? null : target(bean, fallback),
        types);
  }

  private PayloadTypeHandler.Target target(Object bean, HandlerSignature signature) {
    return new PayloadTypeHandler.Target(
        signature.payloadType(), reader(signature), one(bean, signature));
  }

  private HandlerInvocation invocation(Object bean, HandlerSignature signature) {
    Method method = AopUtils.selectInvocableMethod(signature.method(), bean.getClass());
    HandlerInvocation invocation = new HandlerInvocation(bean, method);
    invocation.setMessageMethodArgumentResolvers(arguments);
    return invocation;
  }
}
