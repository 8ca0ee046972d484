package io.queueruntime.servicebus;

import com.azure.core.exception.ResourceNotFoundException;
import com.azure.core.http.policy.FixedDelayOptions;
import com.azure.core.http.policy.RetryOptions;
import com.azure.core.util.HttpClientOptions;
import com.azure.messaging.servicebus.administration.ServiceBusAdministrationAsyncClient;
import com.azure.messaging.servicebus.administration.ServiceBusAdministrationClient;
import com.azure.messaging.servicebus.administration.ServiceBusAdministrationClientBuilder;
import com.azure.messaging.servicebus.administration.models.QueueProperties;
import com.azure.messaging.servicebus.administration.models.QueueRuntimeProperties;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.provider.QueueAdmin;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Creates, deletes and describes queues through Service Bus's management API, which needs a key
 * with the claim Manage, or the role Azure Service Bus Data Owner. Thread-safe.
 */
final class ServiceBusAdmin implements QueueAdmin {

  private static final Logger log = LoggerFactory.getLogger(ServiceBusAdmin.class);

  /** How often a call is made that meets another one; with the usual delay it lasts 14 s. */
  private static final int CONFLICTS_MAX = 8;

  private final ServiceBusAdministrationClient client;
  private final ServiceBusAdministrationAsyncClient asking;
  private final ProviderTime time;
  private final Duration delay;
  private final Consumer<QueueName> changed;
  private final Consumer<QueueName> deleted;
  private final ToLongFunction<QueueName> purge;
  private volatile boolean closed;

  /**
   * @param changed told of each queue that was created or changed
   * @param deleted told of each queue that was deleted
   * @param purge removes all messages that are not held
   */
  ServiceBusAdmin(
      ServiceBusOptions options,
      ProviderTime time,
      Consumer<QueueName> changed,
      Consumer<QueueName> deleted,
      ToLongFunction<QueueName> purge) {
    ServiceBusAdministrationClientBuilder builder = builder(options);
    this.client = builder.buildClient();
    this.asking = builder.buildAsyncClient();
    this.time = time;
    this.delay = options.retry().delay();
    this.changed = changed;
    this.deleted = deleted;
    this.purge = purge;
  }

  private static ServiceBusAdministrationClientBuilder builder(ServiceBusOptions options) {
    ServiceBusRetry retry = options.retry();
    ServiceBusAdministrationClientBuilder builder =
        new ServiceBusAdministrationClientBuilder()
            .clientOptions(
                new HttpClientOptions()
                    .setConnectTimeout(retry.tryTimeout())
                    .setWriteTimeout(retry.tryTimeout())
                    .setResponseTimeout(retry.tryTimeout())
                    .setReadTimeout(retry.tryTimeout()))
            .retryOptions(new RetryOptions(new FixedDelayOptions(retry.retries(), retry.delay())));
    URI plain = options.plainManagementEndpoint();
    if (plain != null) {
      builder.addPolicy(new PlainHttpPolicy(plain));
    }
    ServiceBusConnectionString connectionString = options.connectionString();
    if (connectionString != null) {
      return builder.connectionString(connectionString.secretTextOfNamespace());
    }
    return builder.credential(options.host(), Objects.requireNonNull(options.credential()));
  }

  private <T> T call(@Nullable QueueName queue, String attempt, Supplier<T> call) {
    if (closed) {
      throw providerClosed(queue, attempt);
    }
    try {
      return withoutConflict(call);
    } catch (RuntimeException e) {
      throw queue == null ? new Failures(null, attempt).of(e) : Failures.of(queue, attempt).of(e);
    }
  }

  /**
   * Makes the call again while another instance, which starts at the same time, creates or changes
   * the same queue.
   */
  private <T> T withoutConflict(Supplier<T> call) {
    for (int attempt = 1; ; attempt++) {
      try {
        return call.get();
      } catch (RuntimeException e) {
        if (attempt == CONFLICTS_MAX
            || FailureKind.of(e) != FailureKind.CONFLICT
            || closed
            || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        LockSupport.parkNanos(delay.multipliedBy(attempt).toNanos());
      }
    }
  }

  private static Closed providerClosed(@Nullable QueueName queue, String attempt) {
    return new Closed(
        queue == null ? null : queue.value(),
        "Cannot %s%s: the provider is closed."
            .formatted(attempt, queue == null ? "" : " queue '" + queue + "'"));
  }

  @Override
  public boolean create(QueueName queue, QueueOptions options) {
    QueueLimits.check(queue, options);
    boolean created =
        call(
            queue,
            "create",
            () -> {
              try {
                client.createQueue(queue.value(), QueueSettings.forCreation(options));
                return true;
              } catch (RuntimeException e) {
                if (FailureKind.of(e) == FailureKind.QUEUE_EXISTS) {
                  return false;
                }
                throw e;
              }
            });
    changed.accept(queue);
    if (!created) {
      // Perhaps another instance was faster: what it created is what counts.
      refuse(queue, QueueSettings.immutableDifferences(options(queue), options), "create");
    }
    return created;
  }

  @Override
  public void update(QueueName queue, QueueOptions options) {
    QueueLimits.check(queue, options);
    QueueProperties found = properties(queue).orElseThrow(() -> notFound(queue));
    refuse(queue, QueueSettings.immutableDifferences(QueueSettings.read(found), options), "change");
    call(queue, "change", () -> client.updateQueue(QueueSettings.changed(found, options)));
    changed.accept(queue);
  }

  private static void refuse(QueueName queue, List<String> differences, String attempt) {
    if (!differences.isEmpty()) {
      throw new ConfigurationInvalid(
          queue.value(),
          "Cannot %s queue '%s': it exists, and %s. Service Bus cannot change that; use another name, or delete the queue."
              .formatted(attempt, queue, String.join(", and ", differences)));
    }
  }

  private static QueueNotFound notFound(QueueName queue) {
    return new QueueNotFound(
        queue.value(),
        "Cannot use queue '%s': the namespace has no such queue; create it first."
            .formatted(queue));
  }

  @Override
  public boolean delete(QueueName queue) {
    boolean found =
        call(
            queue,
            "delete",
            () -> {
              try {
                client.deleteQueue(queue.value());
                return true;
              } catch (ResourceNotFoundException e) {
                return false;
              }
            });
    deleted.accept(queue);
    return found;
  }

  @Override
  public boolean exists(QueueName queue) {
    return call(queue, "look for", () -> client.getQueueExists(queue.value()));
  }

  private Optional<QueueProperties> properties(QueueName queue) {
    return call(
        queue,
        "look at",
        () -> {
          try {
            return Optional.of(client.getQueue(queue.value()));
          } catch (ResourceNotFoundException e) {
            return Optional.empty();
          }
        });
  }

  /** The queue's options; empty where there is no such queue. */
  Optional<QueueOptions> find(QueueName queue) {
    return properties(queue).map(QueueSettings::read);
  }

  /**
   * As {@link #find}, without a thread that waits; failures are not translated.
   *
   * @param callbacks runs what depends on the answer
   */
  CompletableFuture<Optional<QueueOptions>> look(QueueName queue, Executor callbacks) {
    if (closed) {
      return CompletableFuture.failedFuture(providerClosed(queue, "look at"));
    }
    return Answer.of(
        callbacks,
        asking
            .getQueue(queue.value())
            .map(found -> Optional.of(QueueSettings.read(found)))
            .onErrorResume(
                ResourceNotFoundException.class, missing -> Mono.just(Optional.empty())));
  }

  private QueueOptions options(QueueName queue) {
    return find(queue).orElseThrow(() -> notFound(queue));
  }

  @Override
  public Optional<QueueDescription> describe(QueueName queue) {
    return properties(queue)
        .map(
            found ->
                new QueueDescription(
                    queue,
                    QueueSettings.read(found),
                    time.fromBroker(runtime(queue).getCreatedAt().toInstant())));
  }

  private QueueRuntimeProperties runtime(QueueName queue) {
    return call(queue, "look at", () -> client.getQueueRuntimeProperties(queue.value()));
  }

  /** Service Bus tells neither how many messages are locked nor how many sessions there are. */
  @Override
  public QueueStatistics statistics(QueueName queue) {
    QueueRuntimeProperties found = runtime(queue);
    long active = found.getActiveMessageCount();
    long scheduled = found.getScheduledMessageCount();
    long dead = found.getDeadLetterMessageCount();
    return new QueueStatistics(
        active,
        0,
        scheduled,
        0,
        dead,
        0,
        found.getSizeInBytes(),
        found.getTransferMessageCount(),
        found.getTransferDeadLetterMessageCount());
  }

  @Override
  public long purge(QueueName queue) {
    return call(queue, "purge", () -> purge.applyAsLong(queue));
  }

  @Override
  public List<QueueName> list() {
    return call(
        null,
        "list the queues",
        () -> {
          List<QueueName> names = new ArrayList<>();
          for (QueueProperties found : client.listQueues()) {
            try {
              names.add(QueueName.of(found.getName()));
            } catch (ValidationFailed e) {
              log.debug("Queue '{}' has a name that cannot be worked with here.", found.getName());
            }
          }
          Collections.sort(names);
          return names;
        });
  }

  void close() {
    closed = true;
  }
}
