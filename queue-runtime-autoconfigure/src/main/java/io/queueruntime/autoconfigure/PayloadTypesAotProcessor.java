package io.queueruntime.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.aot.hint.TypeReference;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotContribution;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * Makes the classes that {@code queue-runtime.payload.types} names known to a native image.
 * Immutable.
 */
final class PayloadTypesAotProcessor implements BeanFactoryInitializationAotProcessor {

  @Override
  public @Nullable BeanFactoryInitializationAotContribution processAheadOfTime(
      ConfigurableListableBeanFactory beanFactory) {
    Map<String, String> names =
        Binder.get(beanFactory.getBean(Environment.class))
            .bind("queue-runtime.payload.types", Bindable.mapOf(String.class, String.class))
            .orElse(Map.of());
    List<Class<?>> types = new ArrayList<>();
    for (String name : names.values()) {
      if (ClassUtils.isPresent(name.trim(), beanFactory.getBeanClassLoader())) {
        types.add(ClassUtils.resolveClassName(name.trim(), beanFactory.getBeanClassLoader()));
      }
    }
    if (types.isEmpty()) {
      return null;
    }
    return (generationContext, code) -> {
      ReflectionHints hints = generationContext.getRuntimeHints().reflection();
      types.forEach(type -> hints.registerType(TypeReference.of(type)));
      new BindingReflectionHintsRegistrar()
          .registerReflectionHints(hints, types.toArray(Class<?>[]::new));
    };
  }
}
