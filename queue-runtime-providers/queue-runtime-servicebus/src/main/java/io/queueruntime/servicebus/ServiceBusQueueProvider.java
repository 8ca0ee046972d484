package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.DeadLetterQueue;
import io.queueruntime.provider.Limits;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.Server;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Support;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Azure Service Bus, through Azure's own SDK.
 *
 * <p>Opening it does no I/O; its connections are made with the first use and again after a fault.
 * All receivers of a queue share one link, see {@link QueueLink}; each held session has one of its
 * own, see {@link ServiceBusSession}. Service Bus cannot replace pending messages by key, delay an
 * abandoned message, bound a queue by its number of messages or tell a sender of a duplicate; see
 * {@link #capabilities()}.
 *
 * <p>A message that the SDK cannot read, as one with a footer, is seen by whoever looks into the
 * queue without its content, and with the reason in the header {@code queue_unreadable}; receiving
 * it fails until Service Bus dead-letters it.
 *
 * <p>Thread-safe. What depends on its futures may block.
 */
public final class ServiceBusQueueProvider implements QueueProvider {

  /** Its name in the configuration. */
  public static final String NAME = "servicebus";

  /** Most messages of one call that the SDK is given at once; larger lists are split. */
  private static final int BATCH_MAX = 4_500;

  private static final Logger log = LoggerFactory.getLogger(ServiceBusQueueProvider.class);

  /** How long closing may take: well below the 30 s that Spring gives a phase of its shutdown. */
  private static final int CLOSE_MAX_SECONDS = 20;

  private static final Duration RELEASE_MAX = Duration.ofSeconds(10);
  private static final Duration CLIENTS_MAX = Duration.ofSeconds(2);
  private static final Duration SEND_MAX =
      Duration.ofSeconds(CLOSE_MAX_SECONDS).minus(RELEASE_MAX).minus(CLIENTS_MAX);

  private final ServiceBusOptions options;
  private final ProviderTime time;
  private final Capabilities capabilities;
  private final CallbackThreads callbacks;
  private final Senders senders;
  private final Links links;
  private final QueueFacts facts;
  private final ServiceBusAdmin admin;
  private final Cache<QueueName, QueueSessions> sessions;
  private volatile boolean closed;

  /** Opens a provider on the machine's clocks. */
  public ServiceBusQueueProvider(ServiceBusOptions options) {
    this(options, new ProviderTime());
  }

  ServiceBusQueueProvider(ServiceBusOptions options, ProviderTime time) {
    this.options = options;
    this.time = time;
    this.capabilities = capabilities(options);
    this.callbacks = new CallbackThreads("queue-runtime-servicebus");
    Connections connections = new Connections(options);
    this.senders = new Senders(options, connections, time, callbacks, this::refused);
    this.links = new Links(options, connections, time, callbacks);
    this.admin = new ServiceBusAdmin(options, time, this::changed, this::deleted, this::purge);
    this.facts =
        new QueueFacts(
            time, callbacks, options.retry().tryTimeout(), queue -> admin.look(queue, callbacks));
    this.sessions =
        new Cache<>(
            options.cachedEntities(),
            options.idleTimeout(),
            time,
            queue -> new QueueSessions(queue, connections, facts, time, callbacks, options),
            QueueSessions::isIdle,
            QueueSessions::rest);
  }

  /** What Service Bus can do with these options; asks nothing of it. */
  public static Capabilities capabilities(ServiceBusOptions options) {
    return Capabilities.all(
            Server.of("Azure Service Bus"),
            new Limits(
                options.maxMessageSize(),
                BATCH_MAX,
                options.maxMessageSize(),
                QueueLimits.LOCK_MAX))
        .with(
            Capability.DEAD_LETTER_REPLAY,
            Support.emulated(
                "At least once: the dead letter is sent again with an id made from its own and then completed; after a crash in between, duplicate detection drops the second copy."))
        .with(
            Capability.DEDUPLICATION_KEY,
            Support.unsupported("Service Bus cannot replace a message that waits."))
        .with(
            Capability.DUPLICATE_OUTCOME,
            Support.unsupported("Service Bus drops a duplicate and says that it was sent."))
        .with(
            Capability.DETAILED_STATISTICS,
            Support.unsupported(
                "Service Bus counts neither locked nor deferred messages, nor sessions."))
        .with(
            Capability.ABANDON_WITH_DELAY,
            Support.unsupported(
                "Service Bus delivers an abandoned message again at once; a listener holds it back itself, as long as its lock allows."))
        .with(
            Capability.ATOMIC_BATCH,
            Support.unsupported(
                "Service Bus takes one batch whole or not at all, but only up to its size; what is larger goes in several."))
        .with(
            Capability.CAPACITY,
            Support.unsupported("Service Bus limits a queue's size in bytes, not its messages."));
  }

  private void refused(QueueName queue) {
    facts.doubt(queue);
  }

  private void changed(QueueName queue) {
    facts.forget(queue);
  }

  private void deleted(QueueName queue) {
    facts.forget(queue);
    senders.renew(queue);
  }

  private long purge(QueueName queue) {
    return new QueuePurge(this, queue, time.now())
        .run(
            admin
                .find(queue)
                .orElseThrow(
                    () ->
                        new QueueNotFound(
                            queue.value(),
                            "Cannot purge queue '%s': the namespace has no such queue."
                                .formatted(queue))));
  }

  /** Refuses what the connection string is not good for. */
  private void check(QueueName queue) {
    ServiceBusConnectionString connectionString = options.connectionString();
    Optional<String> only =
        connectionString == null ? Optional.empty() : connectionString.entityPath();
    if (only.isPresent() && !only.get().equalsIgnoreCase(queue.value())) {
      throw new ConfigurationInvalid(
          queue.value(),
          "Cannot use queue '%s': the connection string is limited by its EntityPath to '%s'; use one of the whole namespace."
              .formatted(queue, only.get()));
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Capabilities capabilities() {
    return capabilities;
  }

  @Override
  public QueueSender sender(QueueName queue) {
    check(queue);
    return new ServiceBusSender(queue, senders, links, facts, time, options.maxMessageSize());
  }

  @Override
  public QueueReceiver receiver(QueueName queue, SubQueue subQueue) {
    check(queue);
    return new ServiceBusReceiver(queue, subQueue, links);
  }

  @Override
  public CompletableFuture<SessionReceiver> acceptSession(
      QueueName queue, SessionId sessionId, Duration maxWait) {
    try {
      check(queue);
      return sessions.use(queue, queue, open -> open.accept(sessionId, maxWait));
    } catch (QueueRuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletableFuture<Optional<SessionReceiver>> acceptNextSession(
      QueueName queue, Duration maxWait) {
    try {
      check(queue);
      return sessions.use(queue, queue, open -> open.acceptNext(maxWait));
    } catch (QueueRuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public DeadLetterQueue deadLetters(QueueName queue) {
    check(queue);
    return new ServiceBusDeadLetters(queue, links, senders, time);
  }

  @Override
  public QueueAdmin admin() {
    return admin;
  }

  /**
   * Gives back all sessions and what was received, sends what senders have taken, and closes all
   * connections. Idempotent.
   *
   * <p>Takes at most {@value #CLOSE_MAX_SECONDS} seconds: what the broker does not take back until
   * then it gives out again when its lock runs out, and what it does not take from senders fails
   * with {@code Closed}.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    facts.close();
    release();
    CompletableFuture<Void> clients = senders.close(new Deadline(time, SEND_MAX));
    if (!new Deadline(time, CLIENTS_MAX).await(clients)) {
      log.warn(
          "Not all senders of {} were closed within {}; the rest ends behind the provider.",
          options.host(),
          CLIENTS_MAX);
    }
    admin.close();
    time.close();
    callbacks.close();
  }

  /** Gives back what is held; a connection that is dead keeps nobody. */
  private void release() {
    Deadline most = new Deadline(time, RELEASE_MAX);
    try (CallbackThreads releasing = new CallbackThreads("queue-runtime-servicebus-release")) {
      List<CompletableFuture<Void>> closing = new ArrayList<>();
      sessions
          .close()
          .forEach(held -> closing.add(CompletableFuture.runAsync(held::close, releasing)));
      closing.add(CompletableFuture.runAsync(() -> links.close(releasing), releasing));
      if (!most.await(CompletableFuture.allOf(closing.toArray(CompletableFuture<?>[]::new)))) {
        log.warn(
            "Not all that is held of {} could be given back within {}; it is given out again when its locks run out.",
            options.host(),
            RELEASE_MAX);
      }
    }
  }
}
