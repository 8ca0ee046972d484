package io.queueruntime.servicebus.emulator.spring;

import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import java.util.List;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * Starts an emulator for one application context. Immutable; equal ones let test classes share a
 * context.
 */
record EmulatedServiceBusContextCustomizer(List<String> queues, List<String> sessionQueues)
    implements ContextCustomizer {

  private static final String NAME = "serviceBusEmulator";

  @Override
  public void customizeContext(
      ConfigurableApplicationContext context, MergedContextConfiguration mergedConfig) {
    if (!(context.getBeanFactory() instanceof DefaultListableBeanFactory beans)) {
      throw new IllegalStateException(
          "@EmulatedServiceBus needs a context with Spring's own bean factory, found "
              + context.getBeanFactory().getClass().getName()
              + ".");
    }
    ServiceBusEmulator emulator = ServiceBusEmulator.start();
    // The first to be registered is the last to be destroyed: clients close before their broker.
    beans.registerDisposableBean(NAME, emulator::close);
    beans.registerSingleton(NAME, emulator);
    queues.forEach(emulator::createQueue);
    sessionQueues.forEach(
        queue -> emulator.createQueue(queue, described -> described.withRequiresSession(true)));
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(
            EmulatorProperties.of(
                context.getEnvironment(),
                emulator.connectionString(),
                emulator.managementEndpoint().toString()));
  }
}
