package io.queueruntime.autoconfigure.kafka;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.clients.CommonClientConfigs;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.kafka.core.KafkaAdmin;

/**
 * Takes the client's properties out of Spring Kafka's admin: what Boot has made of its own
 * properties, of connection details and of SSL bundles is in them, in whatever package of Boot that
 * was done.
 *
 * <p>Thread-safe.
 */
final class SpringKafkaAdmin implements SpringKafka {

  private final ObjectProvider<KafkaAdmin> admins;

  SpringKafkaAdmin(ObjectProvider<KafkaAdmin> admins) {
    this.admins = admins;
  }

  @Override
  public Optional<FoundKafka> find() {
    KafkaAdmin admin = admins.getIfUnique();
    if (admin == null) {
      return Optional.empty();
    }
    Map<String, Object> client = new HashMap<>(admin.getConfigurationProperties());
    client.remove(CommonClientConfigs.CLIENT_ID_CONFIG);
    if (client.get(FoundKafka.SERVERS) instanceof Collection<?> servers) {
      client.put(
          FoundKafka.SERVERS,
          servers.stream().map(Object::toString).collect(Collectors.joining(",")));
    }
    return Optional.of(new FoundKafka(client, "Spring Kafka's admin"));
  }
}
