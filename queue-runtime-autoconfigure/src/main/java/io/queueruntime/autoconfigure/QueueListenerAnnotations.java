package io.queueruntime.autoconfigure;

import io.queueruntime.autoconfigure.DiscoveredListener.HandlerMethod;
import io.queueruntime.listener.QueueHandler;
import io.queueruntime.listener.QueueListener;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.messaging.handler.annotation.SendTo;

/**
 * Finds {@link QueueListener} on a class and its methods: declared, inherited, on an interface,
 * repeated or as a meta-annotation.
 *
 * <p>Thread-safe.
 */
final class QueueListenerAnnotations {

  private QueueListenerAnnotations() {}

  /** Whether it is worth looking at the class at all. */
  static boolean mayBeOn(Class<?> type) {
    return AnnotationUtils.isCandidateClass(type, List.of(QueueListener.class));
  }

  static List<DiscoveredListener> of(String beanName, Object bean, Class<?> beanClass) {
    List<DiscoveredListener> found = new ArrayList<>();
    List<MergedAnnotation<QueueListener>> onClass = listenersOn(beanClass);
    if (!onClass.isEmpty()) {
      List<HandlerMethod> handlers = handlerMethods(beanClass);
      for (int i = 0; i < onClass.size(); i++) {
        found.add(
            new DiscoveredListener(beanName, bean, beanClass, null, handlers, onClass.get(i), i));
      }
    }
    methodsWith(beanClass)
        .forEach(
            (method, annotations) -> {
              List<HandlerMethod> handler =
                  List.of(new HandlerMethod(method, false, replyTo(method, beanClass)));
              for (int i = 0; i < annotations.size(); i++) {
                found.add(
                    new DiscoveredListener(
                        beanName, bean, beanClass, method, handler, annotations.get(i), i));
              }
            });
    return found;
  }

  /** The annotated methods with their annotations, in no particular order. */
  static Map<Method, List<MergedAnnotation<QueueListener>>> methodsWith(Class<?> beanClass) {
    return MethodIntrospector.selectMethods(
        beanClass,
        (MethodIntrospector.MetadataLookup<List<MergedAnnotation<QueueListener>>>)
            method -> {
              List<MergedAnnotation<QueueListener>> annotations = listenersOn(method);
              return annotations.isEmpty() ? null : annotations;
            });
  }

  /** The nearest ones: what a method says for itself hides what the method it overrides says. */
  static List<MergedAnnotation<QueueListener>> listenersOn(AnnotatedElement element) {
    List<MergedAnnotation<QueueListener>> all =
        MergedAnnotations.from(element, SearchStrategy.TYPE_HIERARCHY).stream(QueueListener.class)
            .toList();
    int nearest = all.stream().mapToInt(MergedAnnotation::getAggregateIndex).min().orElse(0);
    return all.stream().filter(annotation -> annotation.getAggregateIndex() == nearest).toList();
  }

  /** The methods that a class-level listener chooses from. */
  static List<HandlerMethod> handlerMethods(Class<?> beanClass) {
    Map<Method, QueueHandler> methods =
        MethodIntrospector.selectMethods(
            beanClass,
            (MethodIntrospector.MetadataLookup<QueueHandler>)
                method -> AnnotatedElementUtils.findMergedAnnotation(method, QueueHandler.class));
    Map<Method, HandlerMethod> handlers = new LinkedHashMap<>();
    methods.forEach(
        (method, annotation) ->
            handlers.put(
                method,
                new HandlerMethod(method, annotation.isDefault(), replyTo(method, beanClass))));
    return List.copyOf(handlers.values());
  }

  private static List<String> replyTo(Method method, Class<?> beanClass) {
    SendTo sendTo = sendTo(method);
    if (sendTo == null) {
      sendTo = sendTo(beanClass);
    }
    return sendTo == null ? List.of() : List.of(sendTo.value());
  }

  private static @Nullable SendTo sendTo(AnnotatedElement element) {
    return AnnotatedElementUtils.findMergedAnnotation(element, SendTo.class);
  }
}
