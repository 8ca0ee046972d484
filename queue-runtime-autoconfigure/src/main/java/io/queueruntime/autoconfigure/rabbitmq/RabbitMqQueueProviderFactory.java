package io.queueruntime.autoconfigure.rabbitmq;

import io.queueruntime.autoconfigure.OpeningAdvice;
import io.queueruntime.autoconfigure.ProviderSettings;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.RabbitMq;
import io.queueruntime.autoconfigure.QueueStateStores;
import io.queueruntime.autoconfigure.VersionedBrokerFactory;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.rabbitmq.RabbitMqOptions;
import io.queueruntime.rabbitmq.RabbitMqQueueProvider;
import io.queueruntime.store.QueueStateStore;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ssl.SslBundles;

/** Opens RabbitMQ. Thread-safe. */
final class RabbitMqQueueProviderFactory extends VersionedBrokerFactory<RabbitMqOptions> {

  private final ObjectProvider<RabbitMqConnectionDetails> details;
  private final SpringRabbit spring;
  private final ObjectProvider<SslBundles> bundles;

  RabbitMqQueueProviderFactory(
      ObjectProvider<QueueStateStores> stores,
      ObjectProvider<RabbitMqConnectionDetails> details,
      SpringRabbit spring,
      ObjectProvider<SslBundles> bundles) {
    super(stores);
    this.details = details;
    this.spring = spring;
    this.bundles = bundles;
  }

  @Override
  public String name() {
    return RabbitMqQueueProvider.NAME;
  }

  private FoundRabbit access(ProviderSettings settings) {
    return new RabbitAccess(details.getIfUnique(), spring, bundles).find(settings);
  }

  /** Where it is and who said so; no secret. */
  @Override
  public String summary(ProviderSettings settings) {
    FoundRabbit found = access(settings);
    String place =
        found.addresses().isEmpty()
            ? found.factory().getHost() + ":" + found.factory().getPort()
            : String.join(", ", found.addresses().stream().map(Object::toString).toList());
    return "%s, by %s".formatted(place, found.where());
  }

  @Override
  protected QueueProvider provider(RabbitMqOptions options, @Nullable QueueStateStore store) {
    return new RabbitMqQueueProvider(options, store);
  }

  @Override
  protected RabbitMqOptions options(ProviderSettings settings) {
    FoundRabbit found = access(settings);
    RabbitMq own = settings.as(RabbitMq.class);
    return RabbitMqOptions.of(found.factory())
        .withAddresses(found.addresses())
        .withConnectionName("queue-runtime/" + settings.client())
        .withSessionPartitions(own.sessionPartitions())
        .withSessionPrefetch(own.sessionPrefetch())
        .withSendTimeout(own.sendTimeout())
        .withMaxMessageSize(own.maxMessageSize().toBytes());
  }

  @Override
  protected OpeningAdvice advice(ProviderSettings settings) {
    return new OpeningAdvice() {

      @Override
      public String whenNotLetIn() {
        return "Check user, password and virtual host: %s, or spring.rabbitmq.*. The user guest is only let in from RabbitMQ's own machine."
            .formatted(settings.property("uri"));
      }

      @Override
      public String whenNotAllowed() {
        return "Give the user the rights to configure, write and read in its virtual host; without the first set queue-runtime.defaults.declare: none.";
      }

      @Override
      public String whenNotReached() {
        return "Check that RabbitMQ runs there and that its port can be reached from here: %s, or spring.rabbitmq.*."
            .formatted(settings.property("uri"));
      }

      @Override
      public String whenMisconfigured() {
        return "Correct the setting; configure a queue as it is, use another one, or delete it.";
      }
    };
  }
}
