package io.queueruntime.autoconfigure.servicebus;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.autoconfigure.OpeningAdvice;
import io.queueruntime.autoconfigure.ProviderSettings;
import io.queueruntime.autoconfigure.QueueProviderFactory;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.ServiceBus;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Transport;
import io.queueruntime.autoconfigure.QueueSettings;
import io.queueruntime.autoconfigure.SettingText;
import io.queueruntime.autoconfigure.StartupProblem;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.servicebus.ServiceBusConnectionString;
import io.queueruntime.servicebus.ServiceBusOptions;
import io.queueruntime.servicebus.ServiceBusQueueProvider;
import io.queueruntime.servicebus.ServiceBusRetry;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;

/** Opens Azure Service Bus. Thread-safe. */
final class ServiceBusQueueProviderFactory implements QueueProviderFactory {

  private final ObjectProvider<ServiceBusConnectionDetails> details;
  private final AzureFallback azure;

  /**
   * @param details of a Service Bus that this application starts or is given
   * @param azure what Spring Cloud Azure offers
   */
  ServiceBusQueueProviderFactory(
      ObjectProvider<ServiceBusConnectionDetails> details, AzureFallback azure) {
    this.details = details;
    this.azure = azure;
  }

  @Override
  public String name() {
    return ServiceBusQueueProvider.NAME;
  }

  private NamespaceAccess access(ProviderSettings settings) {
    return NamespaceAccess.find(settings, details.getIfUnique(), azure);
  }

  @Override
  public boolean isConfiguredElsewhere(ProviderSettings settings) {
    NamespaceAccess access = access(settings);
    return access.connectionString() != null || access.namespace() != null;
  }

  @Override
  public List<StartupProblem> check(ProviderSettings settings) {
    return AccessChecks.of(settings, access(settings));
  }

  @Override
  public List<StartupProblem> checkQueue(ProviderSettings settings, QueueSettings queue) {
    return ServiceBusLimits.check(settings, queue, entityPath(access(settings)));
  }

  private static Optional<Found> entityPath(NamespaceAccess access) {
    Found string = access.connectionString();
    if (string == null) {
      return Optional.empty();
    }
    try {
      return ServiceBusConnectionString.parse(string.text())
          .entityPath()
          .map(path -> new Found(path, string.where()));
    } catch (ConfigurationInvalid e) {
      return Optional.empty(); // which check() has reported
    }
  }

  /** Namespace and the way to sign in; no secret. */
  @Override
  public String summary(ProviderSettings settings) {
    NamespaceAccess access = access(settings);
    Found string = access.connectionString();
    Found namespace = access.namespace();
    String transport =
        access.transport() == Transport.AMQP ? "" : ", " + SettingText.of(access.transport());
    if (string != null) {
      ServiceBusConnectionString parsed = ServiceBusConnectionString.parse(string.text());
      return parsed.host()
          + parsed.port().map(port -> ":" + port).orElse("")
          + (parsed.isForEmulator() ? " (emulator)" : "")
          + transport;
    }
    return namespace == null
        ? ""
        : "%s, %s credential%s"
            .formatted(
                NamespaceAccess.host(namespace),
                SettingText.of(access.own().credential().type()),
                transport);
  }

  @Override
  public QueueProvider open(ProviderSettings settings) {
    return new ServiceBusQueueProvider(options(access(settings)));
  }

  private ServiceBusOptions options(NamespaceAccess access) {
    ServiceBus own = access.own();
    return signedIn(access)
        .withTransport(
            access.transport() == Transport.AMQP
                ? ServiceBusOptions.Transport.AMQP
                : ServiceBusOptions.Transport.AMQP_WEB_SOCKETS)
        .withConnections(own.connections())
        .withPrefetch(own.prefetch())
        .withManagementEndpoint(access.managementEndpoint())
        .withCustomEndpoint(own.customEndpoint())
        .withMaxMessageSize(own.maxMessageSize().toBytes())
        .withRetry(
            new ServiceBusRetry(
                own.retry().retries(), own.retry().delay(), own.retry().tryTimeout()))
        .withCache(own.cachedEntities(), own.idleTimeout());
  }

  private ServiceBusOptions signedIn(NamespaceAccess access) {
    Found string = access.connectionString();
    Found namespace = access.namespace();
    if (string != null) {
      return ServiceBusOptions.connectionString(string.text());
    }
    if (namespace == null) {
      throw new ConfigurationInvalid(null, "There is neither a connection string nor a namespace.");
    }
    return ServiceBusOptions.namespace(
        NamespaceAccess.host(namespace), Credentials.of(access.own().credential(), azure));
  }

  @Override
  public StartupProblem explain(ProviderSettings settings, RuntimeException failure) {
    return new Advice(settings)
        .problem(name(), settings, failure)
        .orElseGet(() -> QueueProviderFactory.super.explain(settings, failure));
  }

  /** What to tell a user of one client. */
  private final class Advice implements OpeningAdvice {
    private final ProviderSettings settings;

    Advice(ProviderSettings settings) {
      this.settings = settings;
    }

    @Override
    public boolean isUnreachable(RuntimeException failure) {
      return failure instanceof ConnectionFailed || failure instanceof OperationTimedOut;
    }

    @Override
    public String whenNotLetIn() {
      return "Check that the key, or the credential, is one of this namespace and has not run out; a credential needs a role such as Azure Service Bus Data Owner.";
    }

    @Override
    public String whenNotAllowed() {
      return "Looking at queues and creating them needs the claim Manage, or the role Azure Service Bus Data Owner. Without it set queue-runtime.defaults.declare: none.";
    }

    @Override
    public String whenNotReached() {
      return reachable(settings);
    }

    @Override
    public String whenMisconfigured() {
      return "Configure the queue as it is, use another one, or delete it first.";
    }
  }

  /** What has to be reached, and where. */
  private String reachable(ProviderSettings settings) {
    NamespaceAccess access = access(settings);
    Found string = access.connectionString();
    ServiceBusConnectionString parsed =
        string == null ? null : ServiceBusConnectionString.parse(string.text());
    if (parsed != null && parsed.isForEmulator()) {
      return "Check that the emulator runs at %s, with its management API at %s (%s)."
          .formatted(
              parsed.host() + parsed.port().map(port -> ":" + port).orElse(""),
              options(access).plainManagementEndpoint(),
              settings.property("management-endpoint"));
    }
    if (parsed != null && (parsed.port().isPresent() || isThisMachine(parsed.host()))) {
      return "Check that %s can be reached. For an emulator add UseDevelopmentEmulator=true to the connection string."
          .formatted(parsed.host() + parsed.port().map(port -> ":" + port).orElse(""));
    }
    return "Check the namespace's name and that ports 5671 and 443 can be reached from here; where only 443 can, set %s: amqp-web-sockets."
        .formatted(settings.property("transport"));
  }

  private static boolean isThisMachine(String host) {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }
}
