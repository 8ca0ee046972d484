package io.queueruntime.samples.brokers;

import io.queueruntime.autoconfigure.rabbitmq.RabbitMqConnectionDetails;
import io.queueruntime.rabbitmq.local.LocalRabbitMq;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;

/**
 * The RabbitMQ that is installed here (apt-get install rabbitmq-server), started for this
 * application alone, in the profile "rabbitmq". With a broker that runs already this class goes,
 * and {@code spring.rabbitmq.host} comes.
 */
@Configuration(proxyBeanMethods = false)
@Profile("rabbitmq")
class LocalRabbit {

  @Bean
  LocalRabbitMq localRabbitMq() throws IOException {
    return LocalRabbitMq.start(Path.of("target", "sample04-rabbitmq-" + System.nanoTime()));
  }

  @Bean
  RabbitMqConnectionDetails rabbitMq(LocalRabbitMq broker) {
    return broker::uri;
  }
}
