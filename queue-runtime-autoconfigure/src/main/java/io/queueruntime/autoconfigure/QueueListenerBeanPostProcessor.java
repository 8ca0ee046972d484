package io.queueruntime.autoconfigure;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.Ordered;

/**
 * Collects the listeners of all beans while they are made; those of beans that are made after the
 * start are handed over one by one.
 *
 * <p>Thread-safe.
 */
final class QueueListenerBeanPostProcessor implements BeanPostProcessor, BeanFactoryAware, Ordered {

  private static final Logger log = LoggerFactory.getLogger(QueueListenerBeanPostProcessor.class);

  private final Set<Class<?>> withoutListeners =
      Collections.newSetFromMap(new ConcurrentHashMap<>());
  private final List<DiscoveredListener> collected = new ArrayList<>();
  private @Nullable Consumer<List<DiscoveredListener>> late;
  private @Nullable BeanFactory beanFactory;

  @Override
  public void setBeanFactory(BeanFactory beanFactory) {
    this.beanFactory = beanFactory;
  }

  /** After proxies have been made, so that advice applies to handlers. */
  @Override
  public int getOrder() {
    return LOWEST_PRECEDENCE;
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String beanName) {
    Class<?> beanClass = AopProxyUtils.ultimateTargetClass(bean);
    if (bean instanceof AopInfrastructureBean
        || withoutListeners.contains(beanClass)
        || !QueueListenerAnnotations.mayBeOn(beanClass)) {
      return bean;
    }
    List<DiscoveredListener> found = QueueListenerAnnotations.of(beanName, bean, beanClass);
    if (found.isEmpty()) {
      withoutListeners.add(beanClass);
    } else if (isSingleton(beanName)) {
      take(found);
    } else {
      log.warn(
          "Bean \"{}\" has @QueueListener methods, but is made anew for each use: its listeners are not started. Make it a singleton.",
          beanName);
    }
    return bean;
  }

  private boolean isSingleton(String beanName) {
    return beanFactory == null
        || !beanFactory.containsBean(beanName)
        || beanFactory.isSingleton(beanName);
  }

  private void take(List<DiscoveredListener> found) {
    Consumer<List<DiscoveredListener>> receiver;
    synchronized (this) {
      receiver = late;
      if (receiver == null) {
        collected.addAll(found);
        return;
      }
    }
    receiver.accept(found);
  }

  /**
   * What was found so far; later finds go to {@code receiver}, on the thread that makes the bean.
   */
  synchronized List<DiscoveredListener> handOver(Consumer<List<DiscoveredListener>> receiver) {
    this.late = receiver;
    List<DiscoveredListener> found = List.copyOf(collected);
    collected.clear();
    return found;
  }
}
