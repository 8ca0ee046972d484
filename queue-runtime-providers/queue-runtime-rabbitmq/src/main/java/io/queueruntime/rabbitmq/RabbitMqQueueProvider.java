package io.queueruntime.rabbitmq;

import io.queueruntime.message.QueueName;
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
import io.queueruntime.provider.front.Fronts;
import io.queueruntime.store.QueueStateStore;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * RabbitMQ from 3.10 on, through its own client.
 *
 * <p>Opening it does no I/O; its connections are made with the first use and again after a fault.
 * What it can do depends on the broker's version, so that asking for its capabilities connects. How
 * each promise is kept, and which are not, stands in {@code docs/rabbitmq.md}.
 *
 * <p>Thread-safe. What depends on its futures may block.
 */
public final class RabbitMqQueueProvider implements QueueProvider {

  /** Its name in the configuration. */
  public static final String NAME = "rabbitmq";

  private final ProviderParts parts;
  private final Fronts fronts;
  private final RabbitMqAdmin admin;
  private boolean closed;

  /** Opens a provider on the machine's clocks, without a state store. */
  public RabbitMqQueueProvider(RabbitMqOptions options) {
    this(options, null);
  }

  /**
   * Opens a provider on the machine's clocks.
   *
   * @param store keeps what the broker does not; it is not closed with the provider, and must be
   *     open as long
   */
  public RabbitMqQueueProvider(RabbitMqOptions options, @Nullable QueueStateStore store) {
    this(options, store, new ProviderTime("queue-runtime-rabbitmq-time"), Pace.USUAL);
  }

  /** For tests: on clocks that are moved, and at a pace of their own. */
  RabbitMqQueueProvider(
      RabbitMqOptions options, @Nullable QueueStateStore store, ProviderTime time, Pace pace) {
    this.parts = new ProviderParts(options, store, time, pace);
    this.fronts = parts.fronts();
    this.admin = new RabbitMqAdmin(parts, fronts);
  }

  ProviderParts parts() {
    return parts;
  }

  /**
   * What a RabbitMQ of that version can do with these options; asks nothing of it.
   *
   * @param version as the server says it, e.g. {@code 3.10.8}
   * @param store the state store that is configured, if any
   */
  public static Capabilities capabilities(
      String version, RabbitMqOptions options, @Nullable QueueStateStore store) {
    return RabbitMqCapabilities.of(BrokerVersion.of(version), options, store);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Capabilities capabilities() {
    return parts.capabilities();
  }

  /**
   * Where messages go in: a queue, or, for a name with a slash that is no queue's, the exchange
   * before the first slash with the routing key after it, e.g. {@code events/user.created}.
   */
  @Override
  public QueueSender sender(QueueName queue) {
    return new RabbitMqSender(queue, parts);
  }

  @Override
  public QueueReceiver receiver(QueueName queue, SubQueue subQueue) {
    return fronts.receiver(queue, subQueue);
  }

  @Override
  public CompletableFuture<SessionReceiver> acceptSession(
      QueueName queue, SessionId sessionId, Duration maxWait) {
    return fronts.acceptSession(queue, sessionId, maxWait);
  }

  @Override
  public CompletableFuture<Optional<SessionReceiver>> acceptNextSession(
      QueueName queue, Duration maxWait) {
    return fronts.acceptNextSession(queue, maxWait);
  }

  @Override
  public DeadLetterQueue deadLetters(QueueName queue) {
    return new RabbitMqDeadLetters(queue, parts, fronts);
  }

  @Override
  public QueueAdmin admin() {
    return admin;
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
    fronts.close();
    parts.close();
  }
}
