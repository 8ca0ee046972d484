package io.queueruntime.autoconfigure.kafka;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import io.queueruntime.autoconfigure.ProviderSettings;
import io.queueruntime.autoconfigure.QueueProviderFactory;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Kafka;
import io.queueruntime.autoconfigure.StartupProblem;
import io.queueruntime.kafka.KafkaOptions;
import io.queueruntime.kafka.KafkaQueueProvider;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.QueueProvider;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.unit.DataSize;

/** Opens Kafka. Thread-safe. */
final class KafkaQueueProviderFactory implements QueueProviderFactory {

  private static final DataSize MESSAGE_MAX = DataSize.ofGigabytes(1);

  private final ObjectProvider<KafkaQueueConnectionDetails> details;
  private final SpringKafka spring;

  KafkaQueueProviderFactory(
      ObjectProvider<KafkaQueueConnectionDetails> details, SpringKafka spring) {
    this.details = details;
    this.spring = spring;
  }

  @Override
  public String name() {
    return KafkaQueueProvider.NAME;
  }

  /** As everywhere, but for what needs a state store. */
  @Override
  public QueueOptions queueDefaults(ProviderSettings settings) {
    return QueueOptions.DEFAULTS.withDuplicateDetectionWindow(null);
  }

  private FoundKafka access(ProviderSettings settings) {
    return new KafkaAccess(details.getIfUnique(), spring).find(settings);
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
    FoundKafka found = access(settings);
    return "%s, by %s".formatted(found.servers(), found.where());
  }

  /** Connects, as what can be done depends on the broker's version. */
  @Override
  public QueueProvider open(ProviderSettings settings) {
    KafkaQueueProvider provider = new KafkaQueueProvider(options(settings));
    try {
      provider.capabilities();
    } catch (RuntimeException e) {
      provider.close();
      throw e;
    }
    return provider;
  }

  private KafkaOptions options(ProviderSettings settings) {
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
  public StartupProblem explain(ProviderSettings settings, RuntimeException failure) {
    String action;
    String code;
    if (failure instanceof AuthenticationFailed) {
      code = "QR-160";
      action =
          "Check user and password: sasl.jaas.config in %s, or spring.kafka.*."
              .formatted(settings.property("properties"));
    } else if (failure instanceof PermissionDenied) {
      code = "QR-161";
      action =
          "Give the user the rights to read, write and describe its topics and groups, and to create topics; the topic \"%1$s.catalog\" and the groups \"%1$s.*\" are among them."
              .formatted(settings.as(Kafka.class).names());
    } else if (failure instanceof ConnectionFailed) {
      code = "QR-100";
      action =
          "Check that Kafka runs there, that its port can be reached from here, and that it takes connections without TLS if none is configured: %s, or spring.kafka.*."
              .formatted(settings.property("bootstrap-servers"));
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
