package io.queueruntime.autoconfigure.kafka;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.autoconfigure.OpeningAdvice;
import io.queueruntime.autoconfigure.ProviderSettings;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Kafka;
import io.queueruntime.autoconfigure.QueueStateStores;
import io.queueruntime.autoconfigure.VersionedBrokerFactory;
import io.queueruntime.kafka.KafkaOptions;
import io.queueruntime.kafka.KafkaQueueProvider;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.store.QueueStateStore;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.unit.DataSize;

/** Opens Kafka. Thread-safe. */
final class KafkaQueueProviderFactory extends VersionedBrokerFactory<KafkaOptions> {

  private static final DataSize MESSAGE_MAX = DataSize.ofGigabytes(1);

  private final ObjectProvider<KafkaQueueConnectionDetails> details;
  private final SpringKafka spring;

  KafkaQueueProviderFactory(
      ObjectProvider<QueueStateStores> stores,
      ObjectProvider<KafkaQueueConnectionDetails> details,
      SpringKafka spring) {
    super(stores);
    this.details = details;
    this.spring = spring;
  }

  @Override
  public String name() {
    return KafkaQueueProvider.NAME;
  }

  private FoundKafka access(ProviderSettings settings) {
    return new KafkaAccess(details.getIfUnique(), spring).find(settings);
  }

  /** Where it is and who said so; no secret. */
  @Override
  public String summary(ProviderSettings settings) {
    FoundKafka found = access(settings);
    return "%s, by %s".formatted(found.servers(), found.where());
  }

  @Override
  protected QueueProvider provider(KafkaOptions options, @Nullable QueueStateStore store) {
    return new KafkaQueueProvider(options, store);
  }

  @Override
  protected KafkaOptions options(ProviderSettings settings) {
    Kafka own = settings.as(Kafka.class);
    if (own.maxMessageSize().compareTo(MESSAGE_MAX) > 0) {
      throw new ConfigurationInvalid(
          null,
          "%s is at most %s, found %s."
              .formatted(settings.property("max-message-size"), MESSAGE_MAX, own.maxMessageSize()));
    }
    return KafkaOptions.of(access(settings).client())
        .withClientId("queue-runtime/" + settings.client())
        .withPartitions(own.partitions())
        .withSessionPartitions(own.sessionPartitions())
        .withSessionPrefetch(own.sessionPrefetch())
        .withSendTimeout(own.sendTimeout())
        .withMaxMessageSize((int) own.maxMessageSize().toBytes())
        .withNames(own.names())
        .withKeepFinished(own.keepFinished());
  }

  @Override
  protected OpeningAdvice advice(ProviderSettings settings) {
    return new OpeningAdvice() {

      @Override
      public String whenNotLetIn() {
        return "Check user and password: sasl.jaas.config in %s, or spring.kafka.*."
            .formatted(settings.property("properties"));
      }

      @Override
      public String whenNotAllowed() {
        return "Give the user the rights to read, write and describe its topics and groups, and to create topics; the topic \"%1$s.catalog\" and the groups \"%1$s.*\" are among them."
            .formatted(settings.as(Kafka.class).names());
      }

      @Override
      public String whenNotReached() {
        return "Check that Kafka runs there, that its port can be reached from here, and that it takes connections without TLS if none is configured: %s, or spring.kafka.*."
            .formatted(settings.property("bootstrap-servers"));
      }

      @Override
      public String whenMisconfigured() {
        return "Correct the setting; configure a queue as it is, use another one, or delete it.";
      }
    };
  }
}
