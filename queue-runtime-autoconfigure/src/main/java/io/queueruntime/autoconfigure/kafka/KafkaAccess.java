package io.queueruntime.autoconfigure.kafka;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.autoconfigure.ProviderSettings;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Kafka;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.jspecify.annotations.Nullable;

/**
 * Finds out how Kafka is reached: by the client's own {@code bootstrap-servers}, by a bean of the
 * application's, by Spring Kafka, or by {@code spring.kafka.*} as it stands, in this order. The
 * client's own {@code properties} are added to each of them. Thread-safe.
 */
final class KafkaAccess {

  /** What Spring Kafka makes objects of: without it, they would be left out without a word. */
  private static final List<String> MADE_BY_SPRING = List.of("ssl", "jaas");

  private final @Nullable KafkaQueueConnectionDetails details;
  private final SpringKafka spring;

  KafkaAccess(@Nullable KafkaQueueConnectionDetails details, SpringKafka spring) {
    this.details = details;
    this.spring = spring;
  }

  FoundKafka find(ProviderSettings settings) {
    Kafka own = settings.as(Kafka.class);
    FoundKafka found = place(own, settings);
    Map<String, Object> client = new HashMap<>(found.client());
    client.putAll(own.properties());
    return new FoundKafka(client, found.where());
  }

  private FoundKafka place(Kafka own, ProviderSettings settings) {
    if (!own.bootstrapServers().isEmpty()) {
      return of(String.join(",", own.bootstrapServers()), settings.property("bootstrap-servers"));
    }
    if (details != null) {
      return of(details.getBootstrapServers(), "the bean of type KafkaQueueConnectionDetails");
    }
    return spring.find().orElseGet(() -> ofProperties(settings.elsewhere("spring.kafka")));
  }

  private static FoundKafka of(String servers, String where) {
    return new FoundKafka(Map.of(FoundKafka.SERVERS, servers), where);
  }

  private static FoundKafka ofProperties(ProviderSettings settings) {
    for (String name : MADE_BY_SPRING) {
      if (settings.isSet(name)) {
        throw new ConfigurationInvalid(
            null,
            "%s.* is only understood with Spring Kafka (org.springframework.boot:spring-boot-starter-kafka); write Kafka's own properties into spring.kafka.properties instead."
                .formatted(settings.property(name)));
      }
    }
    SpringKafkaProperties found = settings.as(SpringKafkaProperties.class);
    Map<String, Object> client = new HashMap<>(found.properties());
    client.put(FoundKafka.SERVERS, String.join(",", found.bootstrapServers()));
    String protocol = found.security().protocol();
    if (protocol != null) {
      client.put(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG, protocol);
    }
    return new FoundKafka(client, "spring.kafka.*");
  }
}
