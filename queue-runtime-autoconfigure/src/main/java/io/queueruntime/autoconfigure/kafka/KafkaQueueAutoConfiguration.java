package io.queueruntime.autoconfigure.kafka;

import io.queueruntime.autoconfigure.PrimaryClient;
import io.queueruntime.autoconfigure.QueueRuntimeAutoConfiguration;
import io.queueruntime.autoconfigure.QueueStateStores;
import io.queueruntime.kafka.KafkaQueueProvider;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.kafka.core.KafkaAdmin;

/**
 * Kafka as a provider that {@code queue-runtime.provider} can choose; nothing is opened unless it
 * does.
 */
@AutoConfiguration(before = QueueRuntimeAutoConfiguration.class)
@ConditionalOnClass({KafkaQueueProvider.class, KafkaProducer.class})
public final class KafkaQueueAutoConfiguration {

  private static final String SPRING_KAFKA = "org.springframework.kafka.core.KafkaAdmin";

  KafkaQueueAutoConfiguration() {}

  @Bean
  KafkaQueueProviderFactory kafkaQueueProviderFactory(
      ObjectProvider<QueueStateStores> stores,
      ObjectProvider<KafkaQueueConnectionDetails> details,
      SpringKafka spring) {
    return new KafkaQueueProviderFactory(stores, details, spring);
  }

  /**
   * Made when somebody asks for it; connects when it is used, and says then when the primary client
   * is on another provider.
   */
  @Bean
  @Lazy
  @ConditionalOnMissingBean
  KafkaHistory kafkaHistory(ObjectProvider<PrimaryClient> client) {
    return new KafkaHistory(
        () -> client.getObject().provider(KafkaQueueProvider.class, "KafkaHistory"),
        client.getObject().converter());
  }

  /** With Spring Kafka: what Boot configures it with, {@code spring.kafka.*} among it. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = SPRING_KAFKA)
  static class WithSpringKafka {

    @Bean
    SpringKafka queueRuntimeSpringKafka(ObjectProvider<KafkaAdmin> admins) {
      return new SpringKafkaAdmin(admins);
    }
  }

  /** Without it: {@code spring.kafka.*} is read as it stands. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnMissingClass(SPRING_KAFKA)
  static class WithoutSpringKafka {

    @Bean
    SpringKafka queueRuntimeSpringKafka() {
      return Optional::empty;
    }
  }
}
