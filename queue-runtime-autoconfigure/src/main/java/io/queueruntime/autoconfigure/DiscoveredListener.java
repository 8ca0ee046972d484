package io.queueruntime.autoconfigure;

import io.queueruntime.autoconfigure.handler.HandlerSignature;
import io.queueruntime.listener.QueueListener;
import java.lang.reflect.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.MergedAnnotation;

/**
 * One annotation as it was found on a bean. Immutable.
 *
 * @param beanName name of the bean
 * @param bean the bean, or the proxy before it
 * @param beanClass class of the bean behind any proxy
 * @param method the annotated method; null when the class is annotated
 * @param handlers the methods that are called: that one, or those of the class that are marked as
 *     handlers
 * @param annotation the annotation with what a meta-annotation says about it
 * @param index which of several annotations on the same element it is, from 0
 */
record DiscoveredListener(
    String beanName,
    Object bean,
    Class<?> beanClass,
    @Nullable Method method,
    List<HandlerMethod> handlers,
    MergedAnnotation<QueueListener> annotation,
    int index) {

  /**
   * A method that takes messages.
   *
   * @param method as the bean's class declares it
   * @param fallback whether it takes what no other one does
   * @param replyTo texts of {@code @SendTo} on it or on its class; empty: none
   */
  record HandlerMethod(Method method, boolean fallback, List<String> replyTo) {}

  /**
   * How the listener is called in errors, e.g. {@code @QueueListener method Orders.handle(Order)}.
   */
  String where() {
    return method == null
        ? "@QueueListener class " + beanClass.getSimpleName()
        : "@QueueListener method " + HandlerSignature.describe(method, beanClass);
  }

  /** The id of a listener that was given none. */
  String defaultId() {
    String id = method == null ? beanName : beanName + "." + method.getName();
    return index == 0 ? id : id + "#" + (index + 1);
  }
}
