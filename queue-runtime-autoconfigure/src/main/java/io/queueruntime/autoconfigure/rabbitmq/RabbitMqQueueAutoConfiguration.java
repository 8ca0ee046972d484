package io.queueruntime.autoconfigure.rabbitmq;

import com.rabbitmq.client.Address;
import com.rabbitmq.client.ConnectionFactory;
import io.queueruntime.autoconfigure.QueueRuntimeAutoConfiguration;
import io.queueruntime.autoconfigure.QueueStateStores;
import io.queueruntime.rabbitmq.RabbitMqQueueProvider;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.amqp.autoconfigure.RabbitConnectionDetails;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * RabbitMQ as a provider that {@code queue-runtime.provider} can choose; nothing is opened unless
 * it does.
 */
@AutoConfiguration(before = QueueRuntimeAutoConfiguration.class)
@ConditionalOnClass({RabbitMqQueueProvider.class, ConnectionFactory.class})
public final class RabbitMqQueueAutoConfiguration {

  private static final String SPRING_AMQP =
      "org.springframework.amqp.rabbit.connection.ConnectionFactory";

  RabbitMqQueueAutoConfiguration() {}

  @Bean
  RabbitMqQueueProviderFactory rabbitMqQueueProviderFactory(
      ObjectProvider<QueueStateStores> stores,
      ObjectProvider<RabbitMqConnectionDetails> details,
      SpringRabbit spring,
      ObjectProvider<SslBundles> bundles) {
    return new RabbitMqQueueProviderFactory(stores, details, spring, bundles);
  }

  /** With Spring AMQP: what Boot configures it with, {@code spring.rabbitmq.*} among it. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = SPRING_AMQP)
  static class WithSpringAmqp {

    @Bean
    SpringRabbit queueRuntimeSpringRabbit(
        ObjectProvider<org.springframework.amqp.rabbit.connection.ConnectionFactory> factories,
        ObjectProvider<RabbitAddresses> addresses) {
      return new SpringRabbitFactory(factories, addresses);
    }
  }

  /** Without it: {@code spring.rabbitmq.*} is read as it stands. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnMissingClass(SPRING_AMQP)
  static class WithoutSpringAmqp {

    @Bean
    SpringRabbit queueRuntimeSpringRabbit() {
      return Optional::empty;
    }
  }

  /**
   * Boot up to 4.1. From 4.2 on this type is elsewhere: then the first address is used, which
   * Spring AMQP tells.
   */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.springframework.boot.amqp.autoconfigure.RabbitConnectionDetails")
  static class WithBootsDetails {

    @Bean
    RabbitAddresses queueRuntimeRabbitAddresses(ObjectProvider<RabbitConnectionDetails> details) {
      return () ->
          details
              .orderedStream()
              .limit(1)
              .flatMap(found -> found.getAddresses().stream())
              .map(address -> new Address(address.host(), address.port()))
              .toList();
    }
  }
}
