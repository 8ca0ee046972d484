package io.queueruntime.autoconfigure;

import io.queueruntime.autoconfigure.DiscoveredListener.HandlerMethod;
import io.queueruntime.autoconfigure.handler.HandlerSignature;
import io.queueruntime.listener.QueueListener;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.beans.factory.aot.BeanRegistrationAotContribution;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.support.RegisteredBean;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.util.ClassUtils;

/**
 * Makes the listener methods of a bean, and the payloads they take and return, known to a native
 * image. Immutable.
 */
final class QueueListenerAotProcessor implements BeanRegistrationAotProcessor {

  private static final BindingReflectionHintsRegistrar BINDING =
      new BindingReflectionHintsRegistrar();

  @Override
  public @Nullable BeanRegistrationAotContribution processAheadOfTime(
      RegisteredBean registeredBean) {
    Class<?> beanClass = ClassUtils.getUserClass(registeredBean.getBeanClass());
    if (!QueueListenerAnnotations.mayBeOn(beanClass)) {
      return null;
    }
    Set<Method> methods =
        new LinkedHashSet<>(QueueListenerAnnotations.methodsWith(beanClass).keySet());
    if (!QueueListenerAnnotations.listenersOn(beanClass).isEmpty()) {
      QueueListenerAnnotations.handlerMethods(beanClass).stream()
          .map(HandlerMethod::method)
          .forEach(methods::add);
    }
    if (methods.isEmpty()) {
      return null;
    }
    return (generationContext, code) -> {
      RuntimeHints hints = generationContext.getRuntimeHints();
      methods.forEach(method -> register(hints.reflection(), method, beanClass));
    };
  }

  private static void register(ReflectionHints reflection, Method method, Class<?> beanClass) {
    reflection.registerMethod(method, ExecutableMode.INVOKE);
    bind(reflection, HandlerSignature.of(method, beanClass).payloadType());
    Type result = GenericTypeResolver.resolveType(method.getGenericReturnType(), beanClass);
    ResolvableType declared = ResolvableType.forType(result);
    bind(reflection, declared.hasGenerics() ? declared.getGeneric(0).getType() : result);
    for (MergedAnnotation<QueueListener> annotation :
        QueueListenerAnnotations.listenersOn(method)) {
      Class<?> root = annotation.getRoot().getType();
      if (root != QueueListener.class) {
        reflection.registerType(root, QueueRuntimeHints.ATTRIBUTES);
      }
    }
  }

  private static void bind(ReflectionHints reflection, Type type) {
    Class<?> raw = ResolvableType.forType(type).toClass();
    boolean own =
        !raw.isPrimitive()
            && !ClassUtils.isPrimitiveArray(raw)
            && !raw.getName().startsWith("java.lang.");
    if (own) {
      BINDING.registerReflectionHints(reflection, type);
    }
  }
}
