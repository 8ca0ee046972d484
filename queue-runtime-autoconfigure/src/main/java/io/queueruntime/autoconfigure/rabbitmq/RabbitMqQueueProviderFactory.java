package io.queueruntime.autoconfigure.rabbitmq;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import io.queueruntime.autoconfigure.ProviderSettings;
import io.queueruntime.autoconfigure.QueueProviderFactory;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.RabbitMq;
import io.queueruntime.autoconfigure.StartupProblem;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.rabbitmq.RabbitMqOptions;
import io.queueruntime.rabbitmq.RabbitMqQueueProvider;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ssl.SslBundles;

/** Opens RabbitMQ. Thread-safe. */
final class RabbitMqQueueProviderFactory implements QueueProviderFactory {

  private final ObjectProvider<RabbitMqConnectionDetails> details;
  private final SpringRabbit spring;
  private final ObjectProvider<SslBundles> bundles;

  RabbitMqQueueProviderFactory(
      ObjectProvider<RabbitMqConnectionDetails> details,
      SpringRabbit spring,
      ObjectProvider<SslBundles> bundles) {
    this.details = details;
    this.spring = spring;
    this.bundles = bundles;
  }

  @Override
  public String name() {
    return RabbitMqQueueProvider.NAME;
  }

  /** As everywhere, but for what needs a state store. */
  @Override
  public QueueOptions queueDefaults(ProviderSettings settings) {
    return QueueOptions.DEFAULTS.withDuplicateDetectionWindow(null);
  }

  private FoundRabbit access(ProviderSettings settings) {
    return new RabbitAccess(details.getIfUnique(), spring, bundles).find(settings);
  }

  @Override
  public List<StartupProblem> check(ProviderSettings settings) {
    try {
      options(settings);
      return List.of();
    } catch (ConfigurationInvalid e) {
      return List.of(explain(settings, e));
    }
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

  /** Connects, as what can be done depends on the broker's version. */
  @Override
  public QueueProvider open(ProviderSettings settings) {
    RabbitMqQueueProvider provider = new RabbitMqQueueProvider(options(settings));
    try {
      provider.capabilities();
    } catch (RuntimeException e) {
      provider.close();
      throw e;
    }
    return provider;
  }

  private RabbitMqOptions options(ProviderSettings settings) {
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
  public StartupProblem explain(ProviderSettings settings, RuntimeException failure) {
    String action;
    String code;
    if (failure instanceof AuthenticationFailed) {
      code = "QR-160";
      action =
          "Check user, password and virtual host: %s, or spring.rabbitmq.*. The user guest is only let in from RabbitMQ's own machine."
              .formatted(settings.property("uri"));
    } else if (failure instanceof PermissionDenied) {
      code = "QR-161";
      action =
          "Give the user the rights to configure, write and read in its virtual host; without the first set queue-runtime.defaults.declare: none.";
    } else if (failure instanceof ConnectionFailed) {
      code = "QR-100";
      action =
          "Check that RabbitMQ runs there and that its port can be reached from here: %s, or spring.rabbitmq.*."
              .formatted(settings.property("uri"));
    } else if (failure instanceof ConfigurationInvalid) {
      code = "QR-155";
      action = "Correct the setting; configure a queue as it is, use another one, or delete it.";
    } else {
      return QueueProviderFactory.super.explain(settings, failure);
    }
    return StartupProblem.failure(code, told(settings, failure), action);
  }

  private String told(ProviderSettings settings, RuntimeException failure) {
    String queue =
        failure instanceof QueueRuntimeException ours
            ? ours.queue().map(name -> " at queue \"" + name + "\"").orElse("")
            : "";
    return "Client \"%s\" (%s)%s: %s"
        .formatted(settings.client(), name(), queue, failure.getMessage());
  }
}
