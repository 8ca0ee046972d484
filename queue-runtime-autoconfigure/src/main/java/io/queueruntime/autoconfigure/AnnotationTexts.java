package io.queueruntime.autoconfigure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanExpressionContext;
import org.springframework.beans.factory.config.BeanExpressionResolver;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;

/**
 * Resolves <code>${...}</code> and <code>#{...}</code> in attributes of annotations.
 *
 * <p>Thread-safe.
 */
final class AnnotationTexts {

  private final ConfigurableBeanFactory beanFactory;

  AnnotationTexts(ConfigurableBeanFactory beanFactory) {
    this.beanFactory = beanFactory;
  }

  /**
   * The value of one text, blanks around it taken away.
   *
   * @throws RuntimeException of Spring when a placeholder or expression cannot be resolved
   */
  String resolve(String text) {
    Object value = evaluate(text);
    return value == null ? "" : value.toString().trim();
  }

  /**
   * The values of several texts, each of which may stand for several: an expression's collection,
   * or "a, b".
   */
  List<String> resolveAll(Collection<String> texts) {
    List<String> values = new ArrayList<>();
    for (String text : texts) {
      addAll(values, evaluate(text));
    }
    return values;
  }

  private static void addAll(List<String> values, @Nullable Object value) {
    if (value instanceof Collection<?> several) {
      several.forEach(one -> addAll(values, one));
    } else if (value instanceof Object[] several) {
      addAll(values, Arrays.asList(several));
    } else if (value != null) {
      Arrays.stream(value.toString().split(","))
          .map(String::trim)
          .filter(part -> !part.isEmpty())
          .forEach(values::add);
    }
  }

  private @Nullable Object evaluate(String text) {
    String embedded = beanFactory.resolveEmbeddedValue(text);
    BeanExpressionResolver expressions = beanFactory.getBeanExpressionResolver();
    return embedded == null || expressions == null
        ? embedded
        : expressions.evaluate(embedded, new BeanExpressionContext(beanFactory, null));
  }
}
