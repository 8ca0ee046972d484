package io.queueruntime.contract;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayNameGenerator;

/** Shows a case as a sentence, followed by the promise it checks. Immutable. */
final class PromiseNames extends DisplayNameGenerator.Standard {

  @Override
  public String generateDisplayNameForMethod(
      List<Class<?>> enclosing, Class<?> testClass, Method method) {
    String sentence =
        method.getName().replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    Promise promise = method.getAnnotation(Promise.class);
    return promise == null ? sentence : sentence + " [" + promise.value() + "]";
  }
}
