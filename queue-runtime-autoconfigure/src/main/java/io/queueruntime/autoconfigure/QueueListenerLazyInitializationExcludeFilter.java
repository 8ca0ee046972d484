package io.queueruntime.autoconfigure;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.LazyInitializationExcludeFilter;

/**
 * Keeps beans with listeners out of {@code spring.main.lazy-initialization}: nobody would ask for
 * them, and their queues would fill. Immutable.
 */
final class QueueListenerLazyInitializationExcludeFilter
    implements LazyInitializationExcludeFilter {

  @Override
  public boolean isExcluded(String beanName, BeanDefinition beanDefinition, Class<?> beanType) {
    return QueueListenerAnnotations.mayBeOn(beanType)
        && (!QueueListenerAnnotations.listenersOn(beanType).isEmpty()
            || !QueueListenerAnnotations.methodsWith(beanType).isEmpty());
  }
}
