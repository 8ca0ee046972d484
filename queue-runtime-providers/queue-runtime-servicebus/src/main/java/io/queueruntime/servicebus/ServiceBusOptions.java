package io.queueruntime.servicebus;

import com.azure.core.credential.TokenCredential;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import java.net.URI;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which namespace the provider works with, how it signs in, and its bounds.
 *
 * <p>Start from {@link #connectionString} or {@link #namespace} and change what differs. Immutable;
 * no {@code toString} holds a secret.
 *
 * @param connectionString the way in, unless there is a namespace
 * @param namespace host name of the namespace, unless there is a connection string
 * @param credential signs in to the namespace; its token is renewed by the SDK
 * @param transport what AMQP goes over
 * @param connections AMQP connections; a queue always uses the same one
 * @param prefetch messages the client may hold for a plain queue's receivers before they are asked
 *     for; they are locked meanwhile
 * @param managementEndpoint where queues are created and described when that is not the namespace
 *     itself: {@code http://host:port} of an emulator
 * @param customEndpoint where AMQP connects to instead of the namespace, {@code https://host:port}:
 *     a private endpoint or a gateway in front of it; {@code null}: the namespace itself
 * @param retry of operations that fail in a way that may pass
 * @param maxMessageSize largest message with its headers, in bytes: 256 KB on the Standard tier
 * @param cachedEntities senders and receivers that stay open; the longest unused goes first
 * @param idleTimeout after how long without use a sender or receiver is closed
 */
public record ServiceBusOptions(
    @Nullable ServiceBusConnectionString connectionString,
    @Nullable String namespace,
    @Nullable TokenCredential credential,
    Transport transport,
    int connections,
    int prefetch,
    @Nullable URI managementEndpoint,
    @Nullable URI customEndpoint,
    ServiceBusRetry retry,
    long maxMessageSize,
    int cachedEntities,
    Duration idleTimeout) {

  /** What AMQP goes over. */
  public enum Transport {
    /** TCP with TLS, port 5671. */
    AMQP,
    /** Web sockets over TLS, port 443, for networks that let nothing else out. */
    AMQP_WEB_SOCKETS
  }

  private static final String DOMAIN = ".servicebus.windows.net";
  private static final int EMULATOR_MANAGEMENT_PORT = 5300;

  public ServiceBusOptions {
    if ((connectionString == null) == (namespace == null)) {
      throw new ConfigurationInvalid(
          null,
          "queue-runtime.servicebus needs either connection-string or namespace, found %s."
              .formatted(namespace == null ? "neither" : "both"));
    }
    if (namespace != null && credential == null) {
      throw new ConfigurationInvalid(
          null,
          "queue-runtime.servicebus.namespace is '%s', but there is no credential to sign in with."
              .formatted(namespace));
    }
    atLeast("connections", 1, connections);
    atLeast("prefetch", 0, prefetch);
    atLeast("max-message-size", 1, maxMessageSize);
    atLeast("cached-entities", 1, cachedEntities);
    positive("idle-timeout", idleTimeout);
    if (customEndpoint != null
        && (customEndpoint.getHost() == null || customEndpoint.getPort() < 1)) {
      throw new ConfigurationInvalid(
          null,
          "queue-runtime.servicebus.custom-endpoint is a host and a port, e.g. https://bus.internal.example:5671, found '%s'."
              .formatted(customEndpoint));
    }
  }

  private static void atLeast(String property, long least, long found) {
    if (found < least) {
      throw new ConfigurationInvalid(
          null,
          "queue-runtime.servicebus.%s is at least %d, found %d."
              .formatted(property, least, found));
    }
  }

  static void positive(String property, Duration found) {
    if (found.isZero() || found.isNegative()) {
      throw new ConfigurationInvalid(
          null,
          "queue-runtime.servicebus.%s is more than zero, found %s.".formatted(property, found));
    }
  }

  /** Signs in with the key of a connection string. */
  public static ServiceBusOptions connectionString(String connectionString) {
    return of(ServiceBusConnectionString.parse(connectionString), null, null);
  }

  /**
   * Signs in with a credential of Azure's.
   *
   * @param namespace its short name, or its whole host name, e.g. in another cloud
   */
  public static ServiceBusOptions namespace(String namespace, TokenCredential credential) {
    if (namespace.isBlank()) {
      throw new ConfigurationInvalid(null, "queue-runtime.servicebus.namespace is blank.");
    }
    return of(null, host(namespace), credential);
  }

  /**
   * The whole host name of a namespace: what has a dot is one already, e.g. in another cloud.
   *
   * @param namespace its short name, or its whole host name
   */
  public static String host(String namespace) {
    String host = namespace.strip();
    return host.indexOf('.') < 0 ? host + DOMAIN : host;
  }

  private static ServiceBusOptions of(
      @Nullable ServiceBusConnectionString connectionString,
      @Nullable String namespace,
      @Nullable TokenCredential credential) {
    return new ServiceBusOptions(
        connectionString,
        namespace,
        credential,
        Transport.AMQP,
        1,
        0,
        null,
        null,
        ServiceBusRetry.DEFAULTS,
        256 * 1024,
        1_000,
        Duration.ofMinutes(10));
  }

  /** Host of the namespace. */
  public String host() {
    if (connectionString != null) {
      return connectionString.host();
    }
    return namespace == null ? "" : namespace;
  }

  /** Where queues are managed over plain http; null: at the namespace itself. */
  public @Nullable URI plainManagementEndpoint() {
    if (managementEndpoint == null
        && connectionString != null
        && connectionString.isForEmulator()) {
      return URI.create("http://" + connectionString.host() + ":" + EMULATOR_MANAGEMENT_PORT);
    }
    return managementEndpoint;
  }

  public ServiceBusOptions withTransport(Transport value) {
    return with(copy -> copy.transport = value);
  }

  public ServiceBusOptions withConnections(int value) {
    return with(copy -> copy.connections = value);
  }

  public ServiceBusOptions withPrefetch(int value) {
    return with(copy -> copy.prefetch = value);
  }

  /** Where an emulator's queues are managed, {@code http://host:port}; null: where it is usual. */
  public ServiceBusOptions withManagementEndpoint(@Nullable URI value) {
    return with(copy -> copy.managementEndpoint = value);
  }

  /**
   * Where AMQP connects to instead of the namespace, {@code https://host:port}: a private endpoint
   * or a gateway in front of it, which has to show a certificate for that host; null: the namespace
   * itself.
   */
  public ServiceBusOptions withCustomEndpoint(@Nullable URI value) {
    return with(copy -> copy.customEndpoint = value);
  }

  public ServiceBusOptions withRetry(ServiceBusRetry value) {
    return with(copy -> copy.retry = value);
  }

  public ServiceBusOptions withMaxMessageSize(long value) {
    return with(copy -> copy.maxMessageSize = value);
  }

  /** Bounds of what stays open. */
  public ServiceBusOptions withCache(int entities, Duration idle) {
    return with(
        copy -> {
          copy.cachedEntities = entities;
          copy.idleTimeout = idle;
        });
  }

  private ServiceBusOptions with(Consumer<Copy> change) {
    Copy copy = new Copy(this);
    change.accept(copy);
    return copy.options();
  }

  /** Without secrets. */
  @Override
  public String toString() {
    return "ServiceBusOptions[%s%s, %s, connections=%d, prefetch=%d, maxMessageSize=%d]"
        .formatted(
            host(),
            connectionString == null ? ", credential" : ", connection string",
            transport,
            connections,
            prefetch,
            maxMessageSize);
  }

  /** A copy that is being changed; the way in stays. */
  private static final class Copy {
    private final ServiceBusOptions from;
    private Transport transport;
    private int connections;
    private int prefetch;
    private @Nullable URI managementEndpoint;
    private @Nullable URI customEndpoint;
    private ServiceBusRetry retry;
    private long maxMessageSize;
    private int cachedEntities;
    private Duration idleTimeout;

    Copy(ServiceBusOptions from) {
      this.from = from;
      transport = from.transport;
      connections = from.connections;
      prefetch = from.prefetch;
      managementEndpoint = from.managementEndpoint;
      customEndpoint = from.customEndpoint;
      retry = from.retry;
      maxMessageSize = from.maxMessageSize;
      cachedEntities = from.cachedEntities;
      idleTimeout = from.idleTimeout;
    }

    ServiceBusOptions options() {
      return new ServiceBusOptions(
          from.connectionString,
          from.namespace,
          from.credential,
          transport,
          connections,
          prefetch,
          managementEndpoint,
          customEndpoint,
          retry,
          maxMessageSize,
          cachedEntities,
          idleTimeout);
    }
  }
}
