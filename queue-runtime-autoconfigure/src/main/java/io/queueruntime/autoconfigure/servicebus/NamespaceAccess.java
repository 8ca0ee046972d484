package io.queueruntime.autoconfigure.servicebus;

import io.queueruntime.autoconfigure.ProviderSettings;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.ServiceBus;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Transport;
import io.queueruntime.servicebus.ServiceBusOptions;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How one client gets to its namespace, and where that was found: in its own settings, else in
 * connection details, else in what Spring Cloud Azure was told.
 *
 * <p>Immutable.
 *
 * @param own the client's own settings
 * @param connectionString takes the place of a namespace
 * @param namespace signed in to with a credential
 * @param transport what AMQP goes over
 * @param managementEndpoint address of the management API where it is not the namespace's own
 */
record NamespaceAccess(
    ServiceBus own,
    @Nullable Found connectionString,
    @Nullable Found namespace,
    Transport transport,
    @Nullable URI managementEndpoint) {

  private static final String SPRING_CLOUD_AZURE = "spring.cloud.azure.servicebus";

  /**
   * Looks where the settings may be. A connection string and a namespace are one thing: when the
   * client has either of them itself, nothing is looked for elsewhere.
   */
  static NamespaceAccess find(
      ProviderSettings settings,
      @Nullable ServiceBusConnectionDetails details,
      AzureFallback fallback) {
    ServiceBus own = settings.as(ServiceBus.class);
    ProviderSettings azure = settings.elsewhere(SPRING_CLOUD_AZURE);
    Transport transport =
        settings.isSet("transport") || !azure.isSet("client.transport-type")
            ? own.transport()
            : azure.as(SpringCloudAzure.class).client().transportType();
    Found connectionString = found(settings, "connection-string", own.connectionString());
    Found namespace = found(settings, "namespace", own.namespace());
    URI management = own.managementEndpoint();
    if (connectionString == null && namespace == null && details != null) {
      connectionString =
          new Found(
              details.getConnectionString(),
              "the bean of type " + ServiceBusConnectionDetails.class.getSimpleName());
      management = management == null ? details.getManagementEndpoint() : management;
    }
    if (connectionString == null && namespace == null) {
      SpringCloudAzure theirs = azure.as(SpringCloudAzure.class);
      connectionString =
          fallback
              .connectionString()
              .orElseGet(() -> found(azure, "connection-string", theirs.connectionString()));
      // Spring Cloud Azure allows both, and signs in with the string.
      namespace = connectionString == null ? found(azure, "namespace", theirs.whole()) : null;
    }
    return new NamespaceAccess(own, connectionString, namespace, transport, management);
  }

  private static @Nullable Found found(
      ProviderSettings settings, String name, @Nullable String text) {
    return text == null || text.isBlank()
        ? null
        : new Found(text.strip(), settings.propertyWithOrigin(name));
  }

  /** The namespace's whole host name. */
  static String host(Found namespace) {
    return ServiceBusOptions.host(namespace.text());
  }

  /** Without secrets. */
  @Override
  public String toString() {
    return "NamespaceAccess[connectionString=%s, namespace=%s]"
        .formatted(connectionString, namespace);
  }

  /**
   * The settings of Spring Cloud Azure that are read here, by their names alone.
   *
   * @param connectionString connection string of the namespace
   * @param namespace its short name
   * @param domainName what follows the short name
   * @param client of the AMQP client
   */
  record SpringCloudAzure(
      @Nullable String connectionString,
      @Nullable String namespace,
      @Nullable String domainName,
      @DefaultValue AmqpClient client) {

    private @Nullable String whole() {
      return namespace == null
              || namespace.isBlank()
              || namespace.indexOf('.') >= 0
              || domainName == null
          ? namespace
          : namespace.strip() + "." + domainName;
    }

    /** Without the connection string. */
    @Override
    public String toString() {
      return "SpringCloudAzure[namespace=%s]".formatted(namespace);
    }
  }

  /**
   * The AMQP client of Spring Cloud Azure.
   *
   * @param transportType what AMQP goes over
   */
  record AmqpClient(@DefaultValue("amqp") Transport transportType) {}
}
