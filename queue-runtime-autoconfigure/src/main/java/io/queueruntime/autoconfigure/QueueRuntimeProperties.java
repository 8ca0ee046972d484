package io.queueruntime.autoconfigure;

import io.queueruntime.embedded.EmbeddedOptions.Durability;
import io.queueruntime.embedded.EmbeddedOptions.OnStorageFailure;
import io.queueruntime.listener.AckMode;
import io.queueruntime.store.StoreLimits;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of queues, of the clients that reach them and of the listeners that read them.
 *
 * <p>Immutable.
 *
 * @param provider Provider of the default client. When unset, the provider that has settings of its
 *     own is used, else the embedded one.
 * @param primary Name of the client that is used where none is named.
 * @param strict Whether a start fails on settings that are only risky instead of warning about
 *     them.
 * @param embedded Embedded provider of the default client.
 * @param servicebus Azure Service Bus as provider of the default client.
 * @param rabbitmq RabbitMQ as provider of the default client.
 * @param kafka Apache Kafka as provider of the default client.
 * @param clients Further clients, by name.
 * @param defaults Settings of every queue, unless the queue has its own.
 * @param queues Settings of single queues, by queue name.
 * @param listener Settings of every listener, unless the listener has its own.
 * @param listeners Settings of single listeners, by listener id; they win over the annotation.
 * @param payload Payloads on the wire.
 * @param store State store, which keeps what brokers lack.
 */
@ConfigurationProperties(QueueRuntimeProperties.PREFIX)
public record QueueRuntimeProperties(
    @Nullable String provider,
    @Nullable String primary,
    @DefaultValue("false") boolean strict,
    @DefaultValue Embedded embedded,
    @DefaultValue ServiceBus servicebus,
    @DefaultValue RabbitMq rabbitmq,
    @DefaultValue Kafka kafka,
    @DefaultValue Map<String, Client> clients,
    @DefaultValue Queue defaults,
    @DefaultValue Map<String, Queue> queues,
    @DefaultValue Listener listener,
    @DefaultValue Map<String, ListenerOverride> listeners,
    @DefaultValue Payload payload,
    @DefaultValue Store store) {

  /** What every property here starts with. */
  public static final String PREFIX = "queue-runtime";

  public QueueRuntimeProperties {
    clients = Map.copyOf(clients);
    queues = Map.copyOf(queues);
    listeners = Map.copyOf(listeners);
  }

  /** What is done about a queue at start. */
  public enum Declare {
    /** The queue must exist and match its settings, else the start fails. */
    CHECK,
    /**
     * The queue is created when it does not exist, and changed where it may be changed; at a broker
     * only in what is configured.
     */
    CREATE,
    /** Nothing. */
    NONE
  }

  /** Whether messages of a queue belong to sessions. */
  public enum Session {
    /** No message has a session. */
    NONE,
    /** Every message has a session. */
    REQUIRED
  }

  /** Where a state store keeps its entries. */
  public enum StoreType {
    /** There is none: what takes one is refused at the start. */
    NONE,
    /** In memory and in a directory, for one instance of the application. */
    EMBEDDED,
    /** In a database, for any number of instances. */
    JDBC
  }

  /**
   * State store: keeps duplicate windows, session states, deferred and scheduled messages for
   * providers whose brokers do not. The embedded provider and Azure Service Bus need none.
   *
   * @param type Where entries are kept.
   * @param maxMessageSize Largest message that is deferred or scheduled, with its headers.
   * @param maxSessionStateSize Largest state of a session.
   * @param embedded Store in a directory.
   * @param jdbc Store in a database.
   */
  public record Store(
      @DefaultValue("none") StoreType type,
      @DefaultValue("1MB") DataSize maxMessageSize,
      @DefaultValue("256KB") DataSize maxSessionStateSize,
      @DefaultValue EmbeddedStore embedded,
      @DefaultValue JdbcStore jdbc) {

    static final long LARGEST_BYTES = DataSize.ofMegabytes(64).toBytes();

    /** The same in the words of a store; sizes out of bounds are an {@code ArithmeticException}. */
    public StoreLimits limits() {
      return new StoreLimits(
          Math.toIntExact(maxMessageSize.toBytes()),
          Math.toIntExact(maxSessionStateSize.toBytes()));
    }
  }

  /**
   * State store in a directory.
   *
   * @param directory Directory that holds the entries, one directory below it for each client.
   *     Belongs to one running application at a time.
   * @param capacity Bytes that all entries of a client may take; they are in memory, too.
   */
  public record EmbeddedStore(
      @DefaultValue("./queue-store") Path directory, @DefaultValue("64MB") DataSize capacity) {}

  /** What becomes of the tables of a state store at the start. */
  public enum StoreSchema {
    /** They are created unless they are there, then checked. */
    CREATE,
    /** They must be there, as this version knows them, else the start fails. */
    CHECK,
    /** Nothing. */
    NONE
  }

  /**
   * State store in a database: PostgreSQL, or H2 for development.
   *
   * @param dataSource Name of the DataSource bean; the primary or only one when unset.
   * @param schema What becomes of the tables at the start.
   * @param tablePrefix What the names of the tables begin with.
   * @param databaseSchema Schema of the database that holds the tables; that of the connection when
   *     unset.
   * @param threads Operations at a time, each with a connection of its own.
   * @param timeout Longest time of one statement.
   */
  public record JdbcStore(
      @Nullable String dataSource,
      @DefaultValue("check") StoreSchema schema,
      @DefaultValue("queue_runtime_") String tablePrefix,
      @Nullable String databaseSchema,
      @DefaultValue("4") int threads,
      @DefaultValue("10s") Duration timeout) {}

  /**
   * Embedded provider.
   *
   * @param directory Directory that holds the queues. Belongs to one running application at a time.
   * @param durability What an acknowledged message survives.
   * @param capacity Messages a queue holds before senders are held back and then refused; 0 for no
   *     limit but the disk.
   * @param segmentSize Size of a journal file.
   * @param snapshot Snapshots, which keep a restart short.
   * @param onStorageFailure What happens after the disk failed.
   */
  public record Embedded(
      @DefaultValue("./queue-data") Path directory,
      @DefaultValue("fsync") Durability durability,
      @DefaultValue("0") long capacity,
      @DefaultValue("64MB") DataSize segmentSize,
      @DefaultValue Snapshot snapshot,
      @DefaultValue("fail") OnStorageFailure onStorageFailure) {}

  /**
   * Snapshots of the embedded provider.
   *
   * @param interval Longest time between two snapshots while there is work.
   * @param every Journal records between two snapshots.
   * @param keep Snapshots that stay on the disk.
   */
  public record Snapshot(
      @DefaultValue("30s") Duration interval,
      @DefaultValue("100000") long every,
      @DefaultValue("2") int keep) {}

  /**
   * Azure Service Bus. What is not set is taken from Spring Cloud Azure, if it is there.
   *
   * @param connectionString Connection string of the namespace. Takes the place of namespace and
   *     credential.
   * @param namespace Namespace that is signed in to with a credential, as its short name or its
   *     whole host name.
   * @param credential Credential to sign in to the namespace with.
   * @param transport What AMQP goes over.
   * @param prefetch Messages that a receiver fetches, and locks, before they are wanted; 0 for
   *     none.
   * @param connections AMQP connections that senders and receivers share.
   * @param managementEndpoint Address of the management API where it is not the namespace's own, as
   *     with emulators.
   * @param customEndpoint Host and port that AMQP connects to instead of the namespace, e.g.
   *     https://bus.internal.example:5671. For a private endpoint or a gateway in front of the
   *     namespace.
   * @param maxMessageSize Largest message with its headers, as the tier of the namespace allows.
   * @param retry Retries of operations that fail in a way that may pass.
   * @param cachedEntities Senders and receivers that stay open; the longest unused one is closed
   *     first.
   * @param idleTimeout Time without use after which a sender or receiver is closed.
   */
  public record ServiceBus(
      @Nullable String connectionString,
      @Nullable String namespace,
      @DefaultValue Credential credential,
      @DefaultValue("amqp") Transport transport,
      @DefaultValue("0") int prefetch,
      @DefaultValue("1") int connections,
      @Nullable URI managementEndpoint,
      @Nullable URI customEndpoint,
      @DefaultValue("256KB") DataSize maxMessageSize,
      @DefaultValue Retry retry,
      @DefaultValue("1000") int cachedEntities,
      @DefaultValue("10m") Duration idleTimeout) {

    /** Without the connection string, which holds a key. */
    @Override
    public String toString() {
      return "ServiceBus[connectionString=%s, namespace=%s, credential=%s, managementEndpoint=%s]"
          .formatted(hidden(connectionString), namespace, credential, managementEndpoint);
    }
  }

  /**
   * RabbitMQ. What is not set is taken from Spring AMQP, if it is there, else from
   * spring.rabbitmq.*.
   *
   * @param uri Where it is, with user and password, e.g. amqps://user:password@host/virtual-host.
   * @param sslBundle SSL bundle for a connection by uri.
   * @param sessionPartitions Queues that a session queue created here is made of. Sessions of one
   *     partition are with one instance.
   * @param sessionPrefetch Unsettled messages of one partition that are fetched at most.
   * @param sendTimeout Longest wait for a message to be confirmed.
   * @param maxMessageSize Largest message with its headers; the broker has a limit of its own.
   */
  public record RabbitMq(
      @Nullable String uri,
      @Nullable String sslBundle,
      @DefaultValue("16") int sessionPartitions,
      @DefaultValue("128") int sessionPrefetch,
      @DefaultValue("30s") Duration sendTimeout,
      @DefaultValue("16MB") DataSize maxMessageSize) {

    /** Without the URI, which holds a password. */
    @Override
    public String toString() {
      return "RabbitMq[uri=%s, sessionPartitions=%d]".formatted(hidden(uri), sessionPartitions);
    }
  }

  /**
   * Apache Kafka. What is not set is taken from Spring Kafka, if it is there, else from
   * spring.kafka.*.
   *
   * @param bootstrapServers Where it is, each host:port. With it, nothing is taken from elsewhere.
   * @param properties Properties of Kafka's own clients, e.g. security.protocol.
   * @param partitions Partitions of the topic of a queue without sessions created here. At most as
   *     many instances take part.
   * @param sessionPartitions Partitions of the topic of a session queue created here. Sessions of
   *     one partition are with one instance.
   * @param sessionPrefetch Unsettled messages of one partition that are fetched at most.
   * @param sendTimeout Longest wait for a message to be confirmed.
   * @param maxMessageSize Largest message with its headers; the broker has a limit of its own.
   * @param names What the names of the groups and of the topic that this library makes for itself
   *     start with. Applications that share queues have the same.
   * @param keepFinished Whether what was completed stays in the topics created here, for others to
   *     read. They grow then, and come again once the broker has forgotten the queue's group.
   */
  public record Kafka(
      @DefaultValue List<String> bootstrapServers,
      @DefaultValue Map<String, String> properties,
      @DefaultValue("12") int partitions,
      @DefaultValue("12") int sessionPartitions,
      @DefaultValue("128") int sessionPrefetch,
      @DefaultValue("30s") Duration sendTimeout,
      @DefaultValue("1000000B") DataSize maxMessageSize,
      @DefaultValue("queue-runtime") String names,
      @DefaultValue("false") boolean keepFinished) {

    /** Without the clients' properties, among which there may be a password. */
    @Override
    public String toString() {
      return "Kafka[bootstrapServers=%s, names=%s]".formatted(bootstrapServers, names);
    }
  }

  /**
   * Retries of operations that fail in a way that may pass.
   *
   * @param retries Further tries of one operation.
   * @param delay Wait before each of them.
   * @param tryTimeout Longest time one try may take.
   */
  public record Retry(
      @DefaultValue("3") int retries,
      @DefaultValue("500ms") Duration delay,
      @DefaultValue("30s") Duration tryTimeout) {}

  /** What AMQP goes over. */
  public enum Transport {
    /** TCP with TLS, port 5671. */
    AMQP,
    /** WebSockets, port 443: where a firewall lets nothing else through. */
    AMQP_WEB_SOCKETS
  }

  /**
   * Credential of Microsoft Entra ID.
   *
   * @param type Kind of the credential.
   * @param tenantId Tenant to sign in at.
   * @param clientId Application that signs in, or the user-assigned managed identity.
   * @param clientSecret Secret of the application.
   */
  public record Credential(
      @DefaultValue("default") CredentialType type,
      @Nullable String tenantId,
      @Nullable String clientId,
      @Nullable String clientSecret) {

    /** What is blank, as a variable without a value leaves it, is as if it were not set. */
    public Credential {
      tenantId = unlessBlank(tenantId);
      clientId = unlessBlank(clientId);
      clientSecret = unlessBlank(clientSecret);
    }

    /** Whether it is as it is when nobody says anything: what the environment offers. */
    public boolean isUnset() {
      return type == CredentialType.DEFAULT
          && tenantId == null
          && clientId == null
          && clientSecret == null;
    }

    /** Without the secret. */
    @Override
    public String toString() {
      return "Credential[type=%s, tenantId=%s, clientId=%s, clientSecret=%s]"
          .formatted(type, tenantId, clientId, hidden(clientSecret));
    }
  }

  /** Kind of a credential. */
  public enum CredentialType {
    /** Whatever the environment offers: variables, workload identity, managed identity, the CLI. */
    DEFAULT,
    /** The identity Azure gave the machine; with a client id, that user-assigned one. */
    MANAGED_IDENTITY,
    /** An application with a secret. */
    CLIENT_SECRET
  }

  private static @Nullable String unlessBlank(@Nullable String text) {
    return text == null || text.isBlank() ? null : text;
  }

  private static @Nullable String hidden(@Nullable String secret) {
    return secret == null ? null : "******";
  }

  /**
   * One client: a connection to one provider.
   *
   * @param provider Provider of this client. When unset, the provider that has settings of its own
   *     is used, else the embedded one.
   * @param embedded Embedded provider of this client.
   * @param servicebus Azure Service Bus as provider of this client.
   * @param rabbitmq RabbitMQ as provider of this client.
   * @param kafka Apache Kafka as provider of this client.
   */
  public record Client(
      @Nullable String provider,
      @DefaultValue Embedded embedded,
      @DefaultValue ServiceBus servicebus,
      @DefaultValue RabbitMq rabbitmq,
      @DefaultValue Kafka kafka) {}

  /**
   * One queue, or the settings that all queues share. What is not set is inherited.
   *
   * @param client Client the queue is reached through; the primary one when unset.
   * @param declare What is done about the queue at start. The embedded provider creates what is
   *     missing, others check.
   * @param session Whether every message belongs to a session. Cannot be changed on an existing
   *     queue.
   * @param sessionIds Only session ids that are allowed (partitioned mode). Implies sessions.
   * @param sessionIdleTimeout How long a receiver keeps a session in which nothing arrives.
   * @param lockDuration How long a delivery, or a session, is held without being renewed.
   * @param maxDeliveryCount Deliveries after which a message that was never completed is
   *     dead-lettered.
   * @param defaultTimeToLive Longest life of a message.
   * @param deadLetterOnExpiration Whether expired messages go to the dead-letter queue instead of
   *     being dropped.
   * @param duplicateDetection Detection of messages that are sent twice.
   * @param autoDeleteOnIdle Time without use after which the queue is deleted; never when unset.
   * @param maxMessageSize Largest message that is taken; the limit of the provider when unset.
   * @param attributes What a provider alone has, by its names for it, such as
   *     servicebus.max-size-in-megabytes and servicebus.partitioned.
   */
  public record Queue(
      @Nullable String client,
      @Nullable Declare declare,
      @Nullable Session session,
      @Nullable List<String> sessionIds,
      @Nullable Duration sessionIdleTimeout,
      @Nullable Duration lockDuration,
      @Nullable Integer maxDeliveryCount,
      @Nullable Duration defaultTimeToLive,
      @Nullable Boolean deadLetterOnExpiration,
      @DefaultValue DuplicateDetection duplicateDetection,
      @Nullable Duration autoDeleteOnIdle,
      @Nullable DataSize maxMessageSize,
      @Nullable Map<String, String> attributes) {

    /** A queue about which nothing is said. */
    static final Queue UNSET =
        new Queue(
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            DuplicateDetection.UNSET,
            null,
            null,
            null);

    /**
     * An entry that only names a queue: {@code orders:} and {@code orders: {}} reach the binding as
     * an empty text.
     */
    public static Queue valueOf(String text) {
      if (!text.isBlank()) {
        throw new IllegalArgumentException("settings such as { session: required } or {}");
      }
      return UNSET;
    }
  }

  /**
   * Detection of messages that are sent twice, by message id.
   *
   * @param enabled Whether the newer copy of a message is discarded.
   * @param window How long a message id is remembered.
   */
  public record DuplicateDetection(@Nullable Boolean enabled, @Nullable Duration window) {

    static final DuplicateDetection UNSET = new DuplicateDetection(null, null);
  }

  /**
   * Settings that all listeners share.
   *
   * @param concurrency Messages, or sessions of a session queue, in work at once, as "4" or "2-16".
   *     1 when unset, 8 on a session queue.
   * @param ackMode Who settles a message.
   * @param timeout Longest time a handler may take; 0 for no limit.
   * @param maxLockRenewal How long locks are kept alive while a handler runs; 0 for no renewal.
   * @param drainTimeout How long a stop waits for handlers that are running.
   * @param autoStartup Whether listeners start with the application.
   * @param backoff Delays before a failed message is delivered again.
   */
  public record Listener(
      @Nullable String concurrency,
      @DefaultValue("auto") AckMode ackMode,
      @DefaultValue("2m") Duration timeout,
      @DefaultValue("5m") Duration maxLockRenewal,
      @DefaultValue("20s") Duration drainTimeout,
      @DefaultValue("true") boolean autoStartup,
      @DefaultValue Backoff backoff) {}

  /**
   * Delays before a failed message is delivered again.
   *
   * @param delay Delay after the first failure.
   * @param multiplier What the delay is multiplied with after each further failure.
   * @param maxDelay Longest delay.
   * @param jitter Part of the delay, from 0 to 1, that is added or taken away at random.
   */
  public record Backoff(
      @DefaultValue("1s") Duration delay,
      @DefaultValue("2") double multiplier,
      @DefaultValue("5m") Duration maxDelay,
      @DefaultValue("0.2") double jitter) {}

  /**
   * One listener. What is not set is as the annotation says.
   *
   * @param queues Queues to listen to.
   * @param client Client the queues are reached through.
   * @param concurrency Messages, or sessions of a session queue, in work at once, as "4" or "2-16".
   * @param sessionIds Sessions to listen to, on a queue that has sessions.
   * @param ackMode Who settles a message.
   * @param maxRetries Deliveries after the first one before a message is dead-lettered.
   * @param timeout Longest time the handler may take; 0 for no limit.
   * @param maxLockRenewal How long locks are kept alive while the handler runs; 0 for no renewal.
   * @param batchSize Most messages that are handed over at once.
   * @param batchTimeout How long to wait for a batch to fill.
   * @param autoStartup Whether the listener starts with the application.
   * @param errorHandler Name of the bean that turns a failure into a settlement.
   * @param backoff Delays before a failed message is delivered again.
   */
  public record ListenerOverride(
      @Nullable List<String> queues,
      @Nullable String client,
      @Nullable String concurrency,
      @Nullable List<String> sessionIds,
      @Nullable AckMode ackMode,
      @Nullable Integer maxRetries,
      @Nullable Duration timeout,
      @Nullable Duration maxLockRenewal,
      @Nullable Integer batchSize,
      @Nullable Duration batchTimeout,
      @Nullable Boolean autoStartup,
      @Nullable String errorHandler,
      @DefaultValue BackoffOverride backoff) {

    /** A listener about which nothing is said. */
    static final ListenerOverride UNSET =
        new ListenerOverride(
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            BackoffOverride.UNSET);
  }

  /**
   * Delays of one listener. What is not set is as the annotation says.
   *
   * @param delay Delay after the first failure.
   * @param multiplier What the delay is multiplied with after each further failure.
   * @param maxDelay Longest delay.
   * @param jitter Part of the delay, from 0 to 1, that is added or taken away at random.
   */
  public record BackoffOverride(
      @Nullable Duration delay,
      @Nullable Double multiplier,
      @Nullable Duration maxDelay,
      @Nullable Double jitter) {

    static final BackoffOverride UNSET = new BackoffOverride(null, null, null, null);
  }

  /**
   * Payloads on the wire.
   *
   * @param types Classes by their logical name. Names travel with messages, class names never do.
   * @param contentType How objects are written where a sender does not say, e.g. application/cbor.
   *     JSON if unset.
   */
  public record Payload(@DefaultValue Map<String, String> types, @Nullable String contentType) {

    public Payload {
      types = Map.copyOf(types);
    }
  }
}
