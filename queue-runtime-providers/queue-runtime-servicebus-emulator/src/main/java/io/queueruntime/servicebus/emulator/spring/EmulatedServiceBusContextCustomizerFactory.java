package io.queueruntime.servicebus.emulator.spring;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.TestContextAnnotationUtils;

/** Looks for {@link EmulatedServiceBus} on a test class. Immutable. */
final class EmulatedServiceBusContextCustomizerFactory implements ContextCustomizerFactory {

  @Override
  public @Nullable ContextCustomizer createContextCustomizer(
      Class<?> testClass, List<ContextConfigurationAttributes> configAttributes) {
    EmulatedServiceBus annotation =
        TestContextAnnotationUtils.findMergedAnnotation(testClass, EmulatedServiceBus.class);
    return annotation == null
        ? null
        : new EmulatedServiceBusContextCustomizer(
            List.of(annotation.queues()), List.of(annotation.sessionQueues()));
  }
}
