package io.queueruntime.samples.brokers;

import io.queueruntime.autoconfigure.kafka.KafkaQueueConnectionDetails;
import io.queueruntime.kafka.local.LocalKafka;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;

/**
 * A Kafka of this application's own, in the profile "kafka": so that the sample needs nothing but
 * Maven. With a broker that runs already this class goes, and {@code
 * spring.kafka.bootstrap-servers} comes.
 */
@Configuration(proxyBeanMethods = false)
@Profile("kafka")
class LocalKafkaServer {

  @Bean
  LocalKafka localKafka() throws IOException {
    return LocalKafka.start(Path.of("target", "sample04-kafka-" + System.nanoTime()));
  }

  @Bean
  KafkaQueueConnectionDetails kafka(LocalKafka broker) {
    return broker::bootstrapServers;
  }
}
