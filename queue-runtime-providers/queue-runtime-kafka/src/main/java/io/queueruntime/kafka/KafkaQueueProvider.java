package io.queueruntime.kafka;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.DeadLetterQueue;
import io.queueruntime.provider.ProviderTime;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.store.QueueStateStore;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Kafka from 4.0 on, through its own client.
 *
 * <p>Opening it does no I/O; its connections are made with the first use and again after a fault.
 * What it can do depends on the broker's version, so that asking for its capabilities connects.
 *
 * <p>Thread-safe. What depends on its futures may block.
 */
public final class KafkaQueueProvider implements QueueProvider {

  /** Its name in the configuration. */
  public static final String NAME = "kafka";

  /** Joining a group again takes longer than most pauses of who receives. */
  private static final Duration REST_AFTER = Duration.ofSeconds(30);

  /** How long a message that is there may take to come. */
  private static final Duration HISTORY_PATIENCE = Duration.ofSeconds(30);

  private final ProviderParts parts;
  private final KafkaAdmin admin;
  private boolean closed;

  /** Opens a provider on the machine's clocks, without a state store. */
  public KafkaQueueProvider(KafkaOptions options) {
    this(options, null);
  }

  /**
   * Opens a provider on the machine's clocks.
   *
   * @param store keeps what the broker does not; it is not closed with the provider, and must be
   *     open as long
   */
  public KafkaQueueProvider(KafkaOptions options, @Nullable QueueStateStore store) {
    this(options, store, new ProviderTime("queue-runtime-kafka-time"), REST_AFTER);
  }

  /**
   * For tests: on clocks that are moved.
   *
   * @param restAfter how long after the last demand it leaves a queue's group
   */
  KafkaQueueProvider(
      KafkaOptions options,
      @Nullable QueueStateStore store,
      ProviderTime time,
      Duration restAfter) {
    this.parts = new ProviderParts(options, store, time, restAfter);
    this.admin = new KafkaAdmin(parts);
  }

  /**
   * What can be done on a broker of a version, without asking one.
   *
   * @param version e.g. {@code 4.2}
   * @param store the state store that is configured, if any
   */
  public static Capabilities capabilities(
      String version, KafkaOptions options, @Nullable QueueStateStore store) {
    return KafkaCapabilities.of(BrokerVersion.parse(version), options, store);
  }

  ProviderParts parts() {
    return parts;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Capabilities capabilities() {
    return parts.capabilities();
  }

  @Override
  public QueueSender sender(QueueName queue) {
    return new KafkaSender(queue, parts);
  }

  @Override
  public QueueReceiver receiver(QueueName queue, SubQueue subQueue) {
    return parts.fronts().receiver(queue, subQueue);
  }

  @Override
  public CompletableFuture<SessionReceiver> acceptSession(
      QueueName queue, SessionId sessionId, Duration maxWait) {
    return parts.fronts().acceptSession(queue, sessionId, maxWait);
  }

  @Override
  public CompletableFuture<Optional<SessionReceiver>> acceptNextSession(
      QueueName queue, Duration maxWait) {
    return parts.fronts().acceptNextSession(queue, maxWait);
  }

  @Override
  public DeadLetterQueue deadLetters(QueueName queue) {
    return new KafkaDeadLetters(queue, parts);
  }

  @Override
  public QueueAdmin admin() {
    return admin;
  }

  /**
   * Reads everything that a session was ever sent, from the beginning, in its order: what there is
   * when it begins. Blocks.
   *
   * @param each is called on this thread; what it throws ends the reading
   * @return how many messages there were
   * @throws io.queueruntime.QueueRuntimeException {@code ProviderFailed} when Kafka has deleted the
   *     beginning, {@code QueueNotFound}, {@code OperationTimedOut} when Kafka falls silent
   */
  public long replay(QueueName queue, SessionId session, Consumer<ReceivedMessage<byte[]>> each) {
    return new SessionHistory(parts, HISTORY_PATIENCE).replay(queue, session, each);
  }

  /** Gives everything back that is not settled, in its order, then closes the connections. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    parts.close();
  }
}
