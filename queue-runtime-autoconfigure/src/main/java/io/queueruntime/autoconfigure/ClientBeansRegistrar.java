package io.queueruntime.autoconfigure;

import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.template.DeadLetters;
import io.queueruntime.template.QueueTemplate;
import java.util.function.BiFunction;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.core.env.Environment;

/**
 * Registers the template, the administration and the dead letters of every client but the primary
 * one, under names that begin with the client's: {@code azureQueueTemplate}. They are fallbacks:
 * who asks by type gets the primary's.
 */
final class ClientBeansRegistrar implements BeanRegistrar {

  @Override
  public void register(BeanRegistry registry, Environment environment) {
    ClientNames names = ClientNames.of(environment);
    for (String client : names.others()) {
      register(registry, client, QueueTemplate.class, ClientBeans::template);
      register(registry, client, QueueAdmin.class, ClientBeans::admin);
      register(registry, client, DeadLetters.class, ClientBeans::deadLetters);
    }
  }

  private static <T> void register(
      BeanRegistry registry,
      String client,
      Class<T> type,
      BiFunction<ClientBeans, String, T> maker) {
    registry.registerBean(
        ClientBeans.beanName(client, type.getSimpleName()),
        type,
        spec ->
            spec.fallback()
                .supplier(context -> maker.apply(context.bean(ClientBeans.class), client)));
  }
}
